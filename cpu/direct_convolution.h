#pragma once

// Convolutions of few channels or small images, where oneDNN's kernels leave lanes idle or multiply
// padding. Needs AVX-512.

#include <memory>

#include "core/convolution_plan.h"
#include "core/geometry.h"

namespace infoplane::cpu {

/// Whether the direct kernels run here and are expected to beat oneDNN's for this shape: by the
/// multiplications that either makes, lanes without a channel or an image counted.
bool prefers_direct_convolution(const Window& window, const Shape& x, std::int64_t out_channels);

/// As plan_convolution (ops/convolution.h), for a stride of 1 on a processor with AVX-512. The same
/// bits for any number of threads.
std::unique_ptr<ConvolutionPlan> plan_direct_convolution(Context& ctx, const Window& window,
                                                         const Shape& x,
                                                         std::int64_t out_channels);

}  // namespace infoplane::cpu
