#pragma once

// What these do is documented in ops/softmax_cross_entropy.h.

#include <cstdint>

#include "core/context.h"
#include "core/view.h"

namespace infoplane::cuda {

void softmax_cross_entropy(Context& ctx, View<const float> logits, View<const std::int32_t> labels,
                           float scale, View<double> loss_sum, View<float> dlogits);

}  // namespace infoplane::cuda
