#pragma once

#include "core/geometry.h"
#include "nn/layer.h"

namespace infoplane {

/// Max-pooling: the largest value of each window; the first of equal values takes the gradient.
///
/// Shapes   x [N, C, H, W], y [N, C, OH, OW]; channels-last.
class MaxPool2d final : public Layer {
 public:
  explicit MaxPool2d(const Window& window) : window_(window) {}

  std::string describe() const override;
  std::string kind() const override { return "pool"; }
  Shape output(const Shape& x) const override;
  double flop(const Shape& x) const override;
  std::unique_ptr<Step> plan(Context& ctx, const Shape& x, Mode mode) override;

 private:
  Window window_;
};

}  // namespace infoplane
