#include "bench/mi.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "bench/forced_kernel.h"
#include "bench/recount.h"
#include "core/error.h"
#include "ops/context.h"
#include "ops/joint_counts.h"

namespace infoplane::bench {
namespace {

constexpr std::int64_t kRecountRows = 4096;

std::string name_of(const MiCase& config) {
  return fmt::format("state {}, N = {}, C = {}, B = {}, {}, kernel {}, {} threads", config.state,
                     config.rows, config.classes, config.bins, to_string(config.device),
                     kernel_name(config.device, config.kernel), config.threads);
}

}  // namespace

/// The rows on a device, and the table they go to.
class MiSample {
 public:
  MiSample(Context& ctx, const MiCase& config, const Logits& logits)
      : ctx_(ctx),
        values_(ctx, {config.rows, config.classes}, logits.values),
        labels_(ctx, {config.rows}, logits.labels),
        counts_(ctx, config.classes, config.bins),
        row_(ctx, {information_row_size(config.classes)}) {}

  void clear() { counts_.clear(); }
  void count(std::int64_t rows) {
    ops::count_joint(ctx_, values_.view().rows(0, rows), labels_.view().rows(0, rows), counts_);
  }
  void information() { ops::take_information(ctx_, counts_, row_); }

  std::vector<JointCell> cells_to_host_sync() const { return counts_.cells_to_host_sync(); }
  std::vector<double> row_to_host_sync() const { return row_.to_host_sync(); }

 private:
  Context& ctx_;
  Tensor<float> values_;
  Tensor<std::int32_t> labels_;
  ops::JointCounts counts_;
  Tensor<double> row_;
};

/// Unless they are those of the configuration before.
void MiBench::draw(const MiCase& config) {
  if (config.state == drawn_.state && config.rows == drawn_.rows &&
      config.classes == drawn_.classes && config.bins == drawn_.bins) {
    return;
  }
  drawn_.rows = 0;
  logits_ = {};  // before there are others: they may be gigabytes
  logits_ = draw_logits(logit_state(config.state), config.rows, config.classes);
  const ForcedKernel scalar(Device::kCpu, "scalar");
  Context ctx = ops::make_context(Device::kCpu, {1});
  MiSample sample(ctx, config, logits_);
  sample.count(config.rows);
  scalar_table_ = sample.cells_to_host_sync();
  drawn_ = config;
}

/// Leaves the table with all rows counted, once.
void MiBench::check(MiSample& sample, const MiCase& config, std::int64_t recounted) const {
  const auto fail = [&](const std::string& what) {
    throw Error(name_of(config) + ": " + what + "; not timed, please report it");
  };
  sample.count(recounted);
  const Recount expected = recount(logits_, recounted, config.classes, config.bins);
  const std::uint64_t distance = cell_distance(sample.cells_to_host_sync(), expected.cells);
  if (distance > 2 * static_cast<std::uint64_t>(expected.near_edges)) {
    fail(fmt::format("{} counts differ from a recount of {} rows, {} of them near an edge",
                     distance, recounted, expected.near_edges));
  }
  sample.clear();
  sample.count(config.rows);
  const std::vector<JointCell> table = sample.cells_to_host_sync();
  std::uint64_t sum = 0;
  for (const JointCell& cell : table) {
    sum += cell.count;
  }
  if (sum != static_cast<std::uint64_t>(config.rows)) {
    fail(fmt::format("the counts sum to {}", sum));
  }
  if (table != scalar_table_) {
    fail("the table is not that of the scalar kernel");
  }
}

const Bandwidth& MiBench::bandwidth(Context& ctx, int threads) {
  const auto [found, is_new] = bandwidths_.try_emplace({ctx.device(), threads});
  if (is_new) {
    found->second = measure_bandwidth(ctx, threads);
  }
  return found->second;
}

double MiResult::rows_per_second() const { return static_cast<double>(config.rows) / all.min_s; }

double MiResult::bytes_per_second() const {
  return rows_per_second() * static_cast<double>(4 * config.classes + 4);
}

double MiResult::bandwidth_share() const { return bytes_per_second() / bandwidth.bytes_per_second; }

std::string MiResult::kernel_text() const {
  const std::string asked = kernel_name(config.device, config.kernel);
  return asked == kernel ? asked : fmt::format("{} ({})", asked, kernel);
}

MiResult MiBench::run(const MiCase& config, int repeats) {
  draw(config);
  const ForcedKernel forced(config.device, config.kernel);
  Context ctx = ops::make_context(config.device, {config.threads});
  MiSample sample(ctx, config, logits_);

  MiResult result;
  result.config = config;
  result.machine = ctx.backend().describe();
  result.kernel = config.device == Device::kCpu ? ops::host_counting_kernel()
                                                : kernel_name(config.device, config.kernel);
  result.recounted = std::min(config.rows, kRecountRows);
  check(sample, config, result.recounted);
  sample.clear();
  const std::vector<Timing> timings = time_phases(
      ctx, repeats, {[&] { sample.count(config.rows); }, [&] { sample.information(); }});
  result.count = timings[0];
  result.information_time = timings[1];
  result.all = timings[2];
  result.information = decode_information(config.classes, config.bins, sample.row_to_host_sync());
  result.reliability = reliability(joint_histograms(scalar_table_, 0.0, 0.0));
  result.bandwidth = bandwidth(ctx, config.threads);
  return result;
}

nlohmann::ordered_json to_json(const MiResult& result) {
  const MiCase& config = result.config;
  nlohmann::ordered_json json;
  json["config"] = {{"state", config.state},
                    {"n", config.rows},
                    {"classes", config.classes},
                    {"bins", config.bins},
                    {"device", to_string(config.device)},
                    {"kernel", kernel_name(config.device, config.kernel)},
                    {"threads", config.threads}};
  json["machine"] = result.machine;
  json["kernel"] = result.kernel;
  json["symbols"] = result.information.symbols;
  json["singletons"] = result.information.singletons;
  json["i_xt_bits"] = result.information.i_xt_bits;
  json["i_ty_bits"] = result.information.i_ty_bits;
  json["i_ty_bias_bits"] = result.reliability.i_ty_bias_bits;
  json["recounted_rows"] = result.recounted;
  json["seconds"] = {{"count", to_json(result.count)},
                     {"information", to_json(result.information_time)},
                     {"all", to_json(result.all)}};
  json["rows_per_second"] = result.rows_per_second();
  json["bytes_per_second"] = result.bytes_per_second();
  json["bandwidth_bytes_per_second"] = result.bandwidth.bytes_per_second;
  json["bandwidth_kind"] = result.bandwidth.kind;
  json["bandwidth_share"] = result.bandwidth_share();
  return json;
}

}  // namespace infoplane::bench
