#pragma once

#include <cstdint>

#include "core/joint_counts.h"

namespace infoplane::cpu {

/// Rows that a vector kernel takes at a time, at most.
constexpr int kBlockRows = 16;

/// Floats of scratch memory, aligned to 64 bytes, that a CountRows needs: two blocks by
/// classes, [C][16], and one by rows, [16][C].
constexpr std::int64_t count_rows_scratch(int classes) {
  return std::int64_t{3} * kBlockRows * classes;
}

/// Counts logits [rows, C] with labels [rows], kMostLossRows at most, into `table`: n(t, y), the
/// marks of the touched symbols and the tallies. Nobody else may write to the table meanwhile.
using CountRows = void (*)(const JointCountsView& table, const float* logits,
                           const std::int32_t* labels, std::int64_t rows, float* scratch);

/// The fastest CountRows for this table that the processor runs, or the one that
/// INFOPLANE_CPU_KERNEL (scalar, avx2, avx512) names; all give the same table to the bit. Throws
/// UsageError when the name is unknown or the processor lacks the instructions.
CountRows choose_count_rows(const JointCountsView& table);

/// The vector kernels, for a processor that has the instructions (cpu/instructions.h); null where
/// the compiler has none.
CountRows count_rows_avx512(const JointCountsView& table);
CountRows count_rows_avx2(const JointCountsView& table);

}  // namespace infoplane::cpu
