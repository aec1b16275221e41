#pragma once

#include <cstdint>

#include "core/context.h"
#include "core/view.h"
#include "ops/joint_counts.h"

namespace infoplane::ops {

/// Counts a hidden layer: n(t, y) += 1 for each row of values [N, K] with labels [N], t the tuple
/// of bins of the row's values (core/tuples.h). Adds to a table that was made for hidden layers
/// of K units; batches in any split give the same table. A row with a value that has no bin (a
/// NaN; outside a range that does not clamp) or a label outside [0, C) is counted as rejected and
/// nowhere else; a row with both faults once, for its values. The table grows before it could fill
/// up; DeviceError when there is no memory for that, and nothing of the batch counted.
void count_tuples(Context& ctx, View<const float> values, View<const std::int32_t> labels,
                  JointCounts& counts);

/// range [2] becomes the smallest and the largest of its own two numbers and all finite values:
/// start with {inf, -inf}. Values in any shape.
void widen_range(Context& ctx, View<const float> values, View<float> range);

}  // namespace infoplane::ops
