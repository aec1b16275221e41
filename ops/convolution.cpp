#include "ops/convolution.h"

#include <string>

#include "cpu/convolution.h"
#include "cuda/convolution.h"

namespace infoplane::ops {

std::unique_ptr<ConvolutionPlan> plan_convolution(Context& ctx, const Window& window,
                                                  const Shape& x, std::int64_t out_channels,
                                                  const ConvolutionOptions& options) {
  if (out_channels < 1) {
    throw ShapeError("plan_convolution: " + std::to_string(out_channels) +
                     " output channels, at least 1 is needed");
  }
  window.output("plan_convolution", x, out_channels);  // throws when the window does not fit
  switch (ctx.device()) {
    case Device::kCpu: return cpu::plan_convolution(ctx, window, x, out_channels, options);
    case Device::kCuda: return cuda::plan_convolution(ctx, window, x, out_channels, options);
  }
  throw DeviceMissing("plan_convolution: unknown device");
}

}  // namespace infoplane::ops
