#pragma once

#include "cuda/grid.cuh"
#include "cuda/logit_row.cuh"

namespace infoplane::cuda {

// Cross-entropy and its gradient for a row of logits a thread.
//
// Grid     block b takes rows 256 b to 256 b + 255 and gives their loss as partial[b]
// Shared   the tree of block_sum, 2 KB
// Traffic  logits and labels in, dlogits out; a row's second and third reading meet in the cache
// Why      the softmax of core/counting.h, so the loss trained on is the loss that is counted
// Exact    each row by itself; losses in double, by one tree a block, blocks in one order
__global__ void __launch_bounds__(kBlockThreads, 1)
    softmax_cross_entropy_kernel(std::int64_t rows, int classes, const float* logits,
                                 const std::int32_t* labels, float scale, double* partial,
                                 float* dlogits) {
  const std::int64_t n = grid_thread();
  double loss = 0.0;
  if (n < rows) {
    const float* z = logits + n * classes;
    float* dz = dlogits + n * classes;
    const std::int32_t label = labels[n];
    const RowSoftmax softmax = row_softmax(classes, LogitRow{z});
    const bool in_range = label >= 0 && label < classes;
    const float nan = float_from_bits(0x7FC00000u);
    if (in_range && softmax.valid) {
      loss = log(static_cast<double>(softmax.sum)) +
             (static_cast<double>(softmax.max) - static_cast<double>(z[label]));
    } else {
      loss = static_cast<double>(nan);
    }
    for (int c = 0; c < classes; ++c) {
      const float p = softmax.valid ? row_probability(softmax, z[c]) : nan;
      dz[c] = in_range ? scale * (p - (c == label ? 1.0f : 0.0f)) : 0.0f;
    }
  }
  loss = block_sum(loss);
  if (threadIdx.x == 0) {
    partial[blockIdx.x] = loss;
  }
}

/// sum[0] += partial[0] + ... + partial[count - 1], in one order. One block.
__global__ void __launch_bounds__(kBlockThreads)
    add_partials_kernel(std::int64_t count, const double* partial, double* sum) {
  double value = 0.0;
  for (std::int64_t i = threadIdx.x; i < count; i += kBlockThreads) {
    value += partial[i];
  }
  value = block_sum(value);
  if (threadIdx.x == 0) {
    sum[0] += value;
  }
}

}  // namespace infoplane::cuda
