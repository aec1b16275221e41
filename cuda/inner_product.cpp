#include "cuda/inner_product.h"

#include "cuda/activation.h"
#include "cuda/bf16.h"
#include "cuda/bias.h"
#include "cuda/cuda_backend.h"

// A row-major [rows, columns] is the columns x rows matrix that cuBLASLt reads column by column. So
// each product below is computed as its own transpose.

namespace infoplane::cuda {
namespace {

/// As a product takes them.
Operands operands(Context& ctx, View<const float> a, View<const float> b) {
  return make_operands(ctx, a, b, ctx.scratch(bf16_bytes(ctx, {a.size(), b.size()})));
}

}  // namespace

void inner_product_forward(Context& ctx, View<const float> x, View<const float> w,
                           View<const float> b, View<float> y, bool relu) {
  const std::int64_t rows = x.shape()[0];
  const std::int64_t in = x.shape()[1];
  const std::int64_t out = y.shape()[1];
  const Operands wx = operands(ctx, w, x);
  const auto enqueue = [&](const float* bias, bool with_relu) {
    // y^T [out, N] = W [out, in] x^T [in, N]
    return gpu(ctx).products().enqueue(gpu(ctx).stream(), {out, rows, in, true, false, wx.a, wx.b,
                                                           0.0f, y.data(), bias, with_relu});
  };
  if (enqueue(b.empty() ? nullptr : b.data(), relu)) {
    return;
  }
  enqueue(nullptr, false);
  if (!b.empty()) {
    add_bias(ctx, b, y, relu);
  } else {
    activation_forward(ctx, Activation::kRelu, y, y);
  }
}

void inner_product_backward_data(Context& ctx, View<const float> dy, View<const float> w,
                                 View<float> dx) {
  const std::int64_t rows = dy.shape()[0];
  const std::int64_t out = dy.shape()[1];
  const std::int64_t in = dx.shape()[1];
  const Operands wdy = operands(ctx, w, dy);
  // dx^T [in, N] = W^T [in, out] dy^T [out, N]
  gpu(ctx).products().enqueue(gpu(ctx).stream(),
                              {in, rows, out, false, false, wdy.a, wdy.b, 0.0f, dx.data()});
}

void inner_product_backward_weights(Context& ctx, View<const float> x, View<const float> dy,
                                    View<float> dw, View<float> db) {
  const std::int64_t rows = x.shape()[0];
  const std::int64_t in = x.shape()[1];
  const std::int64_t out = dy.shape()[1];
  const Operands xdy = operands(ctx, x, dy);
  // dw^T [in, out] += x^T [in, N] dy [N, out]
  gpu(ctx).products().enqueue(gpu(ctx).stream(),
                              {in, out, rows, false, true, xdy.a, xdy.b, 1.0f, dw.data()});
  if (!db.empty()) {
    add_bias_gradient(ctx, dy, db);
  }
}

}  // namespace infoplane::cuda
