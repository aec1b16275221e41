#pragma once

// What these do is documented in ops/joint_counts.h.

#include <cstdint>
#include <vector>

#include "core/context.h"
#include "core/joint_counts.h"
#include "core/view.h"

namespace infoplane::cpu {

/// Copies of a table of `cells` counts that the threads of `ctx` count `rows` rows of one call
/// into.
int table_copies(Context& ctx, std::int64_t cells, std::int64_t rows);

/// The counts that are not zero, by symbol, then label.
std::vector<JointCell> cells(const JointCountsView& counts);

/// Zeroes the counts of the touched symbols, their marks and the tallies.
void clear_counts(const JointCountsView& counts);

void count_joint(Context& ctx, View<const float> logits, View<const std::int32_t> labels,
                 const JointCountsView& counts);
void count_joint(Context& ctx, View<const float> logits, View<const std::uint8_t> labels,
                 const JointCountsView& counts);
void information(Context& ctx, const JointCountsView& counts, View<double> row);
void take_information(Context& ctx, const JointCountsView& counts, View<double> row);

}  // namespace infoplane::cpu
