#pragma once

#include <cstdint>

#include "core/context.h"
#include "core/view.h"

namespace infoplane::ops {

/// Cross-entropy of softmax(logits) and labels, and its gradient, in one pass.
///
/// logits, dlogits [N, C]; labels [N], each in [0, C). loss_sum [1], double: adds the sum over rows
/// of -log p(label), nats, in an order that does not depend on threads or grid.
/// dlogits = scale * (softmax - one_hot), with scale = 1 / N for a mean over N rows; it may be
/// logits. A label out of range makes loss_sum NaN and its row of dlogits zero.
void softmax_cross_entropy(Context& ctx, View<const float> logits, View<const std::int32_t> labels,
                           float scale, View<double> loss_sum, View<float> dlogits);

}  // namespace infoplane::ops
