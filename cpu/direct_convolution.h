#pragma once

// Convolutions of few channels or small images, where oneDNN's kernels leave lanes idle or multiply
// padding. Needs AVX-512.

#include <memory>

#include "core/convolution_plan.h"
#include "core/geometry.h"

namespace infoplane::cpu {

/// What computes a pass: nothing, as it will not run; oneDNN; or the kernels with images in lanes
/// (cpu/lane_pass.h).
enum class Algorithm { kNone, kOneDnn, kDirect, kWinograd };

/// The passes of a convolution.
struct Passes {
  Algorithm forward = Algorithm::kOneDnn;
  Algorithm backward_data = Algorithm::kOneDnn;
  Algorithm backward_weights = Algorithm::kOneDnn;  ///< never kWinograd

  bool use_onednn() const {
    return forward == Algorithm::kOneDnn || backward_data == Algorithm::kOneDnn ||
           backward_weights == Algorithm::kOneDnn;
  }
  bool use_lanes() const {
    return forward > Algorithm::kOneDnn || backward_data > Algorithm::kOneDnn ||
           backward_weights > Algorithm::kOneDnn;
  }
};

/// What runs here and is expected to be the fastest for this shape, by the multiplications that
/// each makes, lanes without a channel or an image counted. A rule and not a race: the choice, and
/// so the bits, are the same in every run.
Passes choose_passes(const Window& window, const Shape& x, std::int64_t out_channels, bool trains);

/// As plan_convolution (ops/convolution.h), for those of `passes` alone that are not oneDNN's. The
/// same bits for any number of threads.
std::unique_ptr<ConvolutionPlan> plan_direct_convolution(Context& ctx, const Window& window,
                                                         const Shape& x, std::int64_t out_channels,
                                                         const Passes& passes, bool relu);

}  // namespace infoplane::cpu
