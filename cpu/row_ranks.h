#pragma once

#include <cstdint>

#include "core/hashed_counts.h"

namespace infoplane::cpu {

/// `floats` completed to vectors of 16.
constexpr std::int64_t whole_vectors(std::int64_t floats) { return (floats + 15) / 16 * 16; }

/// Floats of scratch memory that a FindRanks needs: one row's exponentials, and 16 bits for each
/// vector, of 8 at the least.
constexpr std::int64_t find_ranks_scratch(int classes) {
  return whole_vectors(classes) + whole_vectors(classes / 16 + 1);
}

/// From logits [rows, C] and labels [rows] to symbols [rows] and owners [rows] of the cells they
/// belong to; a rejected row's owner is kEmptyEntry. Reads the table's dimensions and steps, counts
/// nothing in it; adds what core/joint_counts.h tallies to `tallies` [kTallyCorrect + C].
using FindRanks = void (*)(const HashedCountsView& table, const float* logits,
                           const std::int32_t* labels, std::int64_t rows, WideRank* symbols,
                           std::uint32_t* owners, std::uint64_t* tallies, float* scratch);

/// The FindRanks for the instructions that choose_instructions() says; all give the same to the
/// bit.
FindRanks choose_find_ranks();

/// The vector kernels, for a processor that has the instructions (cpu/instructions.h); null where
/// the compiler has none.
FindRanks find_ranks_avx512();
FindRanks find_ranks_avx2();

/// The least probability that is in bin 1 or above.
float first_edge(int bins);

}  // namespace infoplane::cpu
