#pragma once

#include "core/joint_counts.h"
#include "cuda/grid.cuh"
#include "cuda/logit_row.cuh"
#include "cuda/row_tallies.cuh"

namespace infoplane::cuda {

/// More classes than any dense table has: binom(2 + C, C) C is past kDenseCells at C = 812.
constexpr int kMostDenseClasses = 811;

// Fused softmax -> bin -> symbol -> count, the second step of the ladder (docs/counting.md).
//
// Grid     a thread a row, in strides; as many blocks as fill the GPU
// Shared   correct rows a class, and the tree of block_sum for the other tallies: 5.2 KB
// Traffic  logits and labels once; one atomic a row on the table, which at ten classes and ten bins
//          stays in L2; a few atomics a block on the tallies
// Why      a row is a few hundred instructions and no memory: nothing is worth sharing in a warp
// Exact    the arithmetic of core/counting.h, and integer sums, which have no order
template <class Label>
__global__ void __launch_bounds__(kBlockThreads)
    count_global_atomics_kernel(JointCountsView table, std::int64_t rows, const float* logits,
                                const Label* labels) {
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
    const auto label = static_cast<std::int32_t>(labels[n]);
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

  add_row_tallies(table.tallies, loss, bad_logits, bad_labels);  // also waits for `correct`
  for (int c = static_cast<int>(threadIdx.x); c < classes; c += kBlockThreads) {
    if (correct[c] != 0) {
      add_tally(&table.tallies[kTallyCorrect + c], correct[c]);
    }
  }
}

}  // namespace infoplane::cuda
