// Reductions over columns: biases and batch normalisation.
#include "tests/host_cuda/host_cuda.h"

// The kernels come after the harness.
#include "cuda/batch_norm.cuh"
#include "cuda/bf16.cuh"
#include "cuda/bias.cuh"
#include "tests/host_cuda/run.h"
#include "tests/oracle/batch_norm.h"

namespace infoplane::host_cuda {
namespace {

using cuda::ColumnGrid;
using cuda::kBlockThreads;
using test::doubles;
using test::expect_near;
using test::random_values;

/// As reduce_columns() launches it.
template <class Reducer>
void reduce_columns(const ColumnGrid& grid, const Reducer& reducer, Order order) {
  std::vector<typename Reducer::Value> partial(grid.chunks *
                                               static_cast<std::size_t>(grid.columns));
  launch({grid.chunks, grid.tiles}, {kBlockThreads}, order,
         [&] { cuda::reduce_columns_kernel(grid, reducer, partial.data()); });
  const auto groups =
      static_cast<unsigned>((grid.columns + cuda::kFinishColumns - 1) / cuda::kFinishColumns);
  launch({groups}, {kBlockThreads}, order,
         [&] { cuda::finish_columns_kernel(grid, reducer, partial.data()); });
}

struct Size {
  int rows, columns;
};
const std::vector<Size> kMatrices = {{1, 1},   {2, 33},  {31, 10},  {1000, 1}, {1000, 10},
                                     {33, 31}, {7, 257}, {40, 256}, {9, 600}};

TEST(ColumnGrid, CoversEachElementOnce) {
  for (const Size& size : kMatrices) {
    const ColumnGrid grid = cuda::column_grid(size.rows, size.columns);
    std::vector<int> visits(static_cast<std::size_t>(size.rows) * size.columns);
    launch({grid.chunks, grid.tiles}, {kBlockThreads}, Order::kForward, [&] {
      const cuda::ColumnWalk walk = cuda::column_walk(grid);
      for (std::int64_t row = walk.row; walk.active && row < walk.last; row += walk.step) {
        ++visits[static_cast<std::size_t>(row * size.columns + walk.column)];
      }
    });
    EXPECT_EQ(visits, std::vector<int>(visits.size(), 1)) << size.rows << " x " << size.columns;
  }
}

TEST(ColumnGrid, StaysWithinALaunchForManyRows) {
  const ColumnGrid grid = cuda::column_grid(std::int64_t{60000} * 32 * 32, 64);
  EXPECT_LE(grid.chunks, 1024u);
  EXPECT_GE(grid.chunks * grid.rows_per_chunk, grid.rows);
}

TEST(Bf16Kernel, WidensWithBiasAndReluOrWithout) {
  for (const Size& size : kMatrices) {
    const ColumnGrid grid = cuda::column_grid(size.rows, size.columns);
    const std::vector<float> b = random_values(size.columns, 1);
    std::vector<Bf16> x;
    for (const float value : random_values(grid.rows * grid.columns, 2)) {
      x.push_back(to_bf16(value));
    }
    std::vector<float> plain(x.size());
    std::vector<float> biased(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      plain[i] = from_bf16(x[i]);
      biased[i] = cuda::activate<Activation::kRelu>(plain[i] + b[i % b.size()]);
    }
    std::vector<float> y = poisoned(grid.rows * grid.columns);
    const auto widen = [&](auto kernel, const float* bias) {
      launch({grid.chunks, grid.tiles}, {kBlockThreads}, Order::kForward,
             [&] { kernel(grid, x.data(), bias, y.data()); });
    };
    widen(cuda::widen_bf16_kernel<Activation::kIdentity>, nullptr);
    EXPECT_TRUE(test::same_bits(y, plain));
    widen(cuda::widen_bf16_kernel<Activation::kRelu>, b.data());
    EXPECT_TRUE(test::same_bits(y, biased));
  }
}

TEST(BiasKernel, AddsTheBiasAndItsGradient) {
  for (const Size& size : kMatrices) {
    const ColumnGrid grid = cuda::column_grid(size.rows, size.columns);
    const std::vector<float> b = random_values(size.columns, 1);
    const std::vector<float> dy = random_values(grid.rows * grid.columns, 2);
    std::vector<double> expected_y = doubles(dy);
    std::vector<double> expected_db(b.size(), 10.0);
    for (std::size_t i = 0; i < dy.size(); ++i) {
      expected_y[i] += b[i % b.size()];
      expected_db[i % b.size()] += dy[i];
    }
    std::vector<float> y = dy;
    launch({grid.chunks, grid.tiles}, {kBlockThreads}, Order::kForward,
           [&] { cuda::add_bias_kernel<Activation::kIdentity>(grid, b.data(), y.data()); });
    expect_near(y, expected_y, 1e-6);
    std::vector<float> cut_off = dy;
    launch({grid.chunks, grid.tiles}, {kBlockThreads}, Order::kForward,
           [&] { cuda::add_bias_kernel<Activation::kRelu>(grid, b.data(), cut_off.data()); });
    for (float& value : y) {
      value = cuda::activate<Activation::kRelu>(value);
    }
    EXPECT_TRUE(test::same_bits(cut_off, y));
    const std::vector<float> db = in_any_order([&](Order order) {
      std::vector<float> sums(b.size(), 10.0f);
      reduce_columns(grid, cuda::BiasGradient{grid.columns, dy.data(), sums.data()}, order);
      return sums;
    });
    expect_near(db, expected_db, 1e-5, 1e-6);
  }
}

constexpr BatchNormOptions kOptions{1e-5f, 0.1f};

/// A batch, its parameters, and everything batch normalisation makes of it.
struct BatchNormRun {
  BatchNormRun(int rows, int columns, float offset)
      : grid(cuda::column_grid(rows, columns)),
        x(random_values(grid.rows * columns, 1, offset - 1.0f, offset + 1.0f)),
        gamma(random_values(columns, 2, 0.5f, 1.5f)),
        beta(random_values(columns, 3)),
        mean(poisoned(columns)),
        inv_std(poisoned(columns)),
        running_mean(gamma.size(), 2.0f),
        running_var(gamma.size(), 3.0f) {}

  void statistics(Order order) {
    reduce_columns(grid,
                   cuda::BatchMoments{kOptions, grid.columns, x.data(), running_mean.data(),
                                      running_var.data(), mean.data(), inv_std.data()},
                   order);
  }
  template <Activation kNext = Activation::kIdentity>
  std::vector<float> normalise() {
    std::vector<float> y = x;  // in place
    launch({grid.chunks, grid.tiles}, {kBlockThreads}, Order::kForward, [&] {
      cuda::batch_norm_forward_kernel<cuda::Spread::kInverseStd, kNext>(
          grid, kOptions.epsilon, y.data(), gamma.data(), beta.data(), mean.data(), inv_std.data(),
          y.data());
    });
    return y;
  }

  /// dx, overwriting dy; adds to dgamma and dbeta.
  template <Activation kNext = Activation::kIdentity>
  void backward(std::vector<float>& dy, std::vector<float>& dgamma, std::vector<float>& dbeta) {
    std::vector<cuda::GradientSums> sums(gamma.size());
    reduce_columns(grid,
                   cuda::BatchNormGradient<kNext>{grid.columns, x.data(), dy.data(), gamma.data(),
                                                  beta.data(), mean.data(), inv_std.data(),
                                                  dgamma.data(), dbeta.data(), sums.data()},
                   Order::kForward);
    launch({grid.chunks, grid.tiles}, {kBlockThreads}, Order::kForward, [&] {
      cuda::batch_norm_backward_kernel<kNext>(grid, x.data(), gamma.data(), beta.data(),
                                              mean.data(), inv_std.data(), sums.data(), dy.data(),
                                              dy.data());
    });
  }

  ColumnGrid grid;
  std::vector<float> x, gamma, beta, mean, inv_std, running_mean, running_var;
};

TEST(BatchNormKernel, TrainsAsTheOracleDoes) {
  for (const Size& size : kMatrices) {
    if (size.rows < 2) {
      continue;
    }
    BatchNormRun run(size.rows, size.columns, 0.3f);
    run.statistics(Order::kForward);
    const oracle::BatchNorm expected =
        oracle::batch_norm_train(size.rows, size.columns, kOptions.epsilon, doubles(run.x),
                                 doubles(run.gamma), doubles(run.beta));
    expect_near(run.mean, expected.mean, 1e-6);
    expect_near(run.normalise(), expected.y, 2e-4);
    std::vector<double> running_mean;
    std::vector<double> running_var;
    for (std::size_t c = 0; c < run.gamma.size(); ++c) {
      running_mean.push_back(2.0 + 0.1 * (expected.mean[c] - 2.0));
      running_var.push_back(3.0 + 0.1 * (expected.unbiased[c] - 3.0));
    }
    expect_near(run.running_mean, running_mean, 1e-6);
    expect_near(run.running_var, running_var, 1e-6);

    BatchNormRun again(size.rows, size.columns, 0.3f);
    again.statistics(Order::kBackward);
    EXPECT_TRUE(test::same_bits(again.inv_std, run.inv_std));
  }
}

TEST(BatchNormKernel, KeepsItsDigitsFarFromZero) {
  // With a mean of 10,000 and a spread of 1, E x^2 - (E x)^2 in float32 is nothing but noise.
  BatchNormRun run(1000, 3, 1e4f);
  run.statistics(Order::kForward);
  const oracle::BatchNorm expected = oracle::batch_norm_train(
      1000, 3, kOptions.epsilon, doubles(run.x), doubles(run.gamma), doubles(run.beta));
  for (std::size_t c = 0; c < 3; ++c) {
    EXPECT_NEAR(run.inv_std[c] * std::sqrt(expected.variance[c] + kOptions.epsilon), 1.0, 1e-5);
  }
}

TEST(BatchNormKernel, EvaluatesWithTheRunningStatistics) {
  const ColumnGrid grid = cuda::column_grid(33, 31);
  const std::vector<float> x = random_values(33 * 31, 1);
  const std::vector<float> gamma = random_values(31, 2);
  const std::vector<float> beta = random_values(31, 3);
  const std::vector<float> mean = random_values(31, 4);
  const std::vector<float> variance = random_values(31, 5, 0.1f, 2.0f);
  std::vector<float> y = poisoned(33 * 31);
  launch({grid.chunks, grid.tiles}, {kBlockThreads}, Order::kForward, [&] {
    cuda::batch_norm_forward_kernel<cuda::Spread::kVariance, Activation::kIdentity>(
        grid, kOptions.epsilon, x.data(), gamma.data(), beta.data(), mean.data(), variance.data(),
        y.data());
  });
  expect_near(y,
              oracle::batch_norm_eval(33, 31, kOptions.epsilon, doubles(x), doubles(gamma),
                                      doubles(beta), doubles(mean), doubles(variance)),
              1e-5);
}

TEST(BatchNormKernel, GradientsMatchTheChainRule) {
  for (const Size& size : kMatrices) {
    if (size.rows < 3) {
      continue;  // with two rows the gradient of x is nearly zero and its digits are noise
    }
    BatchNormRun run(size.rows, size.columns, 0.0f);
    run.statistics(Order::kForward);
    const std::vector<float> dy = random_values(run.grid.rows * run.grid.columns, 4);
    std::vector<float> dgamma(run.gamma.size(), 5.0f);
    std::vector<float> dbeta(run.gamma.size(), -5.0f);
    std::vector<float> dx = dy;
    run.backward(dx, dgamma, dbeta);
    oracle::BatchNormGradients expected = oracle::batch_norm_backward(
        size.rows, size.columns, kOptions.epsilon, doubles(run.x), doubles(run.gamma), doubles(dy));
    for (std::size_t c = 0; c < run.gamma.size(); ++c) {
      expected.dgamma[c] += 5.0;
      expected.dbeta[c] -= 5.0;
    }
    expect_near(dx, expected.dx, 5e-5);
    expect_near(dgamma, expected.dgamma, 2e-5, 1e-5);
    expect_near(dbeta, expected.dbeta, 2e-5, 1e-5);
  }
}

TEST(BatchNormKernel, WithAReluIsBothInTurnToTheBit) {
  for (const Size& size : kMatrices) {
    if (size.rows < 2) {
      continue;
    }
    BatchNormRun run(size.rows, size.columns, 0.0f);
    run.statistics(Order::kForward);
    std::vector<float> y = run.normalise();
    const std::vector<float> dy = random_values(run.grid.rows * run.grid.columns, 4);
    std::vector<float> expected_dx = dy;
    for (std::size_t i = 0; i < y.size(); ++i) {
      y[i] = cuda::activate<Activation::kRelu>(y[i]);
      expected_dx[i] = cuda::pull_back<Activation::kRelu>(y[i], dy[i]);
    }
    std::vector<float> expected_dgamma(run.gamma.size()), expected_dbeta(run.gamma.size());
    run.backward(expected_dx, expected_dgamma, expected_dbeta);

    EXPECT_EQ(run.normalise<Activation::kRelu>(), y);
    std::vector<float> dx = dy;
    std::vector<float> dgamma(run.gamma.size()), dbeta(run.gamma.size());
    run.backward<Activation::kRelu>(dx, dgamma, dbeta);
    EXPECT_EQ(dx, expected_dx);
    EXPECT_EQ(dgamma, expected_dgamma);
    EXPECT_EQ(dbeta, expected_dbeta);
  }
}

}  // namespace
}  // namespace infoplane::host_cuda
