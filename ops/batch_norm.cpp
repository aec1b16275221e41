#include "ops/batch_norm.h"

#include <string>

#include "cpu/batch_norm.h"
#include "cuda/batch_norm.h"

namespace infoplane::ops {
namespace {

/// [C] of x [N, C] or [N, C, H, W].
Shape channels_of(const char* op, const Shape& x) {
  if ((x.rank() != 2 && x.rank() != 4) || x.numel() == 0) {
    throw ShapeError(std::string(op) + ": x is " + x.to_string() +
                     ", expected [N, C] or [N, C, H, W] with at least one element");
  }
  return {x[1]};
}

}  // namespace

void batch_norm_forward_train(Context& ctx, const BatchNormOptions& options, View<const float> x,
                              View<const float> gamma, View<const float> beta,
                              View<float> running_mean, View<float> running_var,
                              View<float> saved_mean, View<float> saved_inv_std, View<float> y) {
  const Shape channels = channels_of("batch_norm_forward_train", x.shape());
  require_shape("batch_norm_forward_train", "y", y.shape(), x.shape());
  require_shape("batch_norm_forward_train", "gamma", gamma.shape(), channels);
  require_shape("batch_norm_forward_train", "beta", beta.shape(), channels);
  require_shape("batch_norm_forward_train", "running_mean", running_mean.shape(), channels);
  require_shape("batch_norm_forward_train", "running_var", running_var.shape(), channels);
  require_shape("batch_norm_forward_train", "saved_mean", saved_mean.shape(), channels);
  require_shape("batch_norm_forward_train", "saved_inv_std", saved_inv_std.shape(), channels);
  if (x.size() / channels[0] < 2) {
    throw ShapeError("batch_norm_forward_train: x is " + x.shape().to_string() +
                     ", at least 2 values a channel are needed; use a larger batch");
  }
  switch (ctx.device()) {
    case Device::kCpu:
      return cpu::batch_norm_forward_train(ctx, options, x, gamma, beta, running_mean, running_var,
                                           saved_mean, saved_inv_std, y);
    case Device::kCuda:
      return cuda::batch_norm_forward_train(ctx, options, x, gamma, beta, running_mean, running_var,
                                            saved_mean, saved_inv_std, y);
  }
}

void batch_norm_forward_eval(Context& ctx, const BatchNormOptions& options, View<const float> x,
                             View<const float> gamma, View<const float> beta,
                             View<const float> running_mean, View<const float> running_var,
                             View<float> y) {
  const Shape channels = channels_of("batch_norm_forward_eval", x.shape());
  require_shape("batch_norm_forward_eval", "y", y.shape(), x.shape());
  require_shape("batch_norm_forward_eval", "gamma", gamma.shape(), channels);
  require_shape("batch_norm_forward_eval", "beta", beta.shape(), channels);
  require_shape("batch_norm_forward_eval", "running_mean", running_mean.shape(), channels);
  require_shape("batch_norm_forward_eval", "running_var", running_var.shape(), channels);
  switch (ctx.device()) {
    case Device::kCpu:
      return cpu::batch_norm_forward_eval(ctx, options, x, gamma, beta, running_mean, running_var,
                                          y);
    case Device::kCuda:
      return cuda::batch_norm_forward_eval(ctx, options, x, gamma, beta, running_mean, running_var,
                                           y);
  }
}

void batch_norm_backward(Context& ctx, const BatchNormOptions& options, View<const float> x,
                         View<const float> gamma, View<const float> beta,
                         View<const float> saved_mean, View<const float> saved_inv_std,
                         View<const float> dy, View<float> dx, View<float> dgamma,
                         View<float> dbeta) {
  const Shape channels = channels_of("batch_norm_backward", x.shape());
  require_shape("batch_norm_backward", "dy", dy.shape(), x.shape());
  require_shape("batch_norm_backward", "dx", dx.shape(), x.shape());
  require_shape("batch_norm_backward", "gamma", gamma.shape(), channels);
  require_shape("batch_norm_backward", "beta", beta.shape(), channels);
  require_shape("batch_norm_backward", "saved_mean", saved_mean.shape(), channels);
  require_shape("batch_norm_backward", "saved_inv_std", saved_inv_std.shape(), channels);
  require_shape("batch_norm_backward", "dgamma", dgamma.shape(), channels);
  require_shape("batch_norm_backward", "dbeta", dbeta.shape(), channels);
  switch (ctx.device()) {
    case Device::kCpu:
      return cpu::batch_norm_backward(ctx, options, x, gamma, beta, saved_mean, saved_inv_std, dy,
                                      dx, dgamma, dbeta);
    case Device::kCuda:
      return cuda::batch_norm_backward(ctx, options, x, gamma, beta, saved_mean, saved_inv_std, dy,
                                       dx, dgamma, dbeta);
  }
}

}  // namespace infoplane::ops
