#pragma once

// What these do is documented in ops/inner_product.h.

#include "core/context.h"
#include "core/view.h"

namespace infoplane::cuda {

void inner_product_forward(Context& ctx, View<const float> x, View<const float> w,
                           View<const float> b, View<float> y, bool relu);
void inner_product_backward_data(Context& ctx, View<const float> dy, View<const float> w,
                                 View<float> dx);
void inner_product_backward_weights(Context& ctx, View<const float> x, View<const float> dy,
                                    View<float> dw, View<float> db);

}  // namespace infoplane::cuda
