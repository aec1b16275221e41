#pragma once

#include <cstdint>

#include "core/joint_counts.h"
#include "cuda/grid.cuh"

namespace infoplane::cuda {

/// Adds a block's share of what every counting kernel tallies a row. To be called by all its
/// threads, each of which has at most kMostLossRows rows, and all together below 2^32.
template <int kThreads = kBlockThreads>
__device__ inline void add_row_tallies(std::uint64_t* tallies, std::uint64_t loss,
                                       std::uint64_t bad_logits, std::uint64_t bad_labels) {
  const std::uint64_t low = block_sum<kThreads>(loss & 0xFFFFFFFFu);
  const std::uint64_t high = block_sum<kThreads>(loss >> 32);
  const std::uint64_t bad = block_sum<kThreads>(bad_logits << 32 | bad_labels);
  if (threadIdx.x == 0) {
    add_tally(&tallies[kTallyLossLow], low);
    add_tally(&tallies[kTallyLossHigh], high);
    add_tally(&tallies[kTallyBadLogits], bad >> 32);
    add_tally(&tallies[kTallyBadLabels], bad & 0xFFFFFFFFu);
  }
}

}  // namespace infoplane::cuda
