#pragma once

#include "core/geometry.h"
#include "nn/layer.h"

namespace infoplane {

/// ReLU, tanh or identity, elementwise; any shape.
class ActivationLayer final : public Layer {
 public:
  explicit ActivationLayer(Activation activation) : activation_(activation) {}

  Activation activation() const { return activation_; }

  std::string describe() const override;
  std::string kind() const override { return describe(); }
  Shape output(const Shape& x) const override { return x; }
  std::unique_ptr<Step> plan(Context& ctx, const Shape& x, Mode mode) override;

 private:
  Activation activation_;
};

}  // namespace infoplane
