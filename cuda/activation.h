#pragma once

// What these do is documented in ops/activation.h.

#include "core/context.h"
#include "core/geometry.h"
#include "core/view.h"

namespace infoplane::cuda {

void activation_forward(Context& ctx, Activation kind, View<const float> x, View<float> y);
void activation_backward(Context& ctx, Activation kind, View<const float> y, View<const float> dy,
                         View<float> dx);

}  // namespace infoplane::cuda
