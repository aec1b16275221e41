#pragma once

// What these do is documented in ops/max_pool.h.

#include <cstdint>

#include "core/context.h"
#include "core/geometry.h"
#include "core/view.h"

namespace infoplane::cuda {

void max_pool_forward(Context& ctx, const Window& window, View<const float> x, View<float> y,
                      View<std::uint8_t> argmax);
void max_pool_backward(Context& ctx, const Window& window, View<const float> dy,
                       View<const std::uint8_t> argmax, View<float> dx);

}  // namespace infoplane::cuda
