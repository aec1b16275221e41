#pragma once

#include "nn/layer.h"

namespace infoplane {

/// Fully connected layer, y = x Wᵀ + b.
///
/// Shapes   x [N, in], W [out, in], b [out], y [N, out].
/// Start    W and b uniform in +-1/sqrt(in), or W truncated normal and b zero.
class Dense final : public Layer {
 public:
  Dense(std::int64_t in, std::int64_t out, Init init = Init::kUniformFanIn);

  std::string describe() const override;
  std::string kind() const override { return "dense"; }
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
  Parameter weight_;
  Parameter bias_;
};

}  // namespace infoplane
