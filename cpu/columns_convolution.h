#pragma once

// Convolutions of small images with Precision::kBf16, as matrix products: of each output's window,
// written out as a row of columns (im2col), and the kernels.

#include <cstdint>
#include <memory>

#include "core/context.h"
#include "core/convolution_plan.h"
#include "core/geometry.h"
#include "cpu/convolution_passes.h"

namespace infoplane::cpu {

/// As plan_convolution (ops/convolution.h), for those of `passes` alone that are kColumns;
/// backward_data only for a stride of 1 and less padding than kernel. The same bits for any number
/// of threads.
std::unique_ptr<ConvolutionPlan> plan_columns_convolution(Context& ctx, const Window& window,
                                                          const Shape& x, std::int64_t out_channels,
                                                          const Passes& passes, bool relu);

}  // namespace infoplane::cpu
