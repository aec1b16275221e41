#pragma once

// What these do is documented in ops/dropout.h.

#include <cstdint>

#include "core/context.h"
#include "core/view.h"

namespace infoplane::cuda {

void dropout(Context& ctx, float p, std::uint32_t stream, View<const float> x, View<float> y);
void dropout_channels(Context& ctx, float p, std::uint32_t stream, View<const float> x,
                      View<float> y);

}  // namespace infoplane::cuda
