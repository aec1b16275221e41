#pragma once

// Who computes what of a convolution on the host.

#include <cstdint>

#include "core/geometry.h"
#include "core/numerics.h"

namespace infoplane::cpu {

/// What computes a pass: nothing, as it will not run; oneDNN; or the kernels with images in lanes
/// (cpu/lane_pass.h).
/// Of Precision::kBf16: nothing, oneDNN, or products of columns (cpu/columns_convolution.h).
enum class Algorithm { kNone, kOneDnn, kDirect, kWinograd, kColumns };

/// The passes of a convolution.
struct Passes {
  Algorithm forward = Algorithm::kOneDnn;
  Algorithm backward_data = Algorithm::kOneDnn;
  Algorithm backward_weights = Algorithm::kOneDnn;  ///< never kWinograd

  bool use(Algorithm algorithm) const {
    return forward == algorithm || backward_data == algorithm || backward_weights == algorithm;
  }
};

/// What runs here and is expected to be the fastest for this shape, by the multiplications that
/// each makes, lanes without a channel or an image counted; of kBf16 by the widths of images. A
/// rule and not a race: the choice, and so the bits, are the same in every run.
Passes choose_passes(const Window& window, const Shape& x, std::int64_t out_channels,
                     const ConvolutionOptions& options, Precision precision);

}  // namespace infoplane::cpu
