#include "cpu/optimizer.h"

#include <cmath>

#include "core/adam_scales.h"
#include "cpu/parallel.h"
#include "cpu/simd.h"

namespace infoplane::cpu {
namespace {

INFOPLANE_CPU_CLONES
void sgd_plain(const SgdOptions& options, float* w, const float* grad, std::int64_t n) {
  const float lr = options.lr.get();
  const float decay = options.weight_decay;
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    w[i] -= lr * (grad[i] + decay * w[i]);
  }
}

INFOPLANE_CPU_CLONES
void sgd_momentum(const SgdOptions& options, float* w, const float* grad, float* velocity,
                  std::int64_t n) {
  const float lr = options.lr.get();
  const float momentum = options.momentum;
  const float decay = options.weight_decay;
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    const float v = momentum * velocity[i] + (grad[i] + decay * w[i]);
    velocity[i] = v;
    w[i] -= lr * v;
  }
}

INFOPLANE_CPU_CLONES
void adam(const AdamOptions& options, const AdamScales& scales, float* w, const float* grad,
          float* m, float* v, std::int64_t n) {
  const float beta1 = options.beta1;
  const float beta2 = options.beta2;
  const float epsilon = options.epsilon;
  const float decay = options.weight_decay;
  const float step = scales.step;
  const float inv_root = scales.inv_root;
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    const float g = grad[i] + decay * w[i];
    m[i] = beta1 * m[i] + (1.0f - beta1) * g;
    v[i] = beta2 * v[i] + (1.0f - beta2) * g * g;
    w[i] -= step * m[i] / (std::sqrt(v[i]) * inv_root + epsilon);
  }
}

}  // namespace

void sgd_step(Context& ctx, const SgdOptions& options, View<float> w, View<const float> grad,
              View<float> velocity) {
  parallel_for(ctx, w.size(), kElementGrain, [&](std::int64_t first, std::int64_t last) {
    if (options.momentum == 0.0f) {
      sgd_plain(options, w.data() + first, grad.data() + first, last - first);
    } else {
      sgd_momentum(options, w.data() + first, grad.data() + first, velocity.data() + first,
                   last - first);
    }
  });
}

void adam_step(Context& ctx, const AdamOptions& options, Deferred<std::int64_t> t, View<float> w,
               View<const float> grad, View<float> m, View<float> v) {
  const AdamScales scales = adam_scales(options, t.get());
  parallel_for(ctx, w.size(), kElementGrain / 2, [&](std::int64_t first, std::int64_t last) {
    adam(options, scales, w.data() + first, grad.data() + first, m.data() + first, v.data() + first,
         last - first);
  });
}

}  // namespace infoplane::cpu
