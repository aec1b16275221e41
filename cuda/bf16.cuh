#pragma once

#include "core/bf16.h"
#include "cuda/activation.cuh"
#include "cuda/reduce_columns.cuh"

namespace infoplane::cuda {

/// y = x, rounded.
__global__ void __launch_bounds__(kBlockThreads)
    round_to_bf16_kernel(std::int64_t size, const float* x, Bf16* y) {
  for (std::int64_t i = grid_thread(); i < size; i += grid_threads()) {
    y[i] = to_bf16(x[i]);
  }
}

/// y[r, c] = f(x[r, c] + b[c]), f the activation kNext; without bias where b is null. x, y [R, C].
template <Activation kNext>
__global__ void __launch_bounds__(kBlockThreads)
    widen_bf16_kernel(ColumnGrid grid, const Bf16* x, const float* b, float* y) {
  const ColumnWalk walk = column_walk(grid);
  if (!walk.active) {
    return;
  }
  const float bias = b == nullptr ? 0.0f : b[walk.column];
  for (std::int64_t row = walk.row; row < walk.last; row += walk.step) {
    const std::int64_t i = row * grid.columns + walk.column;
    y[i] = activate<kNext>(from_bf16(x[i]) + bias);
  }
}

__device__ inline float widened(float x) { return x; }
__device__ inline float widened(Bf16 x) { return from_bf16(x); }

/// y += x.
template <class T>
__global__ void __launch_bounds__(kBlockThreads)
    add_result_kernel(std::int64_t size, const T* x, float* y) {
  for (std::int64_t i = grid_thread(); i < size; i += grid_threads()) {
    y[i] += widened(x[i]);
  }
}

}  // namespace infoplane::cuda
