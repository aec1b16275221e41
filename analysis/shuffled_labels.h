#pragma once

#include <cstdint>
#include <span>

#include "core/joint_counts.h"

namespace infoplane {

/// Plug-in I(T;Y) when the labels say nothing: what finite samples alone make of it.
struct ShuffledLabels {
  int repeats = 0;
  double i_ty_mean_bits = 0.0;
  double i_ty_sd_bits = 0.0;  ///< over the repeats, with repeats - 1; 0 for one repeat
};

/// Permutes the labels among the rows `repeats` times, which keeps n(t) and n(y), and measures
/// plug-in I(T;Y) each time. `cells` are ordered by symbol, as JointCounts::cells_to_host_sync
/// gives them; equal cells and seed give equal results. O(N) memory, O(repeats N) time. Throws
/// UsageError when `repeats` is less than one.
ShuffledLabels shuffle_labels(std::span<const JointCell> cells, int repeats, std::uint64_t seed);

}  // namespace infoplane
