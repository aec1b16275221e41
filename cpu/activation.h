#pragma once

// What these do is documented in ops/activation.h.

#include <cstdint>
#include <limits>

#include "core/context.h"
#include "core/geometry.h"
#include "core/view.h"

namespace infoplane::cpu {

/// Where an op has its results bounded below, 0 is a ReLU and this is none.
constexpr float kNoLeast = -std::numeric_limits<float>::infinity();

/// y = max(0, y), by the calling thread. A NaN stays one.
void relu_in_place(float* y, std::int64_t n);

void activation_forward(Context& ctx, Activation kind, View<const float> x, View<float> y);
void activation_backward(Context& ctx, Activation kind, View<const float> y, View<const float> dy,
                         View<float> dx);

}  // namespace infoplane::cpu
