#pragma once

// What these do is documented in ops/activation.h.

#include <limits>

#include "core/context.h"
#include "core/geometry.h"
#include "core/view.h"

namespace infoplane::cpu {

/// Where an op has its results bounded below, 0 is a ReLU and this is none.
constexpr float kNoLeast = -std::numeric_limits<float>::infinity();

void activation_forward(Context& ctx, Activation kind, View<const float> x, View<float> y);
void activation_backward(Context& ctx, Activation kind, View<const float> y, View<const float> dy,
                         View<float> dx);

}  // namespace infoplane::cpu
