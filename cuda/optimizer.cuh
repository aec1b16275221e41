#pragma once

#include "core/adam_scales.h"
#include "core/geometry.h"
#include "cuda/grid.cuh"

namespace infoplane::cuda {

/// SgdOptions' formula; `velocity` is read and written only when there is momentum.
__global__ void __launch_bounds__(kBlockThreads)
    sgd_step_kernel(SgdOptions options, std::int64_t size, float* w, const float* grad,
                    float* velocity) {
  const float lr = options.lr.get();
  for (std::int64_t i = grid_thread(); i < size; i += grid_threads()) {
    float step = grad[i] + options.weight_decay * w[i];
    if (options.momentum != 0.0f) {
      step = options.momentum * velocity[i] + step;
      velocity[i] = step;
    }
    w[i] -= lr * step;
  }
}

/// One thread: powers in double, which every thread of a step would otherwise raise again.
__global__ void __launch_bounds__(1)
    adam_scales_kernel(AdamOptions options, Deferred<std::int64_t> t, AdamScales* scales) {
  *scales = adam_scales(options, t.get());
}

/// Algorithm 1 of Kingma and Ba 2015.
__global__ void __launch_bounds__(kBlockThreads)
    adam_step_kernel(AdamOptions options, const AdamScales* at_step, std::int64_t size, float* w,
                     const float* grad, float* m, float* v) {
  const AdamScales scales = *at_step;
  for (std::int64_t i = grid_thread(); i < size; i += grid_threads()) {
    const float g = grad[i] + options.weight_decay * w[i];
    m[i] = options.beta1 * m[i] + (1.0f - options.beta1) * g;
    v[i] = options.beta2 * v[i] + (1.0f - options.beta2) * g * g;
    w[i] -= scales.step * m[i] / (sqrtf(v[i]) * scales.inv_root + options.epsilon);
  }
}

}  // namespace infoplane::cuda
