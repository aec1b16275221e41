#pragma once

// One way through a convolution, with images in lanes (cpu/convolution_kernels.h): from x to y, or,
// for a stride of 1 and with the kernel turned round, from dy to dx.

#include <algorithm>
#include <memory>

#include "core/context.h"
#include "core/geometry.h"
#include "cpu/activation.h"
#include "cpu/convolution_kernels.h"
#include "cpu/parallel.h"
#include "cpu/taps.h"

namespace infoplane::cpu {

/// `count` in pieces of nearly equal size, none larger than `most`. The last may be empty.
struct Pieces {
  std::int64_t count, number, size;

  Pieces(std::int64_t count_, std::int64_t most)
      : count(count_), number(pieces_of(count_, most)), size(pieces_of(count_, number)) {}

  std::int64_t first(std::int64_t i) const { return std::min(count, i * size); }
  std::int64_t size_of(std::int64_t i) const { return first(i + 1) - first(i); }
};

/// A kernel in memory: of output channel o and channel c, the element p (row-major) is at
/// w[o * output + c * channel + p * element].
struct KernelView {
  const float* w;
  std::int64_t output, channel, element;
};

class LanePass {
 public:
  virtual ~LanePass() = default;

  /// y = bias + x * kernel, or `least` where that is smaller: 0 for a ReLU, else kNoLeast.
  /// x [N, C, H, W], bias [K], y [N, K, OH, OW], channels last. Takes the context's scratch memory,
  /// as much as planning asked for, for the kernel in the pass's own order and each thread's lanes.
  virtual void run(Context& ctx, const KernelView& kernel, const float* x, const float* bias,
                   float least, float* y) = 0;
};

/// Each output by its taps on the image; any stride. x and y are shapes as above.
std::unique_ptr<LanePass> plan_direct_pass(Context& ctx, const ConvolutionKernels& kernels,
                                           const Window& window, const Shape& x, const Shape& y);

/// Winograd's F(2x2, 3x3) (Lavin and Gray 2016): 16 multiplications for four outputs instead of up
/// to 36. For 3x3 kernels and a stride of 1.
std::unique_ptr<LanePass> plan_winograd_pass(Context& ctx, const ConvolutionKernels& kernels,
                                             const Window& window, const Shape& x, const Shape& y);

}  // namespace infoplane::cpu
