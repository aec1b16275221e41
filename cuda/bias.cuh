#pragma once

#include "core/geometry.h"
#include "cuda/activation.cuh"
#include "cuda/reduce_columns.cuh"

namespace infoplane::cuda {

/// y[r, c] = f(y[r, c] + b[c]), f the activation kNext. y [R, C].
template <Activation kNext>
__global__ void __launch_bounds__(kBlockThreads)
    add_bias_kernel(ColumnGrid grid, const float* b, float* y) {
  const ColumnWalk walk = column_walk(grid);
  if (!walk.active) {
    return;
  }
  const float bias = b[walk.column];
  for (std::int64_t row = walk.row; row < walk.last; row += walk.step) {
    float& value = y[row * grid.columns + walk.column];
    value = activate<kNext>(value + bias);
  }
}

/// db[c] += sum over r of dy[r, c], a Reducer of reduce_columns.cuh. dy [R, C], db [C].
struct BiasGradient {
  using Value = float;

  std::int64_t columns;
  const float* dy;
  float* db;

  __device__ Value reduce(const ColumnWalk& walk) const {
    float sum = 0.0f;
    for (std::int64_t row = walk.row; row < walk.last; row += walk.step) {
      sum += dy[row * columns + walk.column];
    }
    return sum;
  }
  __device__ static Value merge(Value a, Value b) { return a + b; }
  __device__ void store(std::int64_t column, Value sum) const { db[column] += sum; }
};

}  // namespace infoplane::cuda
