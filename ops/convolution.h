#pragma once

#include <memory>

#include "core/convolution_plan.h"
#include "core/geometry.h"

namespace infoplane::ops {

/// Plans y = conv(x, w) + b for x of shape `x` [N, C, H, W] and `out_channels` kernels; any kernel,
/// stride and padding that Window::output accepts. Cross-correlation, as all frameworks mean it.
///
/// Unless options.trains, the plan has no backward passes, and unless options.needs_dx none for dx;
/// they must not be called. With options.relu, y is then max(0, y), and the backward passes take
/// the gradient of what it was before: ops::activation_backward makes it of that of y.
std::unique_ptr<ConvolutionPlan> plan_convolution(Context& ctx, const Window& window,
                                                  const Shape& x, std::int64_t out_channels,
                                                  const ConvolutionOptions& options = {});

}  // namespace infoplane::ops
