#pragma once

#include <optional>
#include <vector>

#include "analysis/inversion_control.h"
#include "analysis/phases.h"
#include "report/trace_json.h"

/// What analysis/ finds in a report's traces, as JSON.
namespace infoplane {

/// Of numbers: all, or no more than a report shows.
enum class Digits { kAll, kShown };

Json point_json(const PathPoint& point, Digits digits);

/// Mean, half width (null for one value) and repeats; null without a value.
Json interval_json(const std::vector<double>& values, Digits digits);

/// Transition, convergence, slope and sensitivity.
Json phases_json(const Phases& phases, const PhaseSensitivity& sensitivity, Digits digits);

/// The same of one split, as a report shows it; null when no sample is finite.
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
  Drifts drifts;
  std::vector<Inversions> starts;  ///< among the first 100, 200, ... samples, 50 times at most
};
InversionFindings find_inversions(const SplitRecord& split);
/// The starts alone, without the controls, which take longer.
std::vector<Inversions> inversions_of_starts(const SplitRecord& split);

Json inversions_json(const InversionFindings& findings, Digits digits);
Json inversions_json(const std::vector<Inversions>& starts, Digits digits);

}  // namespace infoplane
