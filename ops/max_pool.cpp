#include "ops/max_pool.h"

#include <string>

#include "cpu/max_pool.h"
#include "cuda/max_pool.h"

namespace infoplane::ops {
namespace {

void require_window(const char* op, const Window& window) {
  if (window.kernel_h * window.kernel_w > kMostPoolElements) {
    throw ShapeError(std::string(op) + ": a window of " +
                     std::to_string(window.kernel_h * window.kernel_w) + " elements, at most " +
                     std::to_string(kMostPoolElements) + " are supported");
  }
  if (2 * window.pad_h > window.kernel_h || 2 * window.pad_w > window.kernel_w) {
    throw ShapeError(std::string(op) + ": padding " + std::to_string(window.pad_h) + " x " +
                     std::to_string(window.pad_w) + " is more than half the window");
  }
}

}  // namespace

void max_pool_forward(Context& ctx, const Window& window, View<const float> x, View<float> y,
                      View<std::uint8_t> argmax) {
  require_shape("max_pool_forward", "y", y.shape(),
                window.output("max_pool_forward", x.shape(), x.shape()[1]));
  if (!argmax.empty()) {
    require_shape("max_pool_forward", "argmax", argmax.shape(), y.shape());
  }
  require_window("max_pool_forward", window);
  switch (ctx.device()) {
    case Device::kCpu: return cpu::max_pool_forward(ctx, window, x, y, argmax);
    case Device::kCuda: return cuda::max_pool_forward(ctx, window, x, y, argmax);
  }
}

void max_pool_backward(Context& ctx, const Window& window, View<const float> dy,
                       View<const std::uint8_t> argmax, View<float> dx) {
  require_shape("max_pool_backward", "dy", dy.shape(),
                window.output("max_pool_backward", dx.shape(), dx.shape()[1]));
  require_shape("max_pool_backward", "argmax", argmax.shape(), dy.shape());
  require_window("max_pool_backward", window);
  switch (ctx.device()) {
    case Device::kCpu: return cpu::max_pool_backward(ctx, window, dy, argmax, dx);
    case Device::kCuda: return cuda::max_pool_backward(ctx, window, dy, argmax, dx);
  }
}

}  // namespace infoplane::ops
