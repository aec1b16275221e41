#include "ops/inner_product.h"

#include "cpu/inner_product.h"
#include "cuda/inner_product.h"

namespace infoplane::ops {

void inner_product_forward(Context& ctx, View<const float> x, View<const float> w,
                           View<const float> b, View<float> y, bool relu) {
  require_rank("inner_product_forward", "x", x.shape(), 2);
  const Shape expected_w{y.shape()[1], x.shape()[1]};
  require_shape("inner_product_forward", "w", w.shape(), expected_w);
  require_shape("inner_product_forward", "y", y.shape(), {x.shape()[0], y.shape()[1]});
  if (!b.empty()) {
    require_shape("inner_product_forward", "b", b.shape(), {y.shape()[1]});
  }
  switch (ctx.device()) {
    case Device::kCpu: return cpu::inner_product_forward(ctx, x, w, b, y, relu);
    case Device::kCuda: return cuda::inner_product_forward(ctx, x, w, b, y, relu);
  }
}

void inner_product_backward_data(Context& ctx, View<const float> dy, View<const float> w,
                                 View<float> dx) {
  require_rank("inner_product_backward_data", "dy", dy.shape(), 2);
  require_shape("inner_product_backward_data", "w", w.shape(), {dy.shape()[1], dx.shape()[1]});
  require_shape("inner_product_backward_data", "dx", dx.shape(), {dy.shape()[0], dx.shape()[1]});
  switch (ctx.device()) {
    case Device::kCpu: return cpu::inner_product_backward_data(ctx, dy, w, dx);
    case Device::kCuda: return cuda::inner_product_backward_data(ctx, dy, w, dx);
  }
}

void inner_product_backward_weights(Context& ctx, View<const float> x, View<const float> dy,
                                    View<float> dw, View<float> db) {
  require_rank("inner_product_backward_weights", "x", x.shape(), 2);
  require_shape("inner_product_backward_weights", "dy", dy.shape(), {x.shape()[0], dy.shape()[1]});
  require_shape("inner_product_backward_weights", "dw", dw.shape(), {dy.shape()[1], x.shape()[1]});
  if (!db.empty()) {
    require_shape("inner_product_backward_weights", "db", db.shape(), {dy.shape()[1]});
  }
  switch (ctx.device()) {
    case Device::kCpu: return cpu::inner_product_backward_weights(ctx, x, dy, dw, db);
    case Device::kCuda: return cuda::inner_product_backward_weights(ctx, x, dy, dw, db);
  }
}

}  // namespace infoplane::ops
