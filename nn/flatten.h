#pragma once

#include "nn/layer.h"

namespace infoplane {

/// Images into vectors in C, H, W order: x [N, C, H, W], y [N, C * H * W]. The memory is
/// channels-last before and row-major after, so a 1 x 1 image costs nothing.
class Flatten final : public Layer {
 public:
  std::string describe() const override { return "flatten"; }
  std::string kind() const override { return "flatten"; }
  Shape output(const Shape& x) const override;
  double flop(const Shape& /*x*/) const override { return 0.0; }
  std::unique_ptr<Step> plan(Context& ctx, const Shape& x, Mode mode) override;
};

}  // namespace infoplane
