#pragma once

// What these do is documented in ops/joint_counts.h.

#include <cstdint>

#include "core/context.h"
#include "core/joint_counts.h"
#include "core/view.h"

namespace infoplane::cuda {

/// By the kernel that suits the table, or the one that INFOPLANE_CUDA_KERNEL names
/// (cuda/count_kernel.h); UsageError when that one is unknown or cannot count the table.
void count_joint(Context& ctx, View<const float> logits, View<const std::int32_t> labels,
                 const JointCountsView& counts);
void count_joint(Context& ctx, View<const float> logits, View<const std::uint8_t> labels,
                 const JointCountsView& counts);
void information(Context& ctx, const JointCountsView& counts, View<double> row);

}  // namespace infoplane::cuda
