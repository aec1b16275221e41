#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/inversion_control.h"
#include "paper/experiments.h"
#include "paper/published.h"
#include "paper/runs.h"
#include "paper/traces.h"

namespace infoplane::paper {

/// One number, the paper's and ours.
struct Cell {
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
  std::int64_t symbols = 0;
  std::int64_t singletons = 0;
  double h_y_bits = 0.0;
  double symbol_bits = 0.0;  ///< log2 of the symbols that there can be; NaN if it is not known

  // Of a point of a path. A transition's `seeds` are of the runs with two phases, where there are:
  std::size_t runs = 0;
  std::size_t two_phases = 0;

  // Of a percentage, by its first run:
  std::int64_t samples = 0;
  std::int64_t inversions = 0;
  double low = 0.0;  ///< 95%, over blocks of time (analysis/block_bootstrap.h)
  double high = 0.0;
  InversionControl moved;                ///< I(X;T) at another time
  double straight = 0.0;                 ///< a straight line in its place (straight_share)
  std::int64_t shuffled_inversions = 0;  ///< pairs that are inverted under permuted labels
  /// The share when what permuted labels leave of I(T;Y) is taken off; NaN without that reading.
  double less_shuffled = std::numeric_limits<double>::quiet_NaN();

  /// Ours, of the seeds that have one.
  std::vector<double> numbers() const;
  /// Mean of these.
  double mean() const;
  /// Mean over the seeds under a reading; none where the runs did not take it.
  std::optional<double> reading(const std::string& name) const;
  /// Half the 95% interval of the mean over seeds; NaN for one seed.
  double half_width() const;
};

/// The percentage of a trace resampled in blocks of time, again and again. The draws of traces of
/// one length are the same, so that differences can be taken one by one.
std::vector<double> resampled_percentages(const Trace& trace);

/// The percentage with I(X;T) at other times (analysis/inversion_control.h).
InversionControl moved_control(const Trace& trace);

/// The larger of the percentages that a straight line in time, rising or falling, gives in the
/// place of I(X;T).
double straight_share(const Trace& trace);

/// The readings that are shown beside ours: all of analysis/readings.h but `paper`, which is ours,
/// and `james_stein`, which in runs up to November 2026 shrank three entropies apart.
const std::vector<std::string>& other_readings();

/// All cells of an item, its rows in order. Figures without numbers in the paper have none of
/// theirs; Figure 1 has no cells.
std::vector<Cell> cells_of(const Item& item, const Runs& runs);

/// How ours stands to the paper's number.
struct NumberVerdict {
  enum Kind {
    kAgrees,            ///< within the tolerance
    kCompatible,        ///< within the tolerance and our interval
    kAgreesUnderIbCnn,  ///< only under the conventions of the released code
    kDiffers,
    kNotCompared,
  };
  Kind kind = kNotCompared;
  std::string
      text;  ///< in a few words; of what is not compared, why; empty where the paper has none
};

/// An end of training is a choice, not a result, and a transition before as many epochs as the
/// tolerance has agrees with anything; where the paper has one phase its transition is the end once
/// more. They are not compared. `why_not` is Study::why_not_comparable().
NumberVerdict number_verdict(const Cell& cell, const std::string& why_not);

}  // namespace infoplane::paper
