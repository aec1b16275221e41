#pragma once

#include <cstdint>

#include "core/context.h"
#include "core/geometry.h"
#include "core/view.h"

namespace infoplane::ops {

/// The largest value in each window; padding counts as -infinity; the first of equal values wins.
/// x [N, C, H, W], y [N, C, OH, OW] and, unless empty, argmax (y's shape): kh * kernel_w + kw of
/// the winner, which backward needs. A window has at most kMostPoolElements. Overwrites.
void max_pool_forward(Context& ctx, const Window& window, View<const float> x, View<float> y,
                      View<std::uint8_t> argmax);

/// Gives each dy to the element that won its window; windows may overlap or leave gaps.
/// Overwrites dx.
void max_pool_backward(Context& ctx, const Window& window, View<const float> dy,
                       View<const std::uint8_t> argmax, View<float> dx);

}  // namespace infoplane::ops
