#pragma once

#include "nn/layer.h"

namespace infoplane {

/// Dropout (Srivastava et al. 2014): in training each unit is zero with probability p and
/// otherwise scaled by 1 / (1 - p); in evaluation nothing happens.
///
/// Draws    one a unit, or one a channel (dropout2d; x [N, C, H, W]); from the stream `stream`,
///          which must differ between the dropout layers of a network.
class Dropout final : public Layer {
 public:
  enum class Unit { kElement, kChannel };

  Dropout(float p, Unit unit, std::uint32_t stream) : p_(p), unit_(unit), stream_(stream) {}

  std::string describe() const override;
  std::string kind() const override { return "dropout"; }
  Shape output(const Shape& x) const override;
  std::unique_ptr<Step> plan(Context& ctx, const Shape& x, Mode mode) override;

 private:
  float p_;
  Unit unit_;
  std::uint32_t stream_;
};

}  // namespace infoplane
