#include "ops/batch_norm.h"

#include <cmath>

#include "ops/activation.h"
#include "tests/oracle/batch_norm.h"
#include "tests/oracle/torch_values.h"
#include "tests/support/devices.h"
#include "tests/support/errors.h"
#include "tests/support/guarded.h"
#include "tests/support/pattern.h"
#include "tests/support/values.h"

namespace infoplane {
namespace {

using namespace test;

// Images are made channels-last, so that all are matrices of rows_of(shape) x channels in memory.
const Shape kShapes[] = {{2, 1},         {31, 33},      {128, 10},     {129, 256},
                         {1000, 31},     {2, 10, 1, 1}, {3, 10, 7, 7}, {5, 64, 3, 2},
                         {9, 1, 28, 28}, {64, 31, 9, 9}};

int channels_of(const Shape& shape) { return static_cast<int>(shape[1]); }
int rows_of(const Shape& shape) { return static_cast<int>(shape.numel() / shape[1]); }

/// All tensors of one batch normalisation.
struct Layer {
  Layer(Context& ctx, const Shape& shape, const std::vector<float>& xs,
        const std::vector<float>& dys, const std::vector<float>& gammas,
        const std::vector<float>& betas)
      : x(ctx, shape, xs),
        dy(ctx, shape, dys),
        gamma(ctx, {shape[1]}, gammas),
        beta(ctx, {shape[1]}, betas),
        running_mean(ctx, {shape[1]}, std::vector<float>(gammas.size(), 0.5f)),
        running_var(ctx, {shape[1]}, std::vector<float>(gammas.size(), 2.0f)),
        saved_mean(ctx, {shape[1]}),
        saved_inv_std(ctx, {shape[1]}),
        y(ctx, shape),
        dx(ctx, shape),
        dgamma(ctx, {shape[1]}, std::vector<float>(gammas.size(), 0.25f)),
        dbeta(ctx, {shape[1]}, std::vector<float>(gammas.size(), -0.5f)) {}

  Layer(Context& ctx, const Shape& shape)
      : Layer(ctx, shape, random_values(shape.numel(), 1, -2.0f, 3.0f),
              random_values(shape.numel(), 2), random_values(shape[1], 3, 0.5f, 1.5f),
              random_values(shape[1], 4)) {}

  void forward(Context& ctx) {
    ops::batch_norm_forward_train(ctx, options, x, gamma, beta, running_mean, running_var,
                                  saved_mean, saved_inv_std, y);
  }
  void backward(Context& ctx) {
    ops::batch_norm_backward(ctx, options, x, gamma, beta, saved_mean, saved_inv_std, dy, dx,
                             dgamma, dbeta);
  }

  BatchNormOptions options;
  Guarded<float> x, dy, gamma, beta, running_mean, running_var, saved_mean, saved_inv_std, y, dx,
      dgamma, dbeta;
};

class BatchNormTest : public DeviceTest {};

TEST_P(BatchNormTest, TrainingAgreesWithTheDefinition) {
  Context ctx = make_context();
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(shape.to_string());
    Layer layer(ctx, shape);
    layer.forward(ctx);
    const oracle::BatchNorm expected = oracle::batch_norm_train(
        rows_of(shape), channels_of(shape), 1e-5, doubles(layer.x.to_host_sync()),
        doubles(layer.gamma.to_host_sync()), doubles(layer.beta.to_host_sync()));
    std::vector<double> inv_std, mean, variance;
    for (std::size_t c = 0; c < expected.mean.size(); ++c) {
      inv_std.push_back(1.0 / std::sqrt(expected.variance[c] + 1e-5));
      mean.push_back(0.9 * 0.5 + 0.1 * expected.mean[c]);
      variance.push_back(0.9 * 2.0 + 0.1 * expected.unbiased[c]);
    }
    expect_near(layer.y.to_host_sync(), expected.y, 1e-5);
    expect_near(layer.saved_mean.to_host_sync(), expected.mean, 1e-6);
    expect_near(layer.saved_inv_std.to_host_sync(), inv_std, 0.0, 1e-5);
    expect_near(layer.running_mean.to_host_sync(), mean, 1e-6);
    expect_near(layer.running_var.to_host_sync(), variance, 2e-6);
  }
}

TEST_P(BatchNormTest, EvaluationUsesTheRunningStatisticsAndKeepsThem) {
  Context ctx = make_context();
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(shape.to_string());
    Layer layer(ctx, shape);
    const auto mean = random_values(shape[1], 5);
    const auto variance = random_values(shape[1], 6, 0.5f, 4.0f);
    const Guarded<float> running_mean(ctx, {shape[1]}, mean);
    const Guarded<float> running_var(ctx, {shape[1]}, variance);
    ops::batch_norm_forward_eval(ctx, layer.options, layer.x, layer.gamma, layer.beta, running_mean,
                                 running_var, layer.y);
    expect_near(layer.y.to_host_sync(),
                oracle::batch_norm_eval(
                    rows_of(shape), channels_of(shape), 1e-5, doubles(layer.x.to_host_sync()),
                    doubles(layer.gamma.to_host_sync()), doubles(layer.beta.to_host_sync()),
                    doubles(mean), doubles(variance)),
                5e-6);
    EXPECT_TRUE(same_bits(running_mean.to_host_sync(), mean));
    EXPECT_TRUE(same_bits(running_var.to_host_sync(), variance));
  }
}

TEST_P(BatchNormTest, BackwardOverwritesDxAndAddsToDgammaAndDbeta) {
  Context ctx = make_context();
  for (const Shape& shape : kShapes) {
    if (rows_of(shape) == 2) {
      continue;  // xhat is +-1 whatever x is: dx is nothing but rounding
    }
    SCOPED_TRACE(shape.to_string());
    Layer layer(ctx, shape);
    layer.forward(ctx);
    layer.backward(ctx);
    auto expected = oracle::batch_norm_backward(
        rows_of(shape), channels_of(shape), 1e-5, doubles(layer.x.to_host_sync()),
        doubles(layer.gamma.to_host_sync()), doubles(layer.dy.to_host_sync()));
    for (std::size_t c = 0; c < expected.dgamma.size(); ++c) {
      expected.dgamma[c] += 0.25;
      expected.dbeta[c] -= 0.5;
    }
    const double sum_tolerance = 2e-6 * std::sqrt(static_cast<double>(rows_of(shape))) + 1e-6;
    expect_near(layer.dx.to_host_sync(), expected.dx, 1e-5);
    expect_near(layer.dgamma.to_host_sync(), expected.dgamma, sum_tolerance, 1e-6);
    expect_near(layer.dbeta.to_host_sync(), expected.dbeta, sum_tolerance, 1e-6);
  }
}

TEST_P(BatchNormTest, AgreesWithPyTorch) {
  Context ctx = make_context();
  const Shape shape{2, 3, 2, 2};
  Layer layer(ctx, shape, channels_last(shape, pattern(24, 37)),
              channels_last(shape, pattern(24, 23)), {0.5f, 1.25f, -2.0f}, {0.0f, -1.0f, 0.75f});
  Guarded<float> mean(ctx, {3}, {0.25f, 0.0f, -0.5f}), var(ctx, {3}, {1.5f, 1.0f, 0.25f});
  Guarded<float> dgamma(ctx, {3}, {0.0f, 0.0f, 0.0f}), dbeta(ctx, {3}, {0.0f, 0.0f, 0.0f});
  ops::batch_norm_forward_train(ctx, {}, layer.x, layer.gamma, layer.beta, mean, var,
                                layer.saved_mean, layer.saved_inv_std, layer.y);
  ops::batch_norm_backward(ctx, {}, layer.x, layer.gamma, layer.beta, layer.saved_mean,
                           layer.saved_inv_std, layer.dy, layer.dx, dgamma, dbeta);
  expect_near(plain(shape, layer.y.to_host_sync()), oracle::kBatchNormTrain, 2e-6);
  expect_near(plain(shape, layer.dx.to_host_sync()), oracle::kBatchNormDx, 5e-6);
  expect_near(dgamma.to_host_sync(), oracle::kBatchNormDgamma, 5e-6);
  expect_near(dbeta.to_host_sync(), oracle::kBatchNormDbeta, 5e-6);
  expect_near(mean.to_host_sync(), oracle::kBatchNormRunningMean, 1e-7);
  expect_near(var.to_host_sync(), oracle::kBatchNormRunningVar, 5e-7);
  ops::batch_norm_forward_eval(ctx, {}, layer.x, layer.gamma, layer.beta, mean, var, layer.y);
  expect_near(plain(shape, layer.y.to_host_sync()), oracle::kBatchNormEval, 5e-6);
}

TEST_P(BatchNormTest, InPlaceGivesTheSame) {
  Context ctx = make_context();
  Layer apart(ctx, {64, 31, 9, 9});
  Layer in_place(ctx, {64, 31, 9, 9});
  apart.forward(ctx);
  apart.backward(ctx);
  ops::batch_norm_forward_train(ctx, in_place.options, in_place.x, in_place.gamma, in_place.beta,
                                in_place.running_mean, in_place.running_var, in_place.saved_mean,
                                in_place.saved_inv_std, in_place.x);
  EXPECT_TRUE(same_bits(apart.y.to_host_sync(), in_place.x.to_host_sync()));
  ops::batch_norm_backward(ctx, {}, apart.x, in_place.gamma, in_place.beta, in_place.saved_mean,
                           in_place.saved_inv_std, in_place.dy, in_place.dy, in_place.dgamma,
                           in_place.dbeta);
  EXPECT_TRUE(same_bits(apart.dx.to_host_sync(), in_place.dy.to_host_sync()));
  ops::batch_norm_forward_eval(ctx, apart.options, apart.y, apart.gamma, apart.beta,
                               apart.running_mean, apart.running_var, apart.dx);
  ops::batch_norm_forward_eval(ctx, apart.options, apart.y, apart.gamma, apart.beta,
                               apart.running_mean, apart.running_var, apart.y);
  EXPECT_TRUE(same_bits(apart.dx.to_host_sync(), apart.y.to_host_sync()));
}

TEST_P(BatchNormTest, WithAReluIsBothInTurnToTheBit) {
  Context ctx = make_context();
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(shape.to_string());
    Layer both(ctx, shape), apart(ctx, shape);
    both.options.relu = true;
    both.forward(ctx);
    both.backward(ctx);
    apart.forward(ctx);
    ops::activation_forward(ctx, Activation::kRelu, apart.y, apart.y);
    EXPECT_TRUE(same_bits(both.y.to_host_sync(), apart.y.to_host_sync()));
    EXPECT_TRUE(same_bits(both.running_var.to_host_sync(), apart.running_var.to_host_sync()));
    ops::activation_backward(ctx, Activation::kRelu, apart.y, apart.dy, apart.dy);
    apart.backward(ctx);
    EXPECT_TRUE(same_bits(both.dx.to_host_sync(), apart.dx.to_host_sync()));
    EXPECT_TRUE(same_bits(both.dgamma.to_host_sync(), apart.dgamma.to_host_sync()));
    EXPECT_TRUE(same_bits(both.dbeta.to_host_sync(), apart.dbeta.to_host_sync()));
    for (Layer* layer : {&both, &apart}) {
      ops::batch_norm_forward_eval(ctx, layer->options, layer->x, layer->gamma, layer->beta,
                                   layer->running_mean, layer->running_var, layer->y);
    }
    ops::activation_forward(ctx, Activation::kRelu, apart.y, apart.y);
    EXPECT_TRUE(same_bits(both.y.to_host_sync(), apart.y.to_host_sync()));
  }
}

TEST_P(BatchNormTest, ALargeMeanCostsNoDigitsOfTheVariance) {
  Context ctx = make_context();
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(shape.to_string());
    std::vector<float> xs = random_values(shape.numel(), 7, -1.0f, 1.0f);
    for (float& x : xs) {
      x += 4096.3f;  // the sum of squares in float would leave no correct digit
    }
    Layer layer(ctx, shape, xs, xs, random_values(shape[1], 3), random_values(shape[1], 4));
    layer.forward(ctx);
    const auto expected = oracle::batch_norm_train(rows_of(shape), channels_of(shape), 1e-5,
                                                   doubles(xs), doubles(layer.gamma.to_host_sync()),
                                                   doubles(layer.beta.to_host_sync()));
    std::vector<double> inv_std;
    for (const double variance : expected.variance) {
      inv_std.push_back(1.0 / std::sqrt(variance + 1e-5));
    }
    expect_near(layer.saved_mean.to_host_sync(), expected.mean, 0.0, 1e-7);
    expect_near(layer.saved_inv_std.to_host_sync(), inv_std, 0.0, 5e-6);
  }
}

TEST_P(BatchNormTest, AConstantChannelGivesBeta) {
  Context ctx = make_context();
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(shape.to_string());
    const auto size = static_cast<std::size_t>(shape.numel());
    Layer layer(ctx, shape, std::vector<float>(size, 1234.567f), random_values(shape.numel(), 8),
                random_values(shape[1], 3), random_values(shape[1], 4));
    layer.forward(ctx);
    const std::vector<float> beta = layer.beta.to_host_sync();
    const std::vector<float> y = layer.y.to_host_sync();
    for (std::size_t i = 0; i < size; ++i) {
      ASSERT_EQ(y[i], beta[i % beta.size()]) << i;
    }
  }
}

TEST_P(BatchNormTest, ShapesMustAgree) {
  Context ctx = make_context();
  Layer layer(ctx, {4, 3});
  Guarded<float> short_channels(ctx, {2}), other(ctx, {3, 4}), one_row(ctx, {1, 3}),
      vector(ctx, {3});
  const auto train = [&](View<const float> x, View<const float> gamma, View<float> y) {
    ops::batch_norm_forward_train(ctx, {}, x, gamma, layer.beta, layer.running_mean,
                                  layer.running_var, layer.saved_mean, layer.saved_inv_std, y);
  };
  expect_error<ShapeError>([&] { train(vector, layer.gamma, vector); },
                           {"batch_norm_forward_train", "[3]", "[N, C, H, W]"});
  expect_error<ShapeError>([&] { train(layer.x, short_channels, layer.y); },
                           {"gamma", "[2]", "[3]"});
  expect_error<ShapeError>([&] { train(layer.x, layer.gamma, other); }, {"y", "[3, 4]", "[4, 3]"});
  expect_error<ShapeError>([&] { train(one_row, layer.gamma, one_row); }, {"[1, 3]", "at least 2"});
  expect_error<ShapeError>(
      [&] {
        ops::batch_norm_forward_eval(ctx, {}, layer.x, layer.gamma, layer.beta, short_channels,
                                     layer.running_var, layer.y);
      },
      {"batch_norm_forward_eval", "running_mean", "[2]", "[3]"});
  expect_error<ShapeError>(
      [&] {
        ops::batch_norm_backward(ctx, {}, layer.x, layer.gamma, layer.beta, layer.saved_mean,
                                 layer.saved_inv_std, other, layer.dx, layer.dgamma, layer.dbeta);
      },
      {"batch_norm_backward", "dy", "[3, 4]", "[4, 3]"});
}

INFOPLANE_FOR_EACH_DEVICE(BatchNormTest);

}  // namespace
}  // namespace infoplane
