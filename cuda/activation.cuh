#pragma once

#include "core/geometry.h"
#include "cuda/grid.cuh"

namespace infoplane::cuda {

/// f(x). A NaN stays one, so that a diverged network shows.
template <Activation kKind>
__device__ inline float activate(float x) {
  if constexpr (kKind == Activation::kRelu) {
    return x <= 0.0f ? 0.0f : x;
  } else if constexpr (kKind == Activation::kTanh) {
    return tanhf(x);
  } else {
    return x;
  }
}

/// f'(x) dy of y = f(x).
template <Activation kKind>
__device__ inline float pull_back(float y, float dy) {
  if constexpr (kKind == Activation::kRelu) {
    return y <= 0.0f ? 0.0f : dy;
  } else if constexpr (kKind == Activation::kTanh) {
    return (1.0f - y * y) * dy;
  } else {
    return dy;
  }
}

template <Activation kKind>
__global__ void __launch_bounds__(kBlockThreads)
    activation_forward_kernel(std::int64_t size, const float* x, float* y) {
  for (std::int64_t i = grid_thread(); i < size; i += grid_threads()) {
    y[i] = activate<kKind>(x[i]);
  }
}

template <Activation kKind>
__global__ void __launch_bounds__(kBlockThreads)
    activation_backward_kernel(std::int64_t size, const float* y, const float* dy, float* dx) {
  for (std::int64_t i = grid_thread(); i < size; i += grid_threads()) {
    dx[i] = pull_back<kKind>(y[i], dy[i]);
  }
}

}  // namespace infoplane::cuda
