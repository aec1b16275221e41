#pragma once

// A convolution's kernel on the image and beside it.

#include <algorithm>
#include <cstdint>

#include "core/geometry.h"

namespace infoplane::cpu {

/// The kernel elements that meet the image, [first, last), for the output at `out` along one axis.
struct Taps {
  std::int64_t first, last;

  Taps(std::int64_t out, std::int64_t stride, std::int64_t pad, std::int64_t kernel,
       std::int64_t size)
      : first(std::max<std::int64_t>(0, pad - out * stride)),
        last(std::min(kernel, size + pad - out * stride)) {}

  std::int64_t count() const { return std::max<std::int64_t>(0, last - first); }
};

/// The window by which the gradient goes back from y to x, of one with a stride of 1 and less
/// padding than kernel; the kernel's elements in reverse order.
inline Window turned_round(const Window& window) {
  Window turned = window;
  turned.pad_h = window.kernel_h - 1 - window.pad_h;
  turned.pad_w = window.kernel_w - 1 - window.pad_w;
  return turned;
}

}  // namespace infoplane::cpu
