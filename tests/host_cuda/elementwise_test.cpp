// Activations, optimizers, dropout and bfloat16, on grids both larger and smaller than their work.
#include "tests/host_cuda/host_cuda.h"

// The kernels come after the harness.
#include "cuda/activation.cuh"
#include "cuda/bf16.cuh"
#include "cuda/dropout.cuh"
#include "cuda/optimizer.cuh"
#include "tests/host_cuda/run.h"
#include "tests/oracle/optimizer.h"

namespace infoplane::host_cuda {
namespace {

using cuda::kBlockThreads;
using test::doubles;
using test::expect_near;
using test::random_values;

/// One block makes each thread take several elements; blocks_for() is what the launchers use.
std::vector<unsigned> grids(std::int64_t size) { return {1, cuda::blocks_for(size)}; }

double activation_of(Activation kind, double x) {
  switch (kind) {
    case Activation::kIdentity: return x;
    case Activation::kRelu: return x > 0.0 ? x : 0.0;
    case Activation::kTanh: return std::tanh(x);
  }
  return NAN;
}

double gradient_of(Activation kind, double x) {
  switch (kind) {
    case Activation::kIdentity: return 1.0;
    case Activation::kRelu: return x > 0.0 ? 1.0 : 0.0;
    case Activation::kTanh: return 1.0 - std::tanh(x) * std::tanh(x);
  }
  return NAN;
}

template <Activation kKind>
void check_activation(std::int64_t size, unsigned grid) {
  std::vector<float> x = random_values(size, 1, -4.0f, 4.0f);
  x[0] = 0.0f;
  const std::vector<float> dy = random_values(size, 2);
  std::vector<double> expected_y;
  std::vector<double> expected_dx;
  for (std::size_t i = 0; i < x.size(); ++i) {
    expected_y.push_back(activation_of(kKind, x[i]));
    expected_dx.push_back(dy[i] * gradient_of(kKind, x[i]));
  }
  std::vector<float> y = poisoned(size);
  launch({grid}, {kBlockThreads}, Order::kForward,
         [&] { cuda::activation_forward_kernel<kKind>(size, x.data(), y.data()); });
  expect_near(y, expected_y, 1e-6);
  std::vector<float> dx = dy;  // in place
  launch({grid}, {kBlockThreads}, Order::kForward,
         [&] { cuda::activation_backward_kernel<kKind>(size, y.data(), dx.data(), dx.data()); });
  expect_near(dx, expected_dx, 1e-6);
}

TEST(ActivationKernel, MatchesItsDefinition) {
  for (const std::int64_t size : kSizes) {
    for (const unsigned grid : grids(size)) {
      check_activation<Activation::kIdentity>(size, grid);
      check_activation<Activation::kRelu>(size, grid);
      check_activation<Activation::kTanh>(size, grid);
    }
  }
}

TEST(ActivationKernel, ReluKeepsANanAndDropsANegativeZero) {
  const std::vector<float> x = {NAN, -0.0f};
  std::vector<float> y = poisoned(2);
  launch({1}, {kBlockThreads}, Order::kForward,
         [&] { cuda::activation_forward_kernel<Activation::kRelu>(2, x.data(), y.data()); });
  EXPECT_TRUE(std::isnan(y[0]));
  EXPECT_FALSE(std::signbit(y[1]));
}

TEST(Bf16Kernel, RoundsAsTheHostDoesAndAddsBack) {
  for (const std::int64_t size : kSizes) {
    for (const unsigned grid : grids(size)) {
      const std::vector<float> x = random_values(size, 1, -4.0f, 4.0f);
      std::vector<Bf16> narrow(x.size());
      launch({grid}, {kBlockThreads}, Order::kForward,
             [&] { cuda::round_to_bf16_kernel(size, x.data(), narrow.data()); });
      std::vector<float> sum = random_values(size, 2);
      std::vector<float> expected = sum;
      for (std::size_t i = 0; i < x.size(); ++i) {
        ASSERT_EQ(narrow[i].bits, to_bf16(x[i]).bits);
        expected[i] += from_bf16(narrow[i]);
      }
      launch({grid}, {kBlockThreads}, Order::kForward,
             [&] { cuda::add_result_kernel(size, narrow.data(), sum.data()); });
      EXPECT_TRUE(test::same_bits(sum, expected));
    }
  }
}

TEST(OptimizerKernel, SgdMatchesThreeStepsInDouble) {
  for (const std::int64_t size : kSizes) {
    for (const float momentum : {0.0f, 0.9f}) {
      const SgdOptions options{0.1f, momentum, 5e-4f};
      std::vector<float> w = random_values(size, 1);
      std::vector<float> velocity(momentum == 0.0f ? 0 : w.size());
      std::vector<double> expected = doubles(w);
      oracle::Sgd sgd{options.lr.get(), options.momentum, options.weight_decay, {}};
      for (std::uint64_t step = 0; step < 3; ++step) {
        const std::vector<float> grad = random_values(size, 2 + step);
        launch({1}, {kBlockThreads}, Order::kForward, [&] {
          cuda::sgd_step_kernel(options, size, w.data(), grad.data(),
                                velocity.empty() ? nullptr : velocity.data());
        });
        sgd.step(expected, doubles(grad));
      }
      expect_near(w, expected, 1e-6);
    }
  }
}

TEST(OptimizerKernel, AdamMatchesThreeStepsInDouble) {
  for (const std::int64_t size : kSizes) {
    const AdamOptions options{1e-2f, 0.9f, 0.999f, 1e-8f, 1e-2f};
    std::vector<float> w = random_values(size, 1);
    std::vector<float> m(w.size());
    std::vector<float> v(w.size());
    std::vector<double> expected = doubles(w);
    oracle::Adam adam{options.lr.get(),
                      options.beta1,
                      options.beta2,
                      options.epsilon,
                      options.weight_decay,
                      {},
                      {}};
    for (int step = 1; step <= 3; ++step) {
      const std::vector<float> grad = random_values(size, 2 + static_cast<std::uint64_t>(step));
      AdamScales scales{};
      launch({1}, {1}, Order::kForward, [&] { cuda::adam_scales_kernel(options, step, &scales); });
      launch({1}, {kBlockThreads}, Order::kForward, [&] {
        cuda::adam_step_kernel(options, &scales, size, w.data(), grad.data(), m.data(), v.data());
      });
      adam.step(expected, doubles(grad));
    }
    expect_near(w, expected, 1e-6);
  }
}

constexpr std::uint64_t kSeed = 0x0123'4567'89AB'CDEFu;

TEST(DropoutKernel, KeepsElementIByWordI) {
  for (const float p : {0.0f, 0.5f, 0.9f}) {
    const cuda::DropoutDraw draw{
        {kSeed, 7}, kDropoutStream + 3, drop_threshold(p), 1.0f / (1.0f - p)};
    for (const std::int64_t size : kSizes) {
      for (const unsigned grid : grids((size + 3) / 4)) {
        const std::vector<float> x = random_values(size, 1, 1.0f, 2.0f);
        std::vector<float> y = x;  // in place
        launch({grid}, {kBlockThreads}, Order::kForward,
               [&] { cuda::dropout_kernel(draw, size, y.data(), y.data()); });
        for (std::size_t i = 0; i < x.size(); ++i) {
          const bool kept = draw.random().word(i) >= p * 4294967296.0;
          ASSERT_FLOAT_EQ(y[i], kept ? x[i] / (1.0f - p) : 0.0f) << "element " << i;
        }
      }
    }
  }
}

TEST(DropoutKernel, KeepsAChannelOfAnImageByOneWord) {
  constexpr std::uint32_t kImages = 3;
  constexpr std::uint32_t kPixels = 35;
  constexpr std::uint32_t kChannels = 11;
  const cuda::DropoutDraw draw{{kSeed, 1}, kDropoutStream, drop_threshold(0.25), 1.0f / 0.75f};
  const std::vector<float> x = random_values(kImages * kPixels * kChannels, 1, 1.0f, 2.0f);
  for (const dim3 grid : {dim3{1, 1}, dim3{2, kImages}}) {
    std::vector<float> y = poisoned(static_cast<std::int64_t>(x.size()));
    launch(grid, {kBlockThreads}, Order::kForward, [&] {
      cuda::dropout_channels_kernel(draw, kImages, kPixels, kChannels, x.data(), y.data());
    });
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::size_t n = i / (kPixels * kChannels);
      const bool kept = draw.random().word(n * kChannels + i % kChannels) >= 0.25 * 4294967296.0;
      ASSERT_FLOAT_EQ(y[i], kept ? x[i] / 0.75f : 0.0f) << "element " << i;
    }
  }
}

}  // namespace
}  // namespace infoplane::host_cuda
