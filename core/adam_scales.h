#pragma once

#include <cmath>
#include <cstdint>

#include "core/geometry.h"
#include "core/hd.h"

namespace infoplane {

/// What of Adam's step depends on its number and the learning rate alone.
struct AdamScales {
  float step;      ///< lr / (1 - beta1^t)
  float inv_root;  ///< 1 / sqrt(1 - beta2^t)
};

/// Of step t, from 1. Where options.lr and t can be read.
INFOPLANE_HD AdamScales adam_scales(const AdamOptions& options, std::int64_t t) {
  const auto steps = static_cast<double>(t);
  const double bias1 = 1.0 - std::pow(static_cast<double>(options.beta1), steps);
  const double bias2 = 1.0 - std::pow(static_cast<double>(options.beta2), steps);
  return {static_cast<float>(static_cast<double>(options.lr.get()) / bias1),
          static_cast<float>(1.0 / std::sqrt(bias2))};
}

}  // namespace infoplane
