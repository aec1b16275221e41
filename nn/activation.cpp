#include "nn/activation.h"

#include "ops/activation.h"

namespace infoplane {
namespace {

class ActivationStep final : public Step {
 public:
  explicit ActivationStep(Activation activation) : activation_(activation) {}

  void forward(Context& ctx, View<const float> x, View<float> y) override {
    ops::activation_forward(ctx, activation_, x, y);
  }

  void backward(Context& ctx, View<const float> /*x*/, View<const float> y, View<float> dy,
                View<float> dx) override {
    if (!dx.empty()) {
      ops::activation_backward(ctx, activation_, y, dy, dx);
    }
  }

  bool forward_in_place() const override { return true; }
  bool backward_in_place() const override { return true; }
  bool backward_reads_y() const override { return true; }

 private:
  Activation activation_;
};

}  // namespace

std::string ActivationLayer::describe() const {
  switch (activation_) {
    case Activation::kIdentity: return "identity";
    case Activation::kRelu: return "relu";
    case Activation::kTanh: return "tanh";
  }
  return "activation";
}

std::unique_ptr<Step> ActivationLayer::plan(Context& /*ctx*/, const Shape& /*x*/, Mode /*mode*/) {
  return activation_ == Activation::kIdentity ? nullptr
                                              : std::make_unique<ActivationStep>(activation_);
}

}  // namespace infoplane
