#pragma once

#include <cstdint>

#include "core/context.h"
#include "core/view.h"

namespace infoplane::ops {

/// y = x / (1 - p) where the mask keeps an element, else 0; 0 <= p < 1. Element i (in memory order)
/// is kept when word i of the Philox stream {ctx.random().seed, kDropoutStream + stream,
/// ctx.random().step} is at least p * 2^32. No mask is stored: the gradient is the same call on dy
/// at the same step. Overwrites y, which may be x.
void dropout(Context& ctx, float p, std::uint32_t stream, View<const float> x, View<float> y);

/// The same with one draw a channel: image n's channel c has word n * C + c. x, y [N, C, H, W].
void dropout_channels(Context& ctx, float p, std::uint32_t stream, View<const float> x,
                      View<float> y);

}  // namespace infoplane::ops
