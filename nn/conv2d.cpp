#include "nn/conv2d.h"

#include "ops/activation.h"
#include "ops/convolution.h"

namespace infoplane {
namespace {

class Conv2dStep final : public Step {
 public:
  Conv2dStep(std::unique_ptr<ConvolutionPlan> plan, const Parameter& weight, const Parameter& bias,
             const ConvolutionOptions& options)
      : plan_(std::move(plan)), weight_(weight), bias_(bias), options_(options) {}

  std::vector<std::string> algorithms() const override {
    std::vector<std::string> lines = {"y: " + plan_->algorithm(ConvolutionPass::kForward)};
    if (options_.trains && options_.needs_dx) {
      lines.push_back("dx: " + plan_->algorithm(ConvolutionPass::kBackwardData));
    }
    if (options_.trains) {
      lines.push_back("dw: " + plan_->algorithm(ConvolutionPass::kBackwardWeights));
    }
    if (options_.relu) {
      lines.emplace_back(kWithRelu);
    }
    return lines;
  }

  void forward(Context& ctx, View<const float> x, View<float> y) override {
    plan_->forward(ctx, x, weight_.value, bias_.value, y);
  }

  void backward(Context& ctx, View<const float> x, View<const float> y, View<float> dy,
                View<float> dx) override {
    if (options_.relu) {
      ops::activation_backward(ctx, Activation::kRelu, y, dy, dy);
    }
    plan_->backward_weights(ctx, x, dy, weight_.grad, bias_.grad);
    if (!dx.empty()) {
      plan_->backward_data(ctx, dy, weight_.value, dx);
    }
  }

  bool backward_reads_y() const override { return options_.relu; }

 private:
  std::unique_ptr<ConvolutionPlan> plan_;
  const Parameter& weight_;
  const Parameter& bias_;
  ConvolutionOptions options_;
};

}  // namespace

Conv2d::Conv2d(std::int64_t in, std::int64_t out, const Window& window)
    : in_(in),
      out_(out),
      window_(window),
      weight_{"weight",
              {out, in, window.kernel_h, window.kernel_w},
              Init::kUniformFanIn,
              in * window.kernel_h * window.kernel_w,
              {},
              {}},
      bias_{"bias", {out}, Init::kUniformFanIn, weight_.fan_in, {}, {}} {}

std::string Conv2d::describe() const {
  std::string text = "conv " + std::to_string(window_.kernel_h) + "x" +
                     std::to_string(window_.kernel_w) + " x" + std::to_string(out_);
  if (window_.stride_h != 1) {
    text += ", stride " + std::to_string(window_.stride_h);
  }
  return window_.pad_h == 0 ? text : text + ", pad " + std::to_string(window_.pad_h);
}

Shape Conv2d::output(const Shape& x) const {
  const Shape y = window_.output("conv", x, out_);
  require_shape("conv", "x", x, {x[0], in_, x[2], x[3]});
  return y;
}

double Conv2d::flop(const Shape& x) const {
  return 2.0 * static_cast<double>(output(x).numel()) * static_cast<double>(weight_.fan_in);
}

std::unique_ptr<Step> Conv2d::plan(Context& ctx, const Shape& x, Mode mode) {
  return make_step(ctx, x, mode, false);
}

std::unique_ptr<Step> Conv2d::plan_with(Context& ctx, const Shape& x, Mode mode, Activation next) {
  return next == Activation::kRelu ? make_step(ctx, x, mode, true) : nullptr;
}

std::unique_ptr<Step> Conv2d::make_step(Context& ctx, const Shape& x, Mode mode, bool relu) {
  const ConvolutionOptions options{mode != Mode::kEval, relu, mode != Mode::kTrainFirst};
  return std::make_unique<Conv2dStep>(ops::plan_convolution(ctx, window_, x, out_, options),
                                      weight_, bias_, options);
}

}  // namespace infoplane
