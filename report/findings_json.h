#pragma once

#include "analysis/phases.h"
#include "report/trace_json.h"

/// What analysis/ finds in a report's traces, as JSON.
namespace infoplane {

/// Transition, convergence, slope, indicators and sensitivity of one split; null when no sample is
/// finite.
Json phases_json(const SplitRecord& split, const PhaseRule& rule);

/// The indicators over seeds, each with mean, half width (null for one seed) and repeats, and the
/// mean places of transition and convergence.
Json phases_over_seeds_json(const std::vector<const SplitRecord*>& splits, const PhaseRule& rule);

/// Pairs, inversions, the share that agrees, its two controls, and the share among the first 100,
/// 200, ... samples. Samples that are not finite are left out.
Json inversions_json(const SplitRecord& split);

}  // namespace infoplane
