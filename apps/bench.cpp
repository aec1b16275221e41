#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <functional>
#include <iostream>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "apps/checks.h"
#include "apps/commands.h"
#include "apps/console.h"
#include "bench/compare.h"
#include "bench/forced_kernel.h"
#include "bench/logits.h"
#include "bench/losses.h"
#include "bench/mi.h"
#include "bench/train.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/version.h"
#include "nn/models.h"
#include "ops/context.h"
#include "ops/joint_counts.h"
#include "train/utc_time.h"

namespace infoplane::apps {
namespace {

using Json = nlohmann::ordered_json;

/// What both benchmarks take.
struct CommonOptions {
  std::string device = "cpu";
  std::vector<int> threads = {0};
  int repeats = 15;
  std::string json;

  void add_to(CLI::App& command) {
    command.add_option("--device", device, "Where to run")
        ->capture_default_str()
        ->check(CLI::IsMember({"cpu", "cuda"}));
    command
        .add_option("--threads", threads,
                    "Host threads; several, separated by commas; 0: the physical cores")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->capture_default_str()
        ->check(CLI::Range(0, 1024));
    command.add_option("--repeats", repeats, "At least so many, and a fifth of a second")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000000));
    command.add_option("--json", json, "Write all results to this file, too");
  }

  /// The device, or DeviceMissing at once.
  Device chosen() const { return open_device(device, {threads.front()}).device(); }

  /// None of them 0.
  std::vector<int> thread_counts() const {
    std::vector<int> counts = threads;
    std::replace(counts.begin(), counts.end(), 0, ops::physical_cores());
    return counts;
  }
};

struct BenchMiOptions {
  CommonOptions common;
  std::vector<std::string> states = bench::logit_state_names();
  std::vector<std::int64_t> rows = {10000, 1000000};
  std::vector<int> classes = {10};
  std::vector<int> bins = {10};
  std::vector<std::string> kernels = {"auto"};
};

struct BenchTrainOptions {
  CommonOptions common;
  std::vector<std::string> models = {"fc-3"};
  std::string data;
  std::vector<std::int64_t> batches = {128};
  bool no_cuda_graphs = false;
  std::string precision;  ///< empty: the device's usual one
  std::string determinism = "bitwise";
};

/// After every case, so that a later one that fails takes none along.
void write_results(const CommonOptions& common, const std::string& benchmark, const Json& results) {
  if (common.json.empty()) {
    return;
  }
  const Json file = {{"benchmark", benchmark},
                     {"version", kVersion},
                     {"commit", kCommit},
                     {"time", utc_now()},
                     {"instructions", ops::instructions(Device::kCpu)},  // of the host part, too
                     {"results", results}};
  write_file_atomically(common.json, json_text(file));
}

std::string milliseconds(const bench::Timing& timing) {
  return fmt::format("{:.4f}", timing.min_s * 1e3);
}

constexpr std::array kHostKernels = {"scalar", "avx2", "avx512"};
constexpr std::array kGpuKernels = {"multi-pass", "global-atomics", "private-counters",
                                    "thread-rows", "warp-rows"};

/// Names of --kernel.
std::vector<std::string> kernel_names() {
  std::vector<std::string> names = {"auto"};
  names.insert(names.end(), kHostKernels.begin(), kHostKernels.end());
  names.insert(names.end(), kGpuKernels.begin(), kGpuKernels.end());
  return names;
}

/// Throws UsageError for a kernel of the other device, or one that this processor cannot run.
void require_kernels(const std::vector<std::string>& kernels, Device device) {
  const bool host = device == Device::kCpu;
  for (const std::string& kernel : kernels) {
    const auto is_asked = [&](const char* name) { return name == kernel; };
    if (host ? std::any_of(kGpuKernels.begin(), kGpuKernels.end(), is_asked)
             : std::any_of(kHostKernels.begin(), kHostKernels.end(), is_asked)) {
      throw UsageError(fmt::format("--kernel {}: a kernel of {}; --device {} has auto, {}", kernel,
                                   host ? "the GPU" : "the host", to_string(device),
                                   host ? fmt::format("{}", fmt::join(kHostKernels, ", "))
                                        : fmt::format("{}", fmt::join(kGpuKernels, ", "))));
    }
    if (!host) {
      continue;
    }
    if (kernel == "auto") {
      ops::host_counting_kernel();  // the environment may name one that is not there
      continue;
    }
    try {
      const bench::ForcedKernel forced(device, kernel);
      ops::host_counting_kernel();
    } catch (const UsageError&) {
      throw UsageError("--kernel " + kernel +
                       ": this processor lacks the instructions; take another, or auto");
    }
  }
}

/// Calls `visit` with every combination, the last axis fastest.
void for_each_case(const BenchMiOptions& options, Device device,
                   const std::function<void(const bench::MiCase&)>& visit) {
  for (const std::int64_t rows : options.rows) {
    for (const int classes : options.classes) {
      for (const int bins : options.bins) {
        for (const std::string& state : options.states) {
          for (const std::string& kernel : options.kernels) {
            for (const int threads : options.common.thread_counts()) {
              visit({state, rows, classes, bins, device, kernel == "auto" ? "" : kernel, threads});
            }
          }
        }
      }
    }
  }
}

void run_mi(const BenchMiOptions& options) {
  const Device device = options.common.chosen();
  require_kernels(options.kernels, device);
  Json results = Json::array();
  fmt::print("{:>10} {:>5} {:>4}  {:<12} {:<16} {:>7} {:>9} {:>9} {:>9} {:>9} {:>9} {:>6}\n", "N",
             "C", "B", "state", "kernel", "threads", "count ms", "info ms", "all ms", "median ms",
             "Mrows/s", "share");
  bench::MiBench bench;
  for_each_case(options, device, [&](const bench::MiCase& config) {
    const bench::MiResult result = bench.run(config, options.common.repeats);
    fmt::print(
        "{:>10} {:>5} {:>4}  {:<12} {:<16} {:>7} {:>9} {:>9} {:>9} {:>9.4f} {:>9.1f} {:>5.1f}%\n",
        config.rows, config.classes, config.bins, config.state, result.kernel_text(),
        config.threads, milliseconds(result.count), milliseconds(result.information_time),
        milliseconds(result.all), result.all.median_s * 1e3, result.rows_per_second() / 1e6,
        100.0 * result.bandwidth_share());
    std::fflush(stdout);
    results.push_back(to_json(result));
    write_results(options.common, "mi", results);
  });
  fmt::print(
      "\nMinima over the repeats, but for the median of `all`. info: entropies and planes, after\n"
      "which the table is empty again. share: bytes of logits and labels per second, of the "
      "memory\n"
      "bandwidth measured beside it; more than all where they fit a cache.\n");
}

void run_train(const BenchTrainOptions& options) {
  const Device device = options.common.chosen();
  Json results = Json::array();
  fmt::print("{:<8} {:<13} {:>6} {:>7} {:>10} {:>10} {:>10} {:>8} {:>12} {:>12}\n", "model", "data",
             "batch", "threads", "step ms", "median ms", "images/s", "ceiling", "count/fwd",
             "sample/step");
  for (const std::string& model : options.models) {
    for (const std::int64_t batch : options.batches) {
      for (const int threads : options.common.thread_counts()) {
        const bench::TrainResult result = bench::run_train(
            {model, options.data.empty() ? usual_data(model) : options.data, batch, device, threads,
             !options.no_cuda_graphs, find_precision(options.precision),
             *find_determinism(options.determinism)},
            options.common.repeats);
        fmt::print(
            "{:<8} {:<13} {:>6} {:>7} {:>10} {:>10.4f} {:>10.0f} {:>7.1f}% {:>11.2f}% "
            "{:>12.1f}\n",
            model, result.config.data, batch, threads, milliseconds(result.step),
            result.step.median_s * 1e3, result.images_per_second(), 100.0 * result.ceiling_share(),
            100.0 * result.sample_share_of_forward(), result.sample_share_of_step());
        std::fflush(stdout);
        if (!result.not_recorded.empty()) {
          std::cerr << "infoplane: warning: timed without cuda_graphs: " << result.not_recorded
                    << '\n';
        }
        results.push_back(to_json(result));
        write_results(options.common, "train", results);
      }
    }
  }
  fmt::print(
      "\nstep: gather, forward, loss, backward, optimizer; the fastest repeat. ceiling: share of "
      "the\narithmetic that a large matrix product reaches. count/fwd: what counting adds to the "
      "forward\npasses of a sample of {} images. sample/step: that whole sample, in steps.\n",
      bench::kSampleImages);
}

void run_compare(const std::string& a, const std::string& b, bool json) {
  const std::vector<bench::Comparison> comparisons = bench::compare_files(a, b);
  if (json) {
    Json list = Json::array();
    for (const bench::Comparison& one : comparisons) {
      list.push_back(to_json(one));
    }
    std::cout << json_text(list);
    return;
  }
  fmt::print("{:<10} {:<15} {:>11} {:>11} {:>6} {:>11} {:>11} {:>6}  {}\n", "verdict", "time",
             "A min ms", "B min ms", "B/A", "A median ms", "B median ms", "B/A", "configuration");
  using Seconds = std::optional<double>;
  const auto milliseconds = [](const Seconds& seconds) {
    return seconds ? fmt::format("{:.4f}", *seconds * 1e3) : "-";
  };
  const auto ratio = [](const Seconds& before, const Seconds& after) {
    return before && after && *before > 0.0 ? fmt::format("{:.3f}", *after / *before) : "-";
  };
  for (const bench::Comparison& one : comparisons) {
    fmt::print("{:<10} {:<15} {:>11} {:>11} {:>6} {:>11} {:>11} {:>6}  {}\n",
               to_string(one.verdict), one.time, milliseconds(one.a_min_s),
               milliseconds(one.b_min_s), ratio(one.a_min_s, one.b_min_s),
               milliseconds(one.a_median_s), milliseconds(one.b_median_s),
               ratio(one.a_median_s, one.b_median_s), one.config);
  }
  const auto other = std::find_if(comparisons.begin(), comparisons.end(),
                                  [](const auto& one) { return !one.machines.empty(); });
  if (other != comparisons.end()) {
    fmt::print("\nMeasured on different machines: {}.\n", other->machines);
  }
}

void add_mi_bench(CLI::App& group) {
  auto options = std::make_shared<BenchMiOptions>();
  CLI::App* command = group.add_subcommand(
      "mi", "Checks, then times, the joint table and its entropies on logits in seven states");
  command->add_option("--state", options->states, "Of the logits; several, separated by commas")
      ->delimiter(',')
      ->capture_default_str()
      ->check(CLI::IsMember(bench::logit_state_names()));
  command->add_option("--rows", options->rows, "N; several, separated by commas")
      ->delimiter(',')
      ->capture_default_str()
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 32));
  command->add_option("--classes", options->classes, "C, likewise")
      ->delimiter(',')
      ->capture_default_str()
      ->check(CLI::Range(2, 65536));
  command->add_option("--bins", options->bins, "B, likewise")
      ->delimiter(',')
      ->capture_default_str()
      ->check(CLI::Range(2, 256));
  command
      ->add_option("--kernel", options->kernels,
                   "Of the host: scalar, avx2, avx512; of the GPU, the ladder of docs/counting.md: "
                   "multi-pass, global-atomics, private-counters for a dense table, "
                   "global-atomics, thread-rows, warp-rows for a hashed one; or auto for the one "
                   "that a user gets. INFOPLANE_CPU_KERNEL and INFOPLANE_CUDA_KERNEL name one to "
                   "every command")
      ->delimiter(',')
      ->capture_default_str()
      ->check(CLI::IsMember(kernel_names()));
  options->common.add_to(*command);
  command->callback([options] { run_mi(*options); });
}

void add_train_bench(CLI::App& group) {
  auto options = std::make_shared<BenchTrainOptions>();
  CLI::App* command = group.add_subcommand(
      "train", "Times a training step, and what a sample of the information plane adds");
  command->add_option("models", options->models, "Networks; `infoplane models` lists them")
      ->check(CLI::IsMember(model_names()))
      ->capture_default_str();
  command->add_option("--data", options->data,
                      "Made-up images of this data set's shape; else cifar10's (tishby's for the "
                      "12-bit networks)");
  command->add_option("--batch", options->batches, "Images a step; several, separated by commas")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->capture_default_str()
      ->check(CLI::Range(2, 1 << 20));
  command->add_flag("--no-cuda-graphs", options->no_cuda_graphs,
                    "On CUDA, launch every kernel by itself instead of a step as one graph");
  command->add_option("--precision", options->precision, "Else tf32 on cuda, and fp32 on cpu")
      ->check(CLI::IsMember(precision_names()));
  command
      ->add_option("--determinism", options->determinism,
                   "bitwise, or fast: on cuda what timing finds the fastest")
      ->check(CLI::IsMember(determinism_names()))
      ->capture_default_str();
  options->common.add_to(*command);
  command->callback([options] { run_train(*options); });
}

void add_losses(CLI::App& group) {
  struct Options {
    std::string model;
    std::string data;
    std::string device = "cpu";
    int threads = 0;
    bench::LossesCase config;
    std::filesystem::path start;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = group.add_subcommand(
      "losses",
      "Prints the losses of the first steps, in float32, for comparison with another framework");
  command->footer("bench/peers/compare_losses takes the same steps in PyTorch.");
  command->add_option("model", options->model, "The network, taken without its dropout")
      ->required()
      ->check(CLI::IsMember(model_names()));
  command->add_option("--data", options->data, "As in `bench train`");
  command->add_option("--batch", options->config.train.batch, "Images a step")
      ->capture_default_str()
      ->check(CLI::Range(2, 1 << 20));
  command->add_option("--steps", options->config.steps, "How many")
      ->capture_default_str()
      ->check(CLI::Range(1, 1 << 20));
  command->add_option("--lr", options->config.lr, "Learning rate")
      ->capture_default_str()
      ->check(CLI::Range(0.0f, std::numeric_limits<float>::max()))
      ->check(is_number);
  command->add_option("--device", options->device, "cpu or cuda")
      ->capture_default_str()
      ->check(CLI::IsMember({"cpu", "cuda"}));
  command->add_option("--threads", options->threads, "Host threads; 0: the physical cores")
      ->capture_default_str()
      ->check(CLI::Range(0, 4096));
  command->add_option("--start", options->start,
                      "Write initial weights, images and labels to this safetensors file");
  command->add_flag("--json", options->json, "Print one JSON object");
  command->callback([options] {
    bench::LossesCase& config = options->config;
    config.train.model = options->model;
    config.train.data = !options->data.empty() ? options->data : usual_data(options->model);
    config.train.device = *find_device(options->device);
    config.train.threads = options->threads;
    const std::vector<double> losses = bench::first_losses(config, options->start);
    if (options->json) {
      std::cout << json_text({{"model", config.train.model},
                              {"data", config.train.data},
                              {"batch", config.train.batch},
                              {"lr", config.lr},
                              {"device", options->device},
                              {"losses_nats", losses}});
      return;
    }
    for (std::size_t i = 0; i < losses.size(); ++i) {
      fmt::print("{:>6} {:.9g}\n", i, losses[i]);
    }
  });
}

void add_compare(CLI::App& group) {
  struct Files {
    std::string a, b;
    bool json = false;
  };
  auto files = std::make_shared<Files>();
  CLI::App* command = group.add_subcommand(
      "compare",
      "Says of each time in two files whether B is the same, faster, slower, or unclear");
  command->footer(
      "same: minima and medians within 3 %. faster, slower: the intervals from minimum to upper\n"
      "quartile do not overlap. unclear: anything else; measure again.");
  command->add_option("A", files->a, "Written by `infoplane bench ... --json`")->required();
  command->add_option("B", files->b, "Likewise")->required();
  command->add_flag("--json", files->json, "Print a JSON array");
  command->callback([files] { run_compare(files->a, files->b, files->json); });
}

}  // namespace

void add_bench(CLI::App& app) {
  CLI::App* group = app.add_subcommand("bench", "Measures how fast counting and training are");
  group->require_subcommand(1);
  add_mi_bench(*group);
  add_train_bench(*group);
  add_losses(*group);
  add_compare(*group);
}

}  // namespace infoplane::apps
