#include "ops/optimizer.h"

#include <string>

#include "cpu/optimizer.h"
#include "cuda/optimizer.h"

namespace infoplane::ops {

void sgd_step(Context& ctx, const SgdOptions& options, View<float> w, View<const float> grad,
              View<float> velocity) {
  require_shape("sgd_step", "grad", grad.shape(), w.shape());
  if (options.momentum != 0.0f) {
    require_shape("sgd_step", "velocity", velocity.shape(), w.shape());
  }
  switch (ctx.device()) {
    case Device::kCpu: return cpu::sgd_step(ctx, options, w, grad, velocity);
    case Device::kCuda: return cuda::sgd_step(ctx, options, w, grad, velocity);
  }
}

void adam_step(Context& ctx, const AdamOptions& options, Deferred<std::int64_t> t, View<float> w,
               View<const float> grad, View<float> m, View<float> v) {
  require_shape("adam_step", "grad", grad.shape(), w.shape());
  require_shape("adam_step", "m", m.shape(), w.shape());
  require_shape("adam_step", "v", v.shape(), w.shape());
  if (t.known() && t.get() < 1) {
    throw UsageError("adam_step: step " + std::to_string(t.get()) + ", the first is 1");
  }
  switch (ctx.device()) {
    case Device::kCpu: return cpu::adam_step(ctx, options, t, w, grad, m, v);
    case Device::kCuda: return cuda::adam_step(ctx, options, t, w, grad, m, v);
  }
}

}  // namespace infoplane::ops
