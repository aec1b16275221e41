#pragma once

#include "core/context.h"
#include "core/view.h"

namespace infoplane::cpu {

/// Whether the three below take a layer of these widths: a row of x and one of y fit a vector, and
/// calling a library would cost more than the products do. The tiny networks of figure 1.
bool is_small_inner_product(std::int64_t in, std::int64_t out);

/// As their namesakes in cpu/inner_product.h. Sums run over the inputs, and for the gradients of
/// weights over the rows, in order: the same bits whatever the threads.
void small_inner_product_forward(Context& ctx, View<const float> x, View<const float> w,
                                 View<const float> b, View<float> y, bool relu);
void small_inner_product_backward_data(Context& ctx, View<const float> dy, View<const float> w,
                                       View<float> dx);
void small_inner_product_backward_weights(View<const float> x, View<const float> dy, View<float> dw,
                                          View<float> db);

}  // namespace infoplane::cpu
