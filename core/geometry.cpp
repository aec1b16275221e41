#include "core/geometry.h"

#include <string>

#include "core/error.h"

namespace infoplane {

Shape Window::output(const char* op, const Shape& x, std::int64_t out_channels) const {
  const auto size = [](std::int64_t h, std::int64_t w) {
    return std::to_string(h) + " x " + std::to_string(w);
  };
  if (x.rank() != 4) {
    throw ShapeError(std::string(op) + ": x is " + x.to_string() + ", expected [N, C, H, W]");
  }
  if (kernel_h < 1 || kernel_w < 1 || stride_h < 1 || stride_w < 1 || pad_h < 0 || pad_w < 0) {
    throw ShapeError(std::string(op) + ": kernel " + size(kernel_h, kernel_w) + ", stride " +
                     size(stride_h, stride_w) + ", padding " + size(pad_h, pad_w) +
                     "; kernel and stride must be positive, padding not negative");
  }
  const std::int64_t padded_h = x[2] + 2 * pad_h;
  const std::int64_t padded_w = x[3] + 2 * pad_w;
  if (padded_h < kernel_h || padded_w < kernel_w) {
    throw ShapeError(std::string(op) + ": window " + size(kernel_h, kernel_w) +
                     " is larger than the padded image " + size(padded_h, padded_w));
  }
  return {x[0], out_channels, (padded_h - kernel_h) / stride_h + 1,
          (padded_w - kernel_w) / stride_w + 1};
}

}  // namespace infoplane
