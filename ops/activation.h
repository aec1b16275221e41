#pragma once

#include "core/context.h"
#include "core/geometry.h"
#include "core/view.h"

namespace infoplane::ops {

/// y = f(x) elementwise. Overwrites y, which may be x.
void activation_forward(Context& ctx, Activation kind, View<const float> x, View<float> y);

/// dx = f'(x) dy, f' taken from y. Overwrites dx, which may be dy. ReLU's derivative at 0 is 0.
void activation_backward(Context& ctx, Activation kind, View<const float> y, View<const float> dy,
                         View<float> dx);

}  // namespace infoplane::ops
