#include "core/convolution_plan.h"

namespace infoplane {

ConvolutionShapes::ConvolutionShapes(const Window& window, const Shape& x_,
                                     std::int64_t out_channels)
    : y(window.output("plan_convolution", x_, out_channels)),
      x(x_),
      w{out_channels, x_[1], window.kernel_h, window.kernel_w},
      b{out_channels} {}

void ConvolutionPlan::forward(Context& ctx, View<const float> x, View<const float> w,
                              View<const float> b, View<float> y) {
  constexpr const char* kOp = "convolution forward";
  require_shape(kOp, "x", x.shape(), shapes_.x);
  require_shape(kOp, "w", w.shape(), shapes_.w);
  require_shape(kOp, "y", y.shape(), shapes_.y);
  if (!b.empty()) {
    require_shape(kOp, "b", b.shape(), shapes_.b);
  }
  do_forward(ctx, x, w, b, y);
}

void ConvolutionPlan::backward_data(Context& ctx, View<const float> dy, View<const float> w,
                                    View<float> dx) {
  constexpr const char* kOp = "convolution backward_data";
  require_shape(kOp, "dy", dy.shape(), shapes_.y);
  require_shape(kOp, "w", w.shape(), shapes_.w);
  require_shape(kOp, "dx", dx.shape(), shapes_.x);
  do_backward_data(ctx, dy, w, dx);
}

void ConvolutionPlan::backward_weights(Context& ctx, View<const float> x, View<const float> dy,
                                       View<float> dw, View<float> db) {
  constexpr const char* kOp = "convolution backward_weights";
  require_shape(kOp, "x", x.shape(), shapes_.x);
  require_shape(kOp, "dy", dy.shape(), shapes_.y);
  require_shape(kOp, "dw", dw.shape(), shapes_.w);
  if (!db.empty()) {
    require_shape(kOp, "db", db.shape(), shapes_.b);
  }
  do_backward_weights(ctx, x, dy, dw, db);
}

}  // namespace infoplane
