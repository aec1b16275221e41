#include "nn/dense.h"

#include "ops/activation.h"
#include "ops/inner_product.h"

namespace infoplane {
namespace {

class DenseStep final : public Step {
 public:
  DenseStep(const Parameter& weight, const Parameter& bias, bool relu)
      : weight_(weight), bias_(bias), relu_(relu) {}

  void forward(Context& ctx, View<const float> x, View<float> y) override {
    ops::inner_product_forward(ctx, x, weight_.value, bias_.value, y, relu_);
  }

  void backward(Context& ctx, View<const float> x, View<const float> y, View<float> dy,
                View<float> dx) override {
    if (relu_) {
      ops::activation_backward(ctx, Activation::kRelu, y, dy, dy);
    }
    ops::inner_product_backward_weights(ctx, x, dy, weight_.grad, bias_.grad);
    if (!dx.empty()) {
      ops::inner_product_backward_data(ctx, dy, weight_.value, dx);
    }
  }

  std::vector<std::string> algorithms() const override {
    return relu_ ? std::vector<std::string>{kWithRelu} : std::vector<std::string>{};
  }

  bool backward_reads_y() const override { return relu_; }

 private:
  const Parameter& weight_;
  const Parameter& bias_;
  bool relu_;
};

}  // namespace

Dense::Dense(std::int64_t in, std::int64_t out, Init init)
    : in_(in),
      out_(out),
      weight_{"weight", {out, in}, init, in, {}, {}},
      bias_{"bias", {out}, init == Init::kUniformFanIn ? init : Init::kZeros, in, {}, {}} {}

std::string Dense::describe() const {
  return "dense " + std::to_string(in_) + " -> " + std::to_string(out_);
}

Shape Dense::output(const Shape& x) const {
  require_shape("dense", "x", x, {x[0], in_});
  return {x[0], out_};
}

double Dense::flop(const Shape& x) const {
  return 2.0 * static_cast<double>(x[0]) * static_cast<double>(in_) * static_cast<double>(out_);
}

std::unique_ptr<Step> Dense::plan(Context& /*ctx*/, const Shape& /*x*/, Mode /*mode*/) {
  return std::make_unique<DenseStep>(weight_, bias_, false);
}

std::unique_ptr<Step> Dense::plan_with(Context& /*ctx*/, const Shape& /*x*/, Mode /*mode*/,
                                       Activation next) {
  return next == Activation::kRelu ? std::make_unique<DenseStep>(weight_, bias_, true) : nullptr;
}

}  // namespace infoplane
