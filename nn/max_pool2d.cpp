#include "nn/max_pool2d.h"

#include "core/tensor.h"
#include "ops/max_pool.h"

namespace infoplane {
namespace {

class MaxPool2dStep final : public Step {
 public:
  /// Keeps which element won each window, where there will be a backward pass.
  MaxPool2dStep(Context& ctx, const Window& window, const Shape& y, Mode mode) : window_(window) {
    if (mode != Mode::kEval) {
      argmax_ = Tensor<std::uint8_t>(ctx, y);
    }
  }

  void forward(Context& ctx, View<const float> x, View<float> y) override {
    ops::max_pool_forward(ctx, window_, x, y, argmax_);
  }

  void backward(Context& ctx, View<const float> /*x*/, View<const float> /*y*/, View<float> dy,
                View<float> dx) override {
    if (!dx.empty()) {
      ops::max_pool_backward(ctx, window_, dy, argmax_, dx);
    }
  }

 private:
  Window window_;
  Tensor<std::uint8_t> argmax_;
};

}  // namespace

std::string MaxPool2d::describe() const {
  return "max-pool " + std::to_string(window_.kernel_h) + "/" + std::to_string(window_.stride_h);
}

Shape MaxPool2d::output(const Shape& x) const { return window_.output("max-pool", x, x[1]); }

double MaxPool2d::flop(const Shape& x) const {
  return static_cast<double>(output(x).numel() * window_.kernel_h * window_.kernel_w);
}

std::unique_ptr<Step> MaxPool2d::plan(Context& ctx, const Shape& x, Mode mode) {
  return std::make_unique<MaxPool2dStep>(ctx, window_, output(x), mode);
}

}  // namespace infoplane
