#pragma once

#include "core/geometry.h"
#include "cuda/activation.cuh"
#include "cuda/reduce_columns.cuh"

namespace infoplane::cuda {

/// Count, mean and sum of squared deviations of some values. In double: the difference of two means
/// far from zero has few digits in float.
struct Moments {
  double count = 0.0;
  double mean = 0.0;
  double squares = 0.0;
};

// Mean and variance of each channel of x [R, C]: a Reducer of reduce_columns.cuh.
//
// A thread sums deviations from its own first value, which lies among the values it stands for, so
// that a mean far from zero costs no digits; partial moments are merged by the formula of Chan,
// Golub and LeVeque (1983). Nothing subtracts two large sums.
struct BatchMoments {
  using Value = Moments;

  BatchNormOptions options;
  std::int64_t columns;
  const float* x;
  float* running_mean;
  float* running_var;
  float* saved_mean;
  float* saved_inv_std;

  __device__ Value reduce(const ColumnWalk& walk) const {
    if (walk.row >= walk.last) {
      return {};
    }
    const float shift = x[walk.row * columns + walk.column];
    float sum = 0.0f;
    float squares = 0.0f;
    double count = 0.0;
    for (std::int64_t row = walk.row; row < walk.last; row += walk.step) {
      const float deviation = x[row * columns + walk.column] - shift;
      sum += deviation;
      squares += deviation * deviation;
      count += 1.0;
    }
    return {count, shift + sum / count, squares - sum * (sum / count)};
  }
  __device__ static Value merge(const Value& a, const Value& b) {
    if (b.count == 0.0 || a.count == 0.0) {
      return b.count == 0.0 ? a : b;
    }
    const double count = a.count + b.count;
    const double delta = b.mean - a.mean;
    const double share = b.count / count;
    return {count, a.mean + delta * share, a.squares + b.squares + delta * delta * a.count * share};
  }
  __device__ void store(std::int64_t column, const Value& batch) const {
    const double squares = batch.squares < 0.0 ? 0.0 : batch.squares;
    const auto mean = static_cast<float>(batch.mean);
    const auto unbiased = static_cast<float>(squares / (batch.count - 1.0));
    saved_mean[column] = mean;
    saved_inv_std[column] = static_cast<float>(1.0 / sqrt(squares / batch.count + options.epsilon));
    running_mean[column] += options.momentum * (mean - running_mean[column]);
    running_var[column] += options.momentum * (unbiased - running_var[column]);
  }
};

/// y = f((x - mean) scale + shift) in one channel, f the ReLU behind it or the identity.
template <Activation kNext>
struct Normalization {
  float mean;
  float scale;
  float shift;

  __device__ float forward(float x) const { return activate<kNext>((x - mean) * scale + shift); }
  /// What comes to the normalised x of the gradient dy. The sign of y is found again from x.
  __device__ float pass(float x, float dy) const { return pull_back<kNext>(forward(x), dy); }
};

/// Sums over the rows of dy, as it comes through the ReLU, and of that times the normalised x.
struct GradientSums {
  float dy = 0.0f;
  float dy_normalised = 0.0f;
};

/// Sums that the gradients need, a Reducer of reduce_columns.cuh. x, dy [R, C]; adds to dgamma and
/// dbeta and keeps the sums [C] for batch_norm_backward_kernel.
template <Activation kNext>
struct BatchNormGradient {
  using Value = GradientSums;

  std::int64_t columns;
  const float* x;
  const float* dy;
  const float* gamma;
  const float* beta;
  const float* saved_mean;
  const float* saved_inv_std;
  float* dgamma;
  float* dbeta;
  GradientSums* sums;

  __device__ Value reduce(const ColumnWalk& walk) const {
    const float mean = saved_mean[walk.column];
    const float inv_std = saved_inv_std[walk.column];
    const Normalization<kNext> norm{mean, gamma[walk.column] * inv_std, beta[walk.column]};
    Value sum;
    for (std::int64_t row = walk.row; row < walk.last; row += walk.step) {
      const std::int64_t i = row * columns + walk.column;
      const float g = norm.pass(x[i], dy[i]);
      sum.dy += g;
      sum.dy_normalised += g * ((x[i] - mean) * inv_std);
    }
    return sum;
  }
  __device__ static Value merge(const Value& a, const Value& b) {
    return {a.dy + b.dy, a.dy_normalised + b.dy_normalised};
  }
  __device__ void store(std::int64_t column, const Value& sum) const {
    dgamma[column] += sum.dy_normalised;
    dbeta[column] += sum.dy;
    sums[column] = sum;
  }
};

/// How `spread` of batch_norm_forward_kernel is meant: 1 / sqrt(var + epsilon), or var.
enum class Spread { kInverseStd, kVariance };

/// y = f(gamma (x - mean) / sqrt(var + epsilon) + beta); x, y [R, C]. y may be x.
template <Spread kSpread, Activation kNext>
__global__ void __launch_bounds__(kBlockThreads)
    batch_norm_forward_kernel(ColumnGrid grid, float epsilon, const float* x, const float* gamma,
                              const float* beta, const float* means, const float* spreads,
                              float* y) {
  const ColumnWalk walk = column_walk(grid);
  if (!walk.active) {
    return;
  }
  float inv_std = spreads[walk.column];
  if constexpr (kSpread == Spread::kVariance) {
    inv_std = 1.0f / sqrtf(inv_std + epsilon);
  }
  const Normalization<kNext> norm{means[walk.column], gamma[walk.column] * inv_std,
                                  beta[walk.column]};
  for (std::int64_t row = walk.row; row < walk.last; row += walk.step) {
    const std::int64_t i = row * grid.columns + walk.column;
    y[i] = norm.forward(x[i]);
  }
}

/// dx = gamma inv_std (g - (sum g + xhat sum(g xhat)) / R), g what comes through f of dy; x, dy,
/// dx [R, C]. dx may be dy.
template <Activation kNext>
__global__ void __launch_bounds__(kBlockThreads)
    batch_norm_backward_kernel(ColumnGrid grid, const float* x, const float* gamma,
                               const float* beta, const float* saved_mean,
                               const float* saved_inv_std, const GradientSums* sums,
                               const float* dy, float* dx) {
  const ColumnWalk walk = column_walk(grid);
  if (!walk.active) {
    return;
  }
  const float mean = saved_mean[walk.column];
  const float inv_std = saved_inv_std[walk.column];
  const Normalization<kNext> norm{mean, gamma[walk.column] * inv_std, beta[walk.column]};
  const auto rows = static_cast<float>(grid.rows);
  const float mean_dy = sums[walk.column].dy / rows;
  const float mean_dy_normalised = sums[walk.column].dy_normalised / rows;
  for (std::int64_t row = walk.row; row < walk.last; row += walk.step) {
    const std::int64_t i = row * grid.columns + walk.column;
    const float normalised = (x[i] - mean) * inv_std;
    dx[i] = norm.scale * (norm.pass(x[i], dy[i]) - mean_dy - normalised * mean_dy_normalised);
  }
}

}  // namespace infoplane::cuda
