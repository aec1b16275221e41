#pragma once

// Convolutions of few channels or small images, where oneDNN's kernels leave lanes idle or multiply
// padding. Needs AVX-512.

#include <memory>

#include "core/convolution_plan.h"
#include "core/geometry.h"

namespace infoplane::cpu {

/// Passes of a convolution.
struct Passes {
  bool forward = false, backward_data = false, backward_weights = false;

  bool none() const { return !forward && !backward_data && !backward_weights; }
  bool all() const { return forward && backward_data && backward_weights; }
};

/// The passes for which the direct kernels run here and are expected to beat oneDNN's for this
/// shape: by the multiplications that either makes, lanes without a channel or an image counted.
Passes direct_passes(const Window& window, const Shape& x, std::int64_t out_channels);

/// As plan_convolution (ops/convolution.h), for `passes` alone, which must be among those of
/// direct_passes. The same bits for any number of threads.
std::unique_ptr<ConvolutionPlan> plan_direct_convolution(Context& ctx, const Window& window,
                                                         const Shape& x, std::int64_t out_channels,
                                                         const Passes& passes);

}  // namespace infoplane::cpu
