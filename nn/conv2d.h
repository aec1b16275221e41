#pragma once

#include "core/geometry.h"
#include "nn/layer.h"

namespace infoplane {

/// 2-D convolution, y = x * W + b (cross-correlation).
///
/// Shapes   x [N, in, H, W], W [out, in, kh, kw], b [out], y [N, out, OH, OW]; channels-last.
/// Start    W and b uniform in +-1/sqrt(in * kh * kw).
class Conv2d final : public Layer {
 public:
  Conv2d(std::int64_t in, std::int64_t out, const Window& window);

  std::string describe() const override;
  std::string kind() const override { return "conv"; }
  Shape output(const Shape& x) const override;
  double flop(const Shape& x) const override;
  std::vector<Parameter*> parameters() override { return {&weight_, &bias_}; }
  std::unique_ptr<Step> plan(Context& ctx, const Shape& x, Mode mode) override;
  /// With a ReLU.
  std::unique_ptr<Step> plan_with(Context& ctx, const Shape& x, Mode mode,
                                  Activation next) override;

 private:
  std::int64_t in_;
  std::int64_t out_;
  Window window_;
  Parameter weight_;
  Parameter bias_;

  std::unique_ptr<Step> make_step(Context& ctx, const Shape& x, Mode mode, bool relu);
};

}  // namespace infoplane
