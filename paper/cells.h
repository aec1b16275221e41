#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "paper/experiments.h"
#include "paper/published.h"
#include "paper/runs.h"
#include "paper/traces.h"

namespace infoplane::paper {

/// One number, the paper's and ours.
struct Cell {
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

  std::string item;
  std::string row;
  Quantity quantity = Quantity::kPercentage;
  std::optional<double> paper;
  std::vector<double> seeds;  ///< ours, a run each, NaN of one that has none; empty: not run
  std::string not_run;        ///< then, why
  /// The same seeds under other readings (analysis/readings.h), where the runs took them.
  std::map<std::string, std::vector<double>> readings;

  // Of the last sample of its first run:
  std::int64_t n = 0;
  double h_y_bits = 0.0;
  double symbol_bits = 0.0;  ///< log2 of the symbols that there can be; NaN if it is not known
  // Means over its runs' last samples:
  double symbols = 0.0;
  double coverage = 0.0;  ///< share of the images whose symbol another one has, too

  // Of a point of a path. A transition's `seeds` are of the runs with two phases, where there are:
  std::size_t runs = 0;
  std::size_t two_phases = 0;

  // Of a percentage:
  std::size_t samples = 0;  ///< of each run, the fewest
  std::optional<std::int64_t> fewest_inversions;
  // Means over its runs:
  double inversions = kNone;
  double shuffled_inversions = kNone;  ///< pairs that are inverted under permuted labels
  // Means over those of its seeds that are numbers, NaN where one of them has none:
  double moved_low = kNone;  ///< Drifts::moved
  double moved_high = kNone;
  double one_turn = kNone;       ///< Drifts::one_turn
  double less_shuffled = kNone;  ///< the share with what permuted labels leave taken off I(T;Y)
  /// Of a single run, 95% over blocks of time (analysis/block_bootstrap.h).
  double low = kNone;
  double high = kNone;

  /// Ours, of the seeds that have one.
  std::vector<double> numbers() const;
  /// Mean of these; NaN without any.
  double mean() const;
  /// Mean under a reading over the same seeds, NaN where one of them has no number under it; none
  /// where the runs did not take it.
  std::optional<double> reading(const std::string& name) const;
  /// Half the 95% interval of the mean over seeds, and of one more run; NaN for one seed.
  double half_width() const;
  double prediction_half_width() const;
};

/// The percentage of a trace resampled in blocks of time, again and again. The draws of traces of
/// one length are the same, so that differences can be taken one by one.
std::vector<double> resampled_percentages(const Trace& trace);

/// The readings that are shown beside ours: all of analysis/readings.h but `paper`, which is ours,
/// and `james_stein`, which in runs up to November 2026 shrank three entropies apart.
const std::vector<std::string>& other_readings();

/// log2 of the symbols that a run's softmax outputs can have; NaN if it does not say its classes or
/// bins.
double symbol_bits(const RunRecord& run);

/// The fewest inversions of a row's runs, of its first samples; none without a run.
std::optional<std::int64_t> fewest_inversions(const Row& row, const Runs& runs);

/// Why a row has no run with samples of its split; empty if it has one.
std::string why_not_measured(const Row& row, const Runs& runs);

/// A row of Table 3 means just as many samples as it says. Why these runs do not serve it; empty if
/// they do.
std::string why_too_short(const Item& item, const Row& row,
                          const std::vector<const TracedRun*>& runs);

/// All cells of an item, its rows in order. Figures without numbers in the paper have none of
/// theirs; Figure 1 has no cells.
std::vector<Cell> cells_of(const Item& item, const Runs& runs);

/// How ours stands to the paper's number.
struct NumberVerdict {
  enum Kind {
    kNear,              ///< within the tolerance, by fewer than kLeastSeeds runs
    kAgrees,            ///< within the tolerance
    kCompatible,        ///< within the tolerance and the interval of one more run
    kUndecided,         ///< either, but the interval is wider than two tolerances to each side
    kAgreesUnderIbCnn,  ///< within the tolerance only by the conventions of the released code
    kDiffers,
    kNotCompared,
  };
  Kind kind = kNotCompared;
  std::string
      text;  ///< in a few words; of what is not compared, why; empty where the paper has none
};

/// An end of training is a choice, not a result, and a transition before as many epochs as the
/// tolerance has agrees with anything; where the paper has one phase, or all our runs have, the
/// transition is the end once more. They are not compared, nor is a share of fewer than
/// kLeastInversions. The paper's number is one run's, so that it is held against the interval of
/// one more run of ours, from kLeastSeeds on. `why_not` is Study::why_not_comparable().
NumberVerdict number_verdict(const Cell& cell, const std::string& why_not);

}  // namespace infoplane::paper
