#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/phases.h"
#include "report/trace_json.h"

namespace infoplane {

/// Which paths a figure shows, and how.
struct LineOptions {
  std::string split;       ///< only this one; empty: all
  int smooth = 1;          ///< samples of the moving mean that is shown, odd; 1: as measured
  bool each_seed = false;  ///< every run by itself, where seeds would be averaged
  PhaseRule rule;
};

/// The sample nearest to the (mean) transition, and where it was measured, whatever is smoothed.
struct LineTransition {
  std::size_t sample;
  PlanePoint measured;
};

/// A run's split, or the mean of seeds, sample by sample.
struct FigureLine {
  std::string label;   ///< what tells it from the other lines; empty if it is the only one
  std::string legend;  ///< the same for lines that look alike: the seeds of several configurations
  std::size_t series = 0;  ///< its colour: of configurations, else of seeds, else of splits
  std::size_t dashes = 0;  ///< those of its split: 0 validation, 1 train, from 2 on others
  std::size_t runs = 1;    ///< that it is the mean of
  const SplitRecord* split = nullptr;  ///< its split; of means, that of the first seed
  std::vector<std::int64_t> steps;
  std::vector<double> epochs;
  /// A column for each of kQuantities, in their order; half widths are NaN where there are none.
  std::array<std::vector<double>, kQuantities.size()> values, half_widths;
  std::optional<LineTransition> transition;

  bool is_mean() const { return runs > 1; }
};

/// The lines of the runs, group by group: of each a mean over its seeds, if it has several. Throws
/// UsageError when only other splits than the wanted one have a sample, DataError when none has.
std::vector<FigureLine> figure_lines(const std::vector<RunRecord>& runs,
                                     const LineOptions& options);

/// The place of the epoch nearest to `epoch`; `epochs` ascend and are not empty.
std::size_t nearest_sample(const std::vector<double>& epochs, double epoch);

}  // namespace infoplane
