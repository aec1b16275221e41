#pragma once

// What these do is documented in ops/convolution.h.

#include <memory>

#include "core/convolution_plan.h"
#include "core/geometry.h"

namespace infoplane::cuda {

std::unique_ptr<ConvolutionPlan> plan_convolution(Context& ctx, const Window& window,
                                                  const Shape& x, std::int64_t out_channels,
                                                  const ConvolutionOptions& options);

}  // namespace infoplane::cuda
