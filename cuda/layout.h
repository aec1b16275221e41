#pragma once

// What these do is documented in ops/layout.h.

#include "core/context.h"
#include "core/view.h"

namespace infoplane::cuda {

void to_plain(Context& ctx, View<const float> x, View<float> y);
void from_plain(Context& ctx, View<const float> y, View<float> x);

}  // namespace infoplane::cuda
