#pragma once

#include "core/joint_counts.h"
#include "cuda/grid.cuh"
#include "cuda/logit_row.cuh"

namespace infoplane::cuda {

/// More classes than any dense table has: binom(2 + C, C) C is past kDenseCells at C = 812.
constexpr int kMostDenseClasses = 811;

// Fused softmax -> bin -> symbol -> count.
//
// Grid     a thread a row, in strides; as many blocks as fill the GPU
// Shared   correct rows a class, and the tree of block_sum for the other tallies: 5.2 KB
// Traffic  logits and labels once; one atomic a row on the table, which at ten classes and ten bins
//          stays in L2; a few atomics a block on the tallies
// Why      a row is a few hundred instructions and no memory: nothing is worth sharing in a warp
// Exact    the arithmetic of core/counting.h, and integer sums, which have no order
__global__ void __launch_bounds__(kBlockThreads)
    count_joint_kernel(JointCountsView table, std::int64_t rows, const float* logits,
                       const std::int32_t* labels) {
  __shared__ std::uint32_t correct[kMostDenseClasses];
  const int classes = table.classes;
  for (int c = static_cast<int>(threadIdx.x); c < classes; c += kBlockThreads) {
    correct[c] = 0;
  }
  __syncthreads();

  std::uint64_t loss = 0;
  std::uint64_t bad_logits = 0;
  std::uint64_t bad_labels = 0;
  for (std::int64_t n = grid_thread(); n < rows; n += grid_threads()) {
    const float* z = logits + n * classes;
    const std::int32_t label = labels[n];
    const RowSoftmax softmax = row_softmax(classes, LogitRow{z});
    if (!softmax.valid) {
      ++bad_logits;
      continue;
    }
    if (label < 0 || label >= classes) {
      ++bad_labels;
      continue;
    }
    SymbolRank symbol(table.ranks, table.bins);
    for (int c = 0; c < classes; ++c) {
      symbol.push(bin_index(row_probability(softmax, z[c]), table.bins));
    }
    atomicAdd(&table.counts[static_cast<std::int64_t>(symbol.rank()) * classes + label], 1u);
    loss += row_loss_fixed(softmax, z[label]);
    if (softmax.argmax == label) {
      atomicAdd(&correct[label], 1u);
    }
  }

  loss = block_sum(loss);
  bad_logits = block_sum(bad_logits);
  bad_labels = block_sum(bad_labels);  // also waits for `correct`
  if (threadIdx.x == 0) {
    add_tally(&table.tallies[kTallyLoss], loss);
    add_tally(&table.tallies[kTallyBadLogits], bad_logits);
    add_tally(&table.tallies[kTallyBadLabels], bad_labels);
  }
  for (int c = static_cast<int>(threadIdx.x); c < classes; c += kBlockThreads) {
    if (correct[c] != 0) {
      add_tally(&table.tallies[kTallyCorrect + c], correct[c]);
    }
  }
}

}  // namespace infoplane::cuda
