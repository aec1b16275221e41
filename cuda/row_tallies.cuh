#pragma once

#include <cstdint>

#include "core/joint_counts.h"
#include "cuda/grid.cuh"

namespace infoplane::cuda {

/// Adds a block's share of what every counting kernel tallies a row. To be called by all its
/// threads.
template <int kThreads = kBlockThreads>
__device__ inline void add_row_tallies(std::uint64_t* tallies, std::uint64_t loss,
                                       std::uint64_t bad_logits, std::uint64_t bad_labels) {
  loss = block_sum<kThreads>(loss);
  bad_logits = block_sum<kThreads>(bad_logits);
  bad_labels = block_sum<kThreads>(bad_labels);
  if (threadIdx.x == 0) {
    add_tally(&tallies[kTallyLoss], loss);
    add_tally(&tallies[kTallyBadLogits], bad_logits);
    add_tally(&tallies[kTallyBadLabels], bad_labels);
  }
}

}  // namespace infoplane::cuda
