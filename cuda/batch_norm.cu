#include "cuda/batch_norm.cuh"
#include "cuda/batch_norm.h"
#include "cuda/launch.cuh"
#include "cuda/launch_columns.cuh"

namespace infoplane::cuda {
namespace {

/// x [N, C] or channels-last [N, C, H, W] as a matrix of C columns.
ColumnGrid channel_grid(const Shape& x) { return column_grid(x.numel() / x[1], x[1]); }

template <Spread kSpread>
void normalise(Context& ctx, const ColumnGrid& grid, const BatchNormOptions& options,
               View<const float> x, View<const float> gamma, View<const float> beta,
               View<const float> mean, View<const float> spread, View<float> y) {
  const dim3 blocks(grid.chunks, grid.tiles);
  const auto kernel = options.relu ? batch_norm_forward_kernel<kSpread, Activation::kRelu>
                                   : batch_norm_forward_kernel<kSpread, Activation::kIdentity>;
  launch(ctx, "batch_norm_forward_kernel", kernel, {blocks}, grid, options.epsilon, x.data(),
         gamma.data(), beta.data(), mean.data(), spread.data(), y.data());
}

template <Activation kNext>
void backward(Context& ctx, View<const float> x, View<const float> gamma, View<const float> beta,
              View<const float> saved_mean, View<const float> saved_inv_std, View<const float> dy,
              View<float> dx, View<float> dgamma, View<float> dbeta) {
  using Gradient = BatchNormGradient<kNext>;
  const ColumnGrid grid = channel_grid(x.shape());
  const std::size_t bytes = partial_bytes<Gradient>(grid);
  auto* scratch = static_cast<std::byte*>(
      ctx.scratch(bytes + static_cast<std::size_t>(grid.columns) * sizeof(GradientSums)));
  auto* sums = reinterpret_cast<GradientSums*>(scratch + bytes);
  const Gradient gradient{grid.columns,
                          x.data(),
                          dy.data(),
                          gamma.data(),
                          beta.data(),
                          saved_mean.data(),
                          saved_inv_std.data(),
                          dgamma.data(),
                          dbeta.data(),
                          sums};
  reduce_columns(ctx, grid, gradient, scratch);
  const dim3 blocks(grid.chunks, grid.tiles);
  launch(ctx, "batch_norm_backward_kernel", batch_norm_backward_kernel<kNext>, {blocks}, grid,
         x.data(), gamma.data(), beta.data(), saved_mean.data(), saved_inv_std.data(), sums,
         dy.data(), dx.data());
}

}  // namespace

void batch_norm_forward_train(Context& ctx, const BatchNormOptions& options, View<const float> x,
                              View<const float> gamma, View<const float> beta,
                              View<float> running_mean, View<float> running_var,
                              View<float> saved_mean, View<float> saved_inv_std, View<float> y) {
  const ColumnGrid grid = channel_grid(x.shape());
  const BatchMoments moments{
      options,           grid.columns,        x.data(), running_mean.data(), running_var.data(),
      saved_mean.data(), saved_inv_std.data()};
  reduce_columns(ctx, grid, moments, ctx.scratch(partial_bytes<BatchMoments>(grid)));
  normalise<Spread::kInverseStd>(ctx, grid, options, x, gamma, beta, saved_mean, saved_inv_std, y);
}

void batch_norm_forward_eval(Context& ctx, const BatchNormOptions& options, View<const float> x,
                             View<const float> gamma, View<const float> beta,
                             View<const float> running_mean, View<const float> running_var,
                             View<float> y) {
  normalise<Spread::kVariance>(ctx, channel_grid(x.shape()), options, x, gamma, beta, running_mean,
                               running_var, y);
}

void batch_norm_backward(Context& ctx, const BatchNormOptions& options, View<const float> x,
                         View<const float> gamma, View<const float> beta,
                         View<const float> saved_mean, View<const float> saved_inv_std,
                         View<const float> dy, View<float> dx, View<float> dgamma,
                         View<float> dbeta) {
  const auto run = options.relu ? backward<Activation::kRelu> : backward<Activation::kIdentity>;
  run(ctx, x, gamma, beta, saved_mean, saved_inv_std, dy, dx, dgamma, dbeta);
}

}  // namespace infoplane::cuda
