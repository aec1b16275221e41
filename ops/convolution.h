#pragma once

#include <memory>

#include "core/convolution_plan.h"
#include "core/geometry.h"

namespace infoplane::ops {

/// Plans y = conv(x, w) + b for x of shape `x` [N, C, H, W] and `out_channels` kernels; any kernel,
/// stride and padding that Window::output accepts. Unless it `trains`, the plan has no backward
/// passes, which must not be called. Cross-correlation, as all frameworks mean it.
std::unique_ptr<ConvolutionPlan> plan_convolution(Context& ctx, const Window& window,
                                                  const Shape& x, std::int64_t out_channels,
                                                  bool trains = true);

}  // namespace infoplane::ops
