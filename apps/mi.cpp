#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/classifier_rows.h"
#include "apps/checks.h"
#include "apps/commands.h"
#include "apps/console.h"
#include "apps/mi_measure.h"
#include "apps/mi_output.h"
#include "apps/mi_trace.h"
#include "core/error.h"

namespace infoplane::apps {
namespace {

struct MiOptions {
  std::filesystem::path values;
  std::filesystem::path labels;
  std::vector<int> bins = {10};
  std::string convention = "paper";
  bool probabilities = false;
  bool activations = false;
  std::string range = "auto";
  bool clamp = false;
  std::vector<std::string> estimators;
  int null_repeats = 0;
  std::uint64_t seed = 0;
  std::string device = "auto";
  bool skip_rejected = false;
  bool json = false;
  bool csv = false;
  std::filesystem::path trace;
  std::int64_t step = -1;
  std::optional<double> epoch;
  std::string split = "validation";
};

RowKind kind_of(Convention convention, const MiOptions& options) {
  const bool idnns = convention == Convention::kIdnns;
  const bool layer = options.activations || idnns;
  if (layer && options.probabilities) {
    throw UsageError(
        fmt::format("--probabilities: {} is for the activations of a hidden layer; leave one of "
                    "the two out",
                    idnns ? "convention idnns" : "--activations"));
  }
  if (options.activations && convention == Convention::kIbCnn) {
    throw UsageError(
        "--activations: convention ib_cnn is for a classifier's output; leave one of the two out");
  }
  if (options.range != "auto" && (idnns || !layer)) {
    throw UsageError(idnns ? "--range: convention idnns has its own, [-1, 1]; leave one of the two "
                             "out"
                           : "--range is for the activations of a hidden layer; add --activations");
  }
  if (options.clamp && (idnns || options.range == "auto")) {
    throw UsageError("--clamp is for values outside a --range LO,HI; give one with --activations");
  }
  if (layer) {
    return RowKind::kActivations;
  }
  return options.probabilities ? RowKind::kProbabilities : RowKind::kLogits;
}

/// A trace is of a classifier's output, a sample at a time.
void require_traceable(const MiOptions& options, RowKind kind) {
  if (options.trace.empty()) {
    return;
  }
  if (kind == RowKind::kActivations) {
    throw UsageError("--trace: a hidden layer has no accuracy, which a trace needs");
  }
  if (options.bins.size() != 1) {
    throw UsageError("--trace: one number of --bins, as a sample has one");
  }
  if (options.split.empty() || options.split.find_first_of(",\"\n") != std::string::npos) {
    throw UsageError("--split '" + options.split + "': expected a word");
  }
}

/// What --range says.
ValueRange asked_range(const std::string& text) {
  const std::optional<ValueRange> range = parse_range(text);
  if (!range) {
    throw UsageError("--range '" + text +
                     "': expected auto, or two finite numbers LO,HI with LO below HI");
  }
  return *range;
}

std::vector<Estimator> estimators_of(const std::vector<std::string>& names) {
  std::vector<Estimator> estimators;
  const auto add = [&](Estimator estimator) {
    if (std::find(estimators.begin(), estimators.end(), estimator) == estimators.end()) {
      estimators.push_back(estimator);
    }
  };
  for (const std::string& name : names) {
    if (name == "all") {
      std::for_each(all_estimators().begin(), all_estimators().end(), add);
    } else {
      add(parse_estimator(name));
    }
  }
  return estimators;
}

std::string what_is_wrong(RowKind kind, const std::optional<LayerRange>& layer) {
  switch (kind) {
    case RowKind::kLogits: return "with logits that are NaN, +inf or all -inf";
    case RowKind::kProbabilities:
      return fmt::format("that are no probabilities (from 0 to 1, with a sum within {} of 1)",
                         kProbabilitySumTolerance);
    case RowKind::kActivations:
      return layer->clamped ? std::string("with a NaN")
                            : fmt::format("with a NaN or values outside [{}, {}]", layer->range.low,
                                          layer->range.high);
  }
  return {};
}

/// What was measured, and for a hidden layer over which range.
struct Measured {
  std::vector<Measurement> points;
  std::optional<LayerRange> layer;
};

Measured measure_activations(const MiOptions& options, Convention convention,
                             const NpyArray& values, const NpyArray& labels) {
  Context ctx = open_device(options.device);
  const int units = static_cast<int>(values.row_size());
  const bool found = convention == Convention::kPaper && options.range == "auto";
  ValueRange range{-1.0f, 1.0f};  // of kIdnns
  if (convention == Convention::kPaper) {
    range = found ? range_of(ctx, values) : asked_range(options.range);
  }
  std::vector<TupleBins> bins;
  for (const int b : options.bins) {
    bins.push_back(convention == Convention::kIdnns
                       ? idnns_bins(units, b)
                       : equal_intervals(units, b, range.low, range.high, options.clamp));
  }
  return {measure_layer(ctx, values, labels, classes_of(labels), bins),
          LayerRange{units, range, found, options.clamp}};
}

Measured measure(const MiOptions& options, Convention convention, RowKind kind,
                 const NpyArray& values, const NpyArray& labels) {
  if (kind == RowKind::kActivations) {
    return measure_activations(options, convention, values, labels);
  }
  if (values.row_size() < 2) {
    throw DataError(fmt::format("{}: shape {}; there must be two classes or more",
                                values.path().string(), values.shape_text()));
  }
  const bool plain = convention == Convention::kPaper && kind == RowKind::kLogits;
  if (!plain && options.device == "cuda") {
    throw UsageError(
        "--device cuda: probabilities and convention ib_cnn are counted on the host; leave it out");
  }
  Context ctx = open_device(plain ? options.device : "cpu");
  return {plain ? measure_on_device(ctx, values, labels, options.bins)
                : measure_on_host(ctx, convention, kind, values, labels, options.bins),
          {}};
}

void require_good_rows(const MiOptions& options, RowKind kind,
                       const std::optional<LayerRange>& layer, std::int64_t rows,
                       const Information& info) {
  if (info.rejected > 0 && !options.skip_rejected) {
    const std::string range =
        fmt::format("outside 0..{}", layer ? kMostLayerClasses - 1 : info.classes - 1);
    throw DataError(fmt::format(
        "{} of {} rows cannot be counted: {} {} in {}, {} with a label {} in {}; repair them or "
        "pass --skip-rejected",
        info.rejected, rows, info.bad_logits, what_is_wrong(kind, layer), options.values.string(),
        info.bad_labels, range, options.labels.string()));
  }
  if (info.rows == 0) {
    throw DataError(fmt::format("{}: all {} rows were rejected, nothing is left to measure",
                                options.values.string(), info.rejected));
  }
}

MiResult judge(const MiOptions& options, const std::vector<Estimator>& estimators,
               const Measurement& measurement, const std::optional<LayerRange>& layer) {
  const JointHistograms histograms =
      joint_histograms(measurement.cells, measurement.t_alphabet, measurement.information.classes);
  MiResult result{measurement.information, reliability(histograms), {}, {}, layer};
  for (const Estimator estimator : estimators) {
    result.estimates.emplace_back(estimator, estimate(estimator, histograms));
  }
  if (options.null_repeats > 0) {
    result.null = shuffle_labels(measurement.cells, options.null_repeats, options.seed);
  }
  return result;
}

/// Softmax outputs given as logits are softmaxed again without anything going wrong.
void warn_of_probabilities(const NpyArray& values) {
  constexpr std::int64_t kMost = 1000;  // rows
  const std::int64_t rows = std::min(kMost, values.rows());
  const auto classes = static_cast<std::size_t>(values.row_size());
  std::vector<float> first(static_cast<std::size_t>(rows) * classes);
  values.copy_rows(0, rows, first.data());
  for (std::size_t row = 0; row < first.size(); row += classes) {
    if (!are_probabilities(std::span(first).subspan(row, classes))) {
      return;
    }
  }
  warn(
      {fmt::format("{}: the first {} rows look like probabilities and are taken for logits; did "
                   "you mean --probabilities?",
                   values.path().string(), rows)});
}

void run(const MiOptions& options) {
  const Convention convention = parse_convention(options.convention);
  const RowKind kind = kind_of(convention, options);
  require_traceable(options, kind);
  const std::vector<Estimator> estimators = estimators_of(options.estimators);
  const NpyArray values(options.values);
  const NpyArray labels(options.labels);
  require_arrays(values, labels, kind);
  if (kind == RowKind::kLogits && values.row_size() > 1) {
    warn_of_probabilities(values);
  }
  const Measured measured = measure(options, convention, kind, values, labels);
  std::vector<MiResult> results;
  for (const Measurement& one : measured.points) {
    require_good_rows(options, kind, measured.layer, values.rows(), one.information);
    results.push_back(judge(options, estimators, one, measured.layer));
  }
  if (!options.trace.empty()) {
    Sample sample;
    sample.step = options.step;
    sample.epoch = options.epoch.value_or(static_cast<double>(options.step));
    sample.split = options.split;
    sample.information = results.front().information;
    append_to_trace(options.trace, sample, {options.bins.front(), options.convention});
  }
  const auto& format = options.json ? mi_json : options.csv ? mi_csv : mi_text;
  std::cout << format(options.convention, results);
}

}  // namespace

void add_mi(CLI::App& app) {
  auto options = std::make_shared<MiOptions>();
  CLI::App* command = app.add_subcommand(
      "mi",
      "Measures I(X;T) and I(T;Y) of anyone's logits, or of a hidden layer, with labels, saved by "
      "numpy.save");
  command
      ->add_option("LOGITS", options->values,
                   "(N, C) floats, .npy; float64 is rounded to float32 first. With "
                   "--probabilities softmax outputs, with --activations or --convention idnns the "
                   "(N, K) or (N, C, H, W) outputs of a hidden layer")
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
                   "in [-1,1], B - 1 intervals and one bin for exactly 1")
      ->capture_default_str();
  command->add_flag("--probabilities", options->probabilities,
                    "The values are softmax outputs already: from 0 to 1, with a sum within 0.001 "
                    "of 1");
  command->add_flag(
      "--activations", options->activations,
      "The values are a hidden layer's, K units: T is the tuple of the intervals that "
      "they fall into. There is no accuracy and no loss");
  command
      ->add_option(
          "--range", options->range,
          "With --activations, what is divided into equal intervals: LO,HI, as in -1,1 for "
          "tanh, or auto, the smallest and the largest value, found in a first read")
      ->capture_default_str();
  command->add_flag(
      "--clamp", options->clamp,
      "With --range LO,HI: values outside go to the end intervals; else their rows are "
      "rejected");
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
      ->check(CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()))
      ->capture_default_str()
      ->needs(null);
  command
      ->add_option("--device", options->device,
                   "Where to count logits and activations; all else is looked at on the host")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}));
  command->add_flag("--skip-rejected", options->skip_rejected,
                    "Leave out rows with bad values or a label out of range");
  CLI::Option* json = command->add_flag(
      "--json", options->json, "Print one JSON object; for several --bins one with a list, sweep");
  command->add_flag("--csv", options->csv, "Print a CSV, a line for each number of bins")
      ->excludes(json);
  CLI::Option* trace = command->add_option(
      "--trace", options->trace,
      "Also add what was measured to this CSV, as one sample of a path: `infoplane report`, "
      "figure, "
      "phases, rank and inversions read it as a run. It is begun where it is not there; all its "
      "samples have the same bins and convention and, of a split, the same rows");
  trace->check(is_name);
  CLI::Option* step =
      command->add_option("--step", options->step, "With --trace, training steps taken so far")
          ->check(CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()))
          ->needs(trace);
  trace->needs(step);
  command->add_option("--epoch", options->epoch, "With --trace, epochs so far; else the step")
      ->check(CLI::Range(0.0, 1e9))
      ->check(is_number)
      ->needs(trace);
  command->add_option("--split", options->split, "With --trace, what the rows are of")
      ->needs(trace)
      ->capture_default_str();
  command->callback([options] { run(*options); });
}

}  // namespace infoplane::apps
