#pragma once

// What these do is documented in ops/joint_counts.h.

#include <cstdint>

#include "core/context.h"
#include "core/hashed_counts.h"
#include "core/view.h"

namespace infoplane::cpu {

void count_joint(Context& ctx, View<const float> logits, View<const std::int32_t> labels,
                 const HashedCountsView& counts);
void count_joint(Context& ctx, View<const float> logits, View<const std::uint8_t> labels,
                 const HashedCountsView& counts);
/// `rows` were given to count_joint since the table was empty, rejected ones included.
void information(Context& ctx, const HashedCountsView& counts, std::int64_t rows, View<double> row);
/// Adds the cells of one table to another.
void move_cells(Context& ctx, const HashedCountsView& from, const HashedCountsView& to);

}  // namespace infoplane::cpu
