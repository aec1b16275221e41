#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "apps/commands.h"
#include "apps/console.h"
#include "apps/mi_measure.h"
#include "apps/mi_output.h"
#include "core/error.h"

namespace infoplane::apps {
namespace {

struct MiOptions {
  std::filesystem::path values;
  std::filesystem::path labels;
  std::vector<int> bins = {10};
  std::string convention = "paper";
  bool probabilities = false;
  std::vector<std::string> estimators;
  int null_repeats = 0;
  std::uint64_t seed = 0;
  std::string device = "auto";
  bool skip_rejected = false;
  bool json = false;
  bool csv = false;
};

RowKind kind_of(Convention convention, bool probabilities) {
  if (convention == Convention::kIdnns) {
    if (probabilities) {
      throw UsageError(
          "--probabilities: convention idnns is for the activations of a hidden layer; leave one "
          "of the two out");
    }
    return RowKind::kActivations;
  }
  return probabilities ? RowKind::kProbabilities : RowKind::kLogits;
}

std::vector<Estimator> estimators_of(const std::vector<std::string>& names) {
  if (names == std::vector<std::string>{"all"}) {
    return {all_estimators().begin(), all_estimators().end()};
  }
  std::vector<Estimator> estimators;
  std::transform(names.begin(), names.end(), std::back_inserter(estimators), parse_estimator);
  return estimators;
}

std::string what_is_wrong(RowKind kind) {
  switch (kind) {
    case RowKind::kLogits: return "with NaN or infinite logits";
    case RowKind::kProbabilities:
      return fmt::format("that are no probabilities (from 0 to 1, with a sum within {} of 1)",
                         kProbabilitySumTolerance);
    case RowKind::kActivations: return "with values outside [-1, 1]";
  }
  return {};
}

std::vector<Measurement> measure(const MiOptions& options, Convention convention, RowKind kind,
                                 const NpyArray& values, const NpyArray& labels) {
  if (kind != RowKind::kActivations && values.row_size() < 2) {
    throw DataError(fmt::format("{}: shape {}; there must be two classes or more",
                                values.path().string(), values.shape_text()));
  }
  if (convention == Convention::kPaper && kind == RowKind::kLogits) {
    Context ctx = open_device(options.device, 0);
    return measure_on_device(ctx, values, labels, options.bins);
  }
  if (options.device == "cuda") {
    throw UsageError(
        "--device cuda: only logits by the convention paper are counted there; leave it out");
  }
  return measure_on_host(convention, kind, values, labels, options.bins);
}

void require_good_rows(const MiOptions& options, RowKind kind, std::int64_t rows,
                       const Information& info) {
  if (info.rejected > 0 && !options.skip_rejected) {
    const std::string range = kind == RowKind::kActivations
                                  ? "outside 0..65535"
                                  : fmt::format("outside 0..{}", info.classes - 1);
    throw DataError(fmt::format(
        "{} of {} rows cannot be counted: {} {} in {}, {} with a label {} in {}; repair them or "
        "pass --skip-rejected",
        info.rejected, rows, info.bad_logits, what_is_wrong(kind), options.values.string(),
        info.bad_labels, range, options.labels.string()));
  }
  if (info.rows == 0) {
    throw DataError(fmt::format("{}: all {} rows were rejected, nothing is left to measure",
                                options.values.string(), info.rejected));
  }
}

MiResult judge(const MiOptions& options, const std::vector<Estimator>& estimators,
               const Measurement& measurement) {
  const JointHistograms histograms =
      joint_histograms(measurement.cells, measurement.t_alphabet, measurement.information.classes);
  MiResult result{measurement.information, reliability(histograms), {}, {}};
  for (const Estimator estimator : estimators) {
    result.estimates.emplace_back(estimator, estimate(estimator, histograms));
  }
  if (options.null_repeats > 0) {
    result.null = shuffle_labels(measurement.cells, options.null_repeats, options.seed);
  }
  return result;
}

void run(const MiOptions& options) {
  const Convention convention = parse_convention(options.convention);
  const RowKind kind = kind_of(convention, options.probabilities);
  const std::vector<Estimator> estimators = estimators_of(options.estimators);
  const NpyArray values(options.values);
  const NpyArray labels(options.labels);
  require_arrays(values, labels);
  std::vector<MiResult> results;
  for (const Measurement& one : measure(options, convention, kind, values, labels)) {
    require_good_rows(options, kind, values.rows(), one.information);
    results.push_back(judge(options, estimators, one));
  }
  const auto& format = options.json ? mi_json : options.csv ? mi_csv : mi_text;
  std::cout << format(options.convention, results);
}

}  // namespace

void add_mi(CLI::App& app) {
  auto options = std::make_shared<MiOptions>();
  CLI::App* command = app.add_subcommand(
      "mi", "Measures I(X;T) and I(T;Y) of anyone's logits and labels, saved by numpy.save");
  command
      ->add_option("LOGITS", options->values,
                   "(N, C) floats, .npy; float64 is rounded to float32 first. With "
                   "--probabilities softmax outputs, with --convention idnns the activations of a "
                   "hidden layer")
      ->required();
  command->add_option("LABELS", options->labels, "(N,) integers from 0 to C - 1, .npy")->required();
  command
      ->add_option("--bins", options->bins,
                   "Equal intervals that each value is sorted into; several, as in 5,10,20,50, are "
                   "counted in one read of the files")
      ->capture_default_str()
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(2, 256));
  command
      ->add_option("--convention", options->convention,
                   "paper: bins [a,b) of the softmax output, the last one closed. ib_cnn: as the "
                   "paper's released code does, over the first 3000 rows, with bins (a,b], no bin "
                   "for 0, and rows compared with the wrong representative. idnns: raw activations "
                   "in [-1,1], B - 1 intervals and one cell for exactly 1")
      ->capture_default_str();
  command->add_flag("--probabilities", options->probabilities,
                    "The values are softmax outputs already: from 0 to 1, with a sum within 0.001 "
                    "of 1");
  command
      ->add_option(
          "--estimator", options->estimators,
          "Entropies by other estimators, too: ml (plug-in), miller_madow, "
          "grassberger2003, chao_shen, jackknife, james_stein; several with commas, or all")
      ->delimiter(',')
      ->allow_extra_args(false);
  CLI::Option* null =
      command
          ->add_option("--null", options->null_repeats,
                       "Control: I(T;Y) with the labels shuffled, mean and standard deviation over "
                       "this many repeats")
          ->check(CLI::Range(2, 100000));
  command->add_option("--seed", options->seed, "Of the shuffled labels")
      ->capture_default_str()
      ->needs(null);
  command
      ->add_option("--device", options->device,
                   "Where to count logits; all else is counted on the host")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}));
  command->add_flag("--skip-rejected", options->skip_rejected,
                    "Leave out rows with bad values or a label out of range");
  CLI::Option* json = command->add_flag(
      "--json", options->json, "Print one JSON object; for several --bins one with a list, sweep");
  command->add_flag("--csv", options->csv, "Print a CSV, a line for each number of bins")
      ->excludes(json);
  command->callback([options] { run(*options); });
}

}  // namespace infoplane::apps
