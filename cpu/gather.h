#pragma once

// What these do is documented in ops/gather.h.

#include <cstdint>

#include "core/context.h"
#include "core/view.h"

namespace infoplane::cpu {

void gather_images(Context& ctx, View<const std::uint8_t> images, View<const std::int32_t> indices,
                   float scale, View<float> x, const std::int64_t* first);
void gather_images(Context& ctx, View<const float> images, View<const std::int32_t> indices,
                   float scale, View<float> x, const std::int64_t* first);
void gather_labels(Context& ctx, View<const std::int32_t> labels, View<const std::int32_t> indices,
                   View<std::int32_t> out, const std::int64_t* first);

}  // namespace infoplane::cpu
