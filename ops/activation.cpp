#include "ops/activation.h"

#include "cpu/activation.h"
#include "cuda/activation.h"

namespace infoplane::ops {

void activation_forward(Context& ctx, Activation kind, View<const float> x, View<float> y) {
  require_shape("activation_forward", "y", y.shape(), x.shape());
  switch (ctx.device()) {
    case Device::kCpu: return cpu::activation_forward(ctx, kind, x, y);
    case Device::kCuda: return cuda::activation_forward(ctx, kind, x, y);
  }
}

void activation_backward(Context& ctx, Activation kind, View<const float> y, View<const float> dy,
                         View<float> dx) {
  require_shape("activation_backward", "dy", dy.shape(), y.shape());
  require_shape("activation_backward", "dx", dx.shape(), y.shape());
  switch (ctx.device()) {
    case Device::kCpu: return cpu::activation_backward(ctx, kind, y, dy, dx);
    case Device::kCuda: return cuda::activation_backward(ctx, kind, y, dy, dx);
  }
}

}  // namespace infoplane::ops
