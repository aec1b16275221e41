#pragma once

// What these do is documented in ops/batch_norm.h.

#include "core/context.h"
#include "core/geometry.h"
#include "core/view.h"

namespace infoplane::cuda {

void batch_norm_forward_train(Context& ctx, const BatchNormOptions& options, View<const float> x,
                              View<const float> gamma, View<const float> beta,
                              View<float> running_mean, View<float> running_var,
                              View<float> saved_mean, View<float> saved_inv_std, View<float> y);
void batch_norm_forward_eval(Context& ctx, const BatchNormOptions& options, View<const float> x,
                             View<const float> gamma, View<const float> beta,
                             View<const float> running_mean, View<const float> running_var,
                             View<float> y);
void batch_norm_backward(Context& ctx, const BatchNormOptions& options, View<const float> x,
                         View<const float> gamma, View<const float> beta,
                         View<const float> saved_mean, View<const float> saved_inv_std,
                         View<const float> dy, View<float> dx, View<float> dgamma,
                         View<float> dbeta);

}  // namespace infoplane::cuda
