#pragma once

#include "core/context.h"
#include "core/view.h"

namespace infoplane::ops {

/// y = x Wᵀ + b, with `relu` then max(0, y).   x [N, in], w [out, in], b [out] or empty, y [N,
/// out]; float32. Overwrites y.
void inner_product_forward(Context& ctx, View<const float> x, View<const float> w,
                           View<const float> b, View<float> y, bool relu = false);

/// dx = dy W.   dy [N, out], w [out, in], dx [N, in]. Overwrites dx.
void inner_product_backward_data(Context& ctx, View<const float> dy, View<const float> w,
                                 View<float> dx);

/// dw += dyᵀ x, db += sum over rows of dy.   dw [out, in], db [out] or empty. Adds.
void inner_product_backward_weights(Context& ctx, View<const float> x, View<const float> dy,
                                    View<float> dw, View<float> db);

}  // namespace infoplane::ops
