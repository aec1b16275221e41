#pragma once

#include "core/context.h"
#include "core/geometry.h"
#include "core/view.h"

namespace infoplane::ops {

/// y = gamma (x - mean) / sqrt(var + epsilon) + beta with the batch's own mean and (biased)
/// variance a channel (Ioffe and Szegedy 2015, algorithm 1). x, y [N, C] or [N, C, H, W]; the rest
/// [C]. Moves running_mean and running_var by BatchNormOptions' rule; keeps mean and
/// 1 / sqrt(var + epsilon) in saved_mean and saved_inv_std for backward. Needs two values a
/// channel. With options.relu, y is then max(0, y). y may be x.
void batch_norm_forward_train(Context& ctx, const BatchNormOptions& options, View<const float> x,
                              View<const float> gamma, View<const float> beta,
                              View<float> running_mean, View<float> running_var,
                              View<float> saved_mean, View<float> saved_inv_std, View<float> y);

/// The same with the running statistics, which stay as they are. y may be x.
void batch_norm_forward_eval(Context& ctx, const BatchNormOptions& options, View<const float> x,
                             View<const float> gamma, View<const float> beta,
                             View<const float> running_mean, View<const float> running_var,
                             View<float> y);

/// Gradients of batch_norm_forward_train with the same options. Reads x, not y: where a ReLU let
/// nothing through is found again. Overwrites dx, which may be dy; adds to dgamma and dbeta.
void batch_norm_backward(Context& ctx, const BatchNormOptions& options, View<const float> x,
                         View<const float> gamma, View<const float> beta,
                         View<const float> saved_mean, View<const float> saved_inv_std,
                         View<const float> dy, View<float> dx, View<float> dgamma,
                         View<float> dbeta);

}  // namespace infoplane::ops
