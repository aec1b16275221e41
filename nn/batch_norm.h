#pragma once

#include "core/geometry.h"
#include "nn/layer.h"

namespace infoplane {

/// Batch normalisation over each channel (Ioffe and Szegedy 2015), for vectors and images.
///
/// Shapes   x, y [N, C] or [N, C, H, W]; gamma, beta and the running statistics [C].
/// Modes    Training normalises with the batch's statistics and moves the running ones;
///          evaluation uses the running ones.
/// Start    gamma 1, beta 0, running mean 0, running variance 1.
class BatchNorm final : public Layer {
 public:
  explicit BatchNorm(std::int64_t channels, const BatchNormOptions& options = {});

  std::string describe() const override;
  std::string kind() const override { return "norm"; }
  Shape output(const Shape& x) const override;
  double flop(const Shape& x) const override;
  std::vector<Parameter*> parameters() override { return {&gamma_, &beta_}; }
  std::vector<Parameter*> buffers() override { return {&running_mean_, &running_var_}; }
  std::unique_ptr<Step> plan(Context& ctx, const Shape& x, Mode mode) override;
  /// With a ReLU.
  std::unique_ptr<Step> plan_with(Context& ctx, const Shape& x, Mode mode,
                                  Activation next) override;

 private:
  std::int64_t channels_;
  BatchNormOptions options_;
  Parameter gamma_;
  Parameter beta_;
  Parameter running_mean_;
  Parameter running_var_;

  class TrainStep;
  class EvalStep;

  std::unique_ptr<Step> make_step(Context& ctx, const Shape& x, Mode mode, bool relu);
};

}  // namespace infoplane
