#pragma once

// What these do is documented at JointCounts::add (ops/joint_counts.h).

#include "core/context.h"
#include "core/joint_counts.h"
#include "core/view.h"

namespace infoplane::cuda {

/// Adds a dense table's counts to another's of the same size. Tallies are apart.
void add_counts(Context& ctx, const JointCountsView& from, const JointCountsView& to);

/// to += from.
void add_tallies(Context& ctx, View<const std::uint64_t> from, View<std::uint64_t> to);

}  // namespace infoplane::cuda
