#pragma once

#include "core/geometry.h"
#include "cuda/grid.cuh"

namespace infoplane::cuda {

/// SgdOptions' formula; `velocity` is read and written only when there is momentum.
__global__ void __launch_bounds__(kBlockThreads)
    sgd_step_kernel(SgdOptions options, std::int64_t size, float* w, const float* grad,
                    float* velocity) {
  for (std::int64_t i = grid_thread(); i < size; i += grid_threads()) {
    float step = grad[i] + options.weight_decay * w[i];
    if (options.momentum != 0.0f) {
      step = options.momentum * velocity[i] + step;
      velocity[i] = step;
    }
    w[i] -= options.lr * step;
  }
}

/// What of Adam's step depends on its number alone.
struct AdamScales {
  float step;      ///< lr / (1 - beta1^t)
  float inv_root;  ///< 1 / sqrt(1 - beta2^t)
};

/// Algorithm 1 of Kingma and Ba 2015.
__global__ void __launch_bounds__(kBlockThreads)
    adam_step_kernel(AdamOptions options, AdamScales scales, std::int64_t size, float* w,
                     const float* grad, float* m, float* v) {
  for (std::int64_t i = grid_thread(); i < size; i += grid_threads()) {
    const float g = grad[i] + options.weight_decay * w[i];
    m[i] = options.beta1 * m[i] + (1.0f - options.beta1) * g;
    v[i] = options.beta2 * v[i] + (1.0f - options.beta2) * g * g;
    w[i] -= scales.step * m[i] / (sqrtf(v[i]) * scales.inv_root + options.epsilon);
  }
}

}  // namespace infoplane::cuda
