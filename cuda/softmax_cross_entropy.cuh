#pragma once

#include "cuda/grid.cuh"
#include "cuda/logit_row.cuh"

namespace infoplane::cuda {

/// Cross-entropy of a row z [classes], nats: not a number for a label out of range and for logits
/// that are not valid.
__device__ inline double row_cross_entropy(const RowSoftmax& softmax, int classes, const float* z,
                                           std::int32_t label) {
  if (label < 0 || label >= classes || !softmax.valid) {
    return static_cast<double>(float_from_bits(0x7FC00000u));
  }
  return log(static_cast<double>(softmax.sum)) +
         (static_cast<double>(softmax.max) - static_cast<double>(z[label]));
}

/// `scale` times its gradient, of the classes from `first` in steps of `step`; may be in place.
__device__ inline void row_gradient(const RowSoftmax& softmax, int classes, const float* z,
                                    std::int32_t label, float scale, int first, int step,
                                    float* dz) {
  const bool in_range = label >= 0 && label < classes;
  for (int c = first; c < classes; c += step) {
    const float p = softmax.valid ? row_probability(softmax, z[c]) : float_from_bits(0x7FC00000u);
    dz[c] = in_range ? scale * (p - (c == label ? 1.0f : 0.0f)) : 0.0f;
  }
}

// Cross-entropy and its gradient for a row of logits a thread, or a warp.
//
// Grid     block b takes rows R b to R b + R - 1 and gives their loss as partial[b]; R is 256 for a
//          thread a row, 8 for a warp
// Shared   the tree of block_sum, 2 KB
// Traffic  logits and labels in, dlogits out; a row's second and third reading meet in the cache.
//          Threads that have a row each read lines of their own, which serves rows as short as a
//          line; the lanes of a warp read and write 128 bytes together
// Why      the softmax of core/counting.h, so the loss trained on is the loss that is counted
// Exact    each row by itself, the same to the bit by both; losses in double, by one tree a block,
//          blocks in one order
__global__ void __launch_bounds__(kBlockThreads, 1)
    softmax_cross_entropy_kernel(std::int64_t rows, int classes, const float* logits,
                                 const std::int32_t* labels, float scale, double* partial,
                                 float* dlogits) {
  const std::int64_t n = grid_thread();
  double loss = 0.0;
  if (n < rows) {
    const float* z = logits + n * classes;
    const RowSoftmax softmax = row_softmax(classes, LogitRow{z});
    loss = row_cross_entropy(softmax, classes, z, labels[n]);
    row_gradient(softmax, classes, z, labels[n], scale, 0, 1, dlogits + n * classes);
  }
  loss = block_sum(loss);
  if (threadIdx.x == 0) {
    partial[blockIdx.x] = loss;
  }
}

/// Rows of a block where a warp has one.
constexpr int kWarpsABlock = kBlockThreads / kWarpThreads;
/// From here on a warp has a row: each of its lanes has a class.
constexpr int kWarpRowClasses = kWarpThreads;

__global__ void __launch_bounds__(kBlockThreads, 1)
    softmax_cross_entropy_warp_kernel(std::int64_t rows, int classes, const float* logits,
                                      const std::int32_t* labels, float scale, double* partial,
                                      float* dlogits) {
  const int lane = static_cast<int>(threadIdx.x) % kWarpThreads;
  const std::int64_t n = grid_thread() / kWarpThreads;  // the same for the whole warp
  double loss = 0.0;
  if (n < rows) {
    const float* z = logits + n * classes;
    const RowSoftmax softmax = row_softmax_of_warp(classes, z);
    if (lane == 0) {
      loss = row_cross_entropy(softmax, classes, z, labels[n]);
    }
    __syncwarp();  // the label's logit is read before its gradient may take its place
    row_gradient(softmax, classes, z, labels[n], scale, lane, kWarpThreads, dlogits + n * classes);
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
