#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "analysis/information_meter.h"
#include "apps/commands.h"
#include "apps/console.h"
#include "core/error.h"
#include "data/npy.h"

namespace infoplane::apps {
namespace {

using Json = nlohmann::ordered_json;

struct MiOptions {
  std::filesystem::path logits;
  std::filesystem::path labels;
  int bins = 10;
  std::string device = "auto";
  bool skip_rejected = false;
  bool json = false;
};

void require_arrays(const NpyArray& logits, const NpyArray& labels) {
  const auto fail = [](const NpyArray& array, const std::string& what) {
    throw DataError(fmt::format("{}: shape {}, dtype {}; {}", array.path().string(),
                                array.shape_text(), array.dtype(), what));
  };
  if (logits.shape().size() != 2) {
    fail(logits, "logits must be two-dimensional, (N, C)");
  }
  if (!logits.is_floating()) {
    fail(logits, "logits must be floats; save them as float32 or float64");
  }
  if (labels.shape().size() != 1) {
    fail(labels, "labels must be one-dimensional, (N,)");
  }
  if (!labels.is_integer()) {
    fail(labels, "labels must be integers, the index of each row's class");
  }
  if (logits.rows() != labels.rows()) {
    throw DataError(fmt::format("{} has {} rows, {} has {} labels; there must be as many",
                                logits.path().string(), logits.rows(), labels.path().string(),
                                labels.rows()));
  }
  if (logits.row_size() < 2 || logits.row_size() > std::numeric_limits<std::int32_t>::max()) {
    fail(logits, "there must be two classes or more");
  }
}

/// Counts the arrays a few megabytes at a time: files larger than memory stream through.
Information measure(Context& ctx, const NpyArray& logits, const NpyArray& labels, int bins) {
  constexpr std::int64_t kChunkFloats = std::int64_t{1} << 20;
  const std::int64_t classes = logits.row_size();
  const std::int64_t chunk =
      std::min(logits.rows(), std::max<std::int64_t>(1, kChunkFloats / classes));
  InformationMeter meter(ctx, static_cast<int>(classes), bins);
  std::vector<float> host_logits(static_cast<std::size_t>(chunk * classes));
  std::vector<std::int64_t> wide_labels(static_cast<std::size_t>(chunk));
  std::vector<std::int32_t> host_labels(static_cast<std::size_t>(chunk));
  Tensor<float> device_logits(ctx, {chunk, classes});
  Tensor<std::int32_t> device_labels(ctx, {chunk});
  for (std::int64_t first = 0; first < logits.rows(); first += chunk) {
    const std::int64_t count = std::min(chunk, logits.rows() - first);
    logits.copy_rows(first, count, host_logits.data());
    labels.copy_rows(first, count, wide_labels.data());
    std::transform(wide_labels.begin(), wide_labels.end(), host_labels.begin(),
                   [classes](std::int64_t label) {
                     return label >= 0 && label < classes ? static_cast<std::int32_t>(label) : -1;
                   });
    device_logits.copy_from_host(host_logits);
    device_labels.copy_from_host(host_labels);
    ctx.synchronize();  // the host buffers are filled again
    meter.add({device_logits.data(), {count, classes}}, {device_labels.data(), {count}});
  }
  return meter.read_sync();
}

void require_good_rows(const MiOptions& options, const Information& info) {
  if (info.rejected > 0 && !options.skip_rejected) {
    throw DataError(fmt::format(
        "{} of {} rows cannot be counted: {} with NaN or infinite logits in {}, {} with a label "
        "outside 0..{} in {}; repair them or pass --skip-rejected",
        info.rejected, info.rows + info.rejected, info.bad_logits, options.logits.string(),
        info.bad_labels, info.classes - 1, options.labels.string()));
  }
  if (info.rows == 0) {
    throw DataError(fmt::format("{}: all {} rows were rejected, nothing is left to measure",
                                options.logits.string(), info.rejected));
  }
}

Json to_json(const Information& info) {
  Json json{{"n", info.rows},
            {"rejected", info.rejected},
            {"classes", info.classes},
            {"bins", info.bins},
            {"symbols", info.symbols},
            {"singletons", info.singletons},
            {"h_t_bits", info.h_t_bits},
            {"h_y_bits", info.h_y_bits},
            {"i_xt_bits", info.i_xt_bits},
            {"i_ty_bits", info.i_ty_bits},
            {"i_xt_ceiling_bits", info.i_xt_ceiling_bits},
            {"accuracy", info.accuracy},
            {"loss_nats", info.loss_nats},
            {"per_class", Json::array()}};
  for (const ClassInformation& one : info.per_class) {
    json["per_class"].push_back({{"class", one.class_index},
                                 {"n", one.n},
                                 {"h_x_bits", one.h_x_bits},
                                 {"i_xt_bits", one.i_xt_bits},
                                 {"i_ty_bits", one.i_ty_bits},
                                 {"accuracy", one.accuracy}});
  }
  return json;
}

void print(const Information& info) {
  const std::string rejected =
      info.rejected > 0 ? fmt::format(", {} rejected", info.rejected) : std::string();
  fmt::print("rows        {}{}\n", info.rows, rejected);
  fmt::print("classes     {}, {} bins each\n", info.classes, info.bins);
  fmt::print("symbols     {}, of them {} seen once\n", info.symbols, info.singletons);
  fmt::print("I(X;T)      {:9.6f} bits  of at most {:.6f} (log2 N)\n", info.i_xt_bits,
             info.i_xt_ceiling_bits);
  fmt::print("I(T;Y)      {:9.6f} bits  of at most {:.6f} (H(Y))\n", info.i_ty_bits, info.h_y_bits);
  fmt::print("accuracy    {:9.6f}\n", info.accuracy);
  fmt::print("loss        {:9.6f} nats\n", info.loss_nats);
  fmt::print("\none class against the rest, each half the weight (H(Y) = 1 bit)\n");
  fmt::print("{:>6} {:>10} {:>12} {:>12} {:>12} {:>10}\n", "class", "rows", "H(X) bits",
             "I(X;T) bits", "I(T;Y) bits", "accuracy");
  for (const ClassInformation& one : info.per_class) {
    fmt::print("{:>6} {:>10} {:>12.6f} {:>12.6f} {:>12.6f} {:>10.6f}\n", one.class_index, one.n,
               one.h_x_bits, one.i_xt_bits, one.i_ty_bits, one.accuracy);
  }
}

void run(const MiOptions& options) {
  const NpyArray logits(options.logits);
  const NpyArray labels(options.labels);
  require_arrays(logits, labels);
  Context ctx = open_device(options.device, 0);
  const Information info = measure(ctx, logits, labels, options.bins);
  require_good_rows(options, info);
  if (options.json) {
    std::cout << to_json(info).dump(2) << '\n';
  } else {
    print(info);
  }
}

}  // namespace

void add_mi(CLI::App& app) {
  auto options = std::make_shared<MiOptions>();
  CLI::App* command = app.add_subcommand(
      "mi", "Measures I(X;T) and I(T;Y) of anyone's logits and labels, saved by numpy.save");
  command
      ->add_option("LOGITS", options->logits,
                   "(N, C) floats, .npy; float64 is rounded to float32 first. Probabilities go "
                   "as their logarithms")
      ->required();
  command->add_option("LABELS", options->labels, "(N,) integers from 0 to C - 1, .npy")->required();
  command
      ->add_option("--bins", options->bins,
                   "Equal intervals of [0, 1] that each softmax output is sorted into")
      ->capture_default_str()
      ->check(CLI::Range(2, 256));
  command->add_option("--device", options->device, "Where to count")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}));
  command->add_flag("--skip-rejected", options->skip_rejected,
                    "Leave out rows with NaN or infinite logits or a label out of range");
  command->add_flag("--json", options->json, "Print one JSON object");
  command->callback([options] { run(*options); });
}

}  // namespace infoplane::apps
