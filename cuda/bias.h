#pragma once

// A bias and its gradient, for inner products and, images being channels-last, for convolutions.

#include <cstddef>

#include "core/context.h"
#include "core/view.h"

namespace infoplane::cuda {

/// y[r, c] += b[c], with `relu` then max(0, y). y holds R rows of b's C values.
void add_bias(Context& ctx, View<const float> b, View<float> y, bool relu);

/// db[c] += sum over r of dy[r, c], in an order that R and C determine. dy holds R rows of db's C
/// values. Uses ctx's scratch memory, bias_gradient_bytes(R, C) of it.
void add_bias_gradient(Context& ctx, View<const float> dy, View<float> db);

std::size_t bias_gradient_bytes(std::int64_t rows, std::int64_t columns);

}  // namespace infoplane::cuda
