// Precision and determinism on the GPU.

#include <gtest/gtest.h>

#include <cmath>

#include "core/tensor.h"
#include "ops/convolution.h"
#include "ops/inner_product.h"
#include "tests/support/devices.h"

namespace infoplane {
namespace {

class NumericsOnGpu : public test::DeviceTest {
 protected:
  static Context context(const Numerics& numerics) {
    ops::ContextOptions options;
    options.precision = numerics.precision;
    options.determinism = numerics.determinism;
    return ops::make_context(Device::kCuda, options);
  }
};

constexpr std::int64_t kTerms = 256;
constexpr float kBeyondTf32 = 1.0f + 1.0f / 4096.0f;  // which TF32 rounds to 1

std::vector<float> repeated(std::int64_t n, float value) {
  return std::vector<float>(static_cast<std::size_t>(n), value);
}

std::vector<float> inner_product(Context& ctx) {
  const Tensor<float> x(ctx, {128, kTerms}, repeated(128 * kTerms, kBeyondTf32));
  const Tensor<float> w(ctx, {64, kTerms}, repeated(64 * kTerms, 1.0f));
  Tensor<float> y(ctx, {128, 64});
  ops::inner_product_forward(ctx, x, w, {}, y);
  return y.to_host_sync();
}

std::vector<float> convolution(Context& ctx) {
  const Shape images{16, kTerms, 8, 8};
  const auto plan = ops::plan_convolution(ctx, Window::square(1, 1, 0), images, 64);
  const Tensor<float> x(ctx, images, repeated(images.numel(), kBeyondTf32));
  const Tensor<float> w(ctx, {64, kTerms, 1, 1}, repeated(64 * kTerms, 1.0f));
  Tensor<float> y(ctx, {16, 64, 8, 8});
  plan->forward(ctx, x, w, {}, y);
  return y.to_host_sync();
}

TEST_P(NumericsOnGpu, Fp32DoesNotRoundItsInputsAndTf32MayToTenBits) {
  for (const Precision precision : {Precision::kFp32, Precision::kTf32}) {
    Context ctx = context({precision, Determinism::kBitwise});
    EXPECT_EQ(ctx.backend().numerics().precision, precision);
    const double expected = static_cast<double>(kTerms) * static_cast<double>(kBeyondTf32);
    const double tolerance = precision == Precision::kFp32 ? 0.0 : expected / 2048.0;
    for (const std::vector<float>& y : {inner_product(ctx), convolution(ctx)}) {
      for (const float value : y) {
        ASSERT_NEAR(static_cast<double>(value), expected, tolerance) << to_string(precision);
      }
    }
  }
}

TEST_P(NumericsOnGpu, BothDeterminismsPlanAndSayWhatTheyAre) {
  for (const Determinism determinism : {Determinism::kBitwise, Determinism::kFast}) {
    Context ctx = context({Precision::kFp32, determinism});
    EXPECT_EQ(ctx.backend().numerics().determinism, determinism);
    EXPECT_NE(ops::plan_convolution(ctx, Window::square(3, 1, 1), {8, 16, 9, 7}, 33), nullptr);
  }
}

TEST_P(NumericsOnGpu, TheUsualPrecisionIsTf32) {
  EXPECT_EQ(ops::make_context(Device::kCuda).backend().numerics().precision, Precision::kTf32);
}

INSTANTIATE_TEST_SUITE_P(Device, NumericsOnGpu, testing::Values(Device::kCuda), test::device_name);

}  // namespace
}  // namespace infoplane
