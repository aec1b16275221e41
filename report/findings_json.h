#pragma once

#include <optional>
#include <vector>

#include "analysis/inversion_control.h"
#include "analysis/phases.h"
#include "report/trace_json.h"

/// What analysis/ finds in a report's traces, as JSON.
namespace infoplane {

/// Transition, convergence, slope, indicators and sensitivity of one split; null when no sample is
/// finite.
Json phases_json(const SplitRecord& split, const PhaseRule& rule);

/// Phases over the seeds of one configuration; seeds without a finite sample are left out.
struct SeedPhases {
  int repeats = 0;                       ///< the seeds
  std::vector<double> heights_bits;      ///< the first indicator, of the seeds that compress
  std::vector<double> slopes;            ///< the second one, of the same
  std::optional<PathPoint> transition;   ///< mean over the seeds that compress, if there are any
  std::optional<PathPoint> convergence;  ///< mean over all of them
};
SeedPhases phases_over_seeds(const std::vector<const SplitRecord*>& splits, const PhaseRule& rule);

/// The same, the indicators with mean, half width (null for one seed) and repeats; null where no
/// seed has a finite sample.
Json phases_json(const SeedPhases& phases);

/// What is counted of a split's inversions; samples that are not finite are left out.
struct InversionFindings {
  Inversions all;
  InversionControl dealt_out;
  InversionControl moved;
  std::vector<Inversions> starts;  ///< among the first 100, 200, ... samples
};
InversionFindings find_inversions(const SplitRecord& split);
/// The starts alone, without the controls, which take longer.
std::vector<Inversions> inversions_of_starts(const SplitRecord& split);

/// Shares with so many decimals; unrounded without.
Json inversions_json(const InversionFindings& findings, std::optional<int> decimals);
Json inversions_json(const std::vector<Inversions>& starts, std::optional<int> decimals);

}  // namespace infoplane
