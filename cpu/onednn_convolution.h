#pragma once

#include <cstdint>
#include <memory>

#include "core/context.h"
#include "core/convolution_plan.h"
#include "core/geometry.h"
#include "cpu/convolution_passes.h"

namespace infoplane::cpu {

/// As plan_convolution (ops/convolution.h), for those of `passes` alone that are oneDNN's. The same
/// bits for any number of threads.
std::unique_ptr<ConvolutionPlan> plan_onednn_convolution(Context& ctx, const Window& window,
                                                         const Shape& x, std::int64_t out_channels,
                                                         const Passes& passes, bool relu);

}  // namespace infoplane::cpu
