#pragma once

#include <cstdint>

#include "core/joint_counts.h"

namespace infoplane::cpu {

/// The cell of a row that is rejected.
constexpr std::uint32_t kNoCell = 0xFFFFFFFFu;

/// Rows that a vector kernel takes at a time.
constexpr int kBlockRows = 16;

/// Floats of scratch memory, aligned to 64 bytes, that a FindCells needs: one block, [C][16].
constexpr std::int64_t find_cells_scratch(int classes) {
  return std::int64_t{kBlockRows} * classes;
}

/// From logits [rows, C] and labels [rows] to cells [rows], the index of n(t, y) in table.counts
/// or kNoCell. Reads the table's dimensions and ranks, counts nothing in it; adds what
/// core/joint_counts.h tallies to `tallies` [kTallyCorrect + C].
using FindCells = void (*)(const JointCountsView& table, const float* logits,
                           const std::int32_t* labels, std::int64_t rows, std::uint32_t* cells,
                           std::uint64_t* tallies, float* scratch);

/// The fastest FindCells this processor runs, or the one that INFOPLANE_CPU_KERNEL (scalar, avx2,
/// avx512) names; all give the same cells and tallies to the bit. Throws UsageError when the name
/// is unknown or the processor lacks the instructions.
FindCells choose_find_cells();

}  // namespace infoplane::cpu
