#include "ops/layout.h"

#include "cpu/layout.h"
#include "cuda/layout.h"

namespace infoplane::ops {

void to_plain(Context& ctx, View<const float> x, View<float> y) {
  require_rank("to_plain", "x", x.shape(), 4);
  require_shape("to_plain", "y", y.shape(), {x.shape()[0], x.shape().row().numel()});
  switch (ctx.device()) {
    case Device::kCpu: return cpu::to_plain(ctx, x, y);
    case Device::kCuda: return cuda::to_plain(ctx, x, y);
  }
}

void from_plain(Context& ctx, View<const float> y, View<float> x) {
  require_rank("from_plain", "x", x.shape(), 4);
  require_shape("from_plain", "y", y.shape(), {x.shape()[0], x.shape().row().numel()});
  switch (ctx.device()) {
    case Device::kCpu: return cpu::from_plain(ctx, y, x);
    case Device::kCuda: return cuda::from_plain(ctx, y, x);
  }
}

}  // namespace infoplane::ops
