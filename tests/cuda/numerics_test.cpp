// Precision and determinism on the GPU.

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "core/tensor.h"
#include "ops/convolution.h"
#include "ops/inner_product.h"
#include "tests/support/devices.h"
#include "tests/support/environment.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/values.h"

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

/// What the three passes of an op make, one behind the other.
struct Passes {
  std::vector<float> y, dx, dw, db;
};

/// By how much bfloat16 may part from float32 that multiplies the same rounded numbers: by the
/// order of a sum of some hundred products below 1, and of what it makes by its last bit.
void expect_near(const std::vector<float>& got, const std::vector<float>& expected,
                 double relative) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_NEAR(got[i], expected[i], 2e-5 + relative * std::fabs(expected[i])) << i;
  }
}

constexpr float kAlready = 10.0f;  // in dw and db, which are added to

Passes inner_products(Context& ctx, const std::vector<float>& xs, const std::vector<float>& ws,
                      const std::vector<float>& dys) {
  constexpr std::int64_t kRows = 33, kIn = 65, kOut = 31;
  const Tensor<float> x(ctx, {kRows, kIn}, xs), w(ctx, {kOut, kIn}, ws),
      dy(ctx, {kRows, kOut}, dys);
  const Tensor<float> b(ctx, {kOut}, test::random_values(kOut, 4));
  Tensor<float> y(ctx, {kRows, kOut}), dx(ctx, {kRows, kIn});
  Tensor<float> dw(ctx, {kOut, kIn}, repeated(kOut * kIn, kAlready));
  Tensor<float> db(ctx, {kOut}, repeated(kOut, kAlready));
  ops::inner_product_forward(ctx, x, w, b, y, true);
  ops::inner_product_backward_data(ctx, dy, w, dx);
  ops::inner_product_backward_weights(ctx, x, dy, dw, db);
  return {y.to_host_sync(), dx.to_host_sync(), dw.to_host_sync(), db.to_host_sync()};
}

TEST_P(NumericsOnGpu, Bf16MultipliesRoundedNumbersAndMakesFloat32InProducts) {
  const auto xs = test::random_values(33 * 65, 1), ws = test::random_values(31 * 65, 2),
             dys = test::random_values(33 * 31, 3);
  Context narrow = context({Precision::kBf16, Determinism::kBitwise});
  Context exact = context({Precision::kFp32, Determinism::kBitwise});
  EXPECT_EQ(narrow.backend().numerics().precision, Precision::kBf16);
  const Passes got = inner_products(narrow, xs, ws, dys);
  const Passes expected = inner_products(exact, test::rounded_to_bf16(xs),
                                         test::rounded_to_bf16(ws), test::rounded_to_bf16(dys));
  expect_near(got.y, expected.y, 0.0);
  expect_near(got.dx, expected.dx, 0.0);
  expect_near(got.dw, expected.dw, 0.0);
  expect_near(got.db, inner_products(exact, xs, ws, dys).db, 0.0);  // of dy as it is
}

Passes convolutions(Context& ctx, const Shape& image, bool with_bias, const std::vector<float>& xs,
                    const std::vector<float>& ws, const std::vector<float>& dys) {
  constexpr std::int64_t kOut = 33;
  const Window window = Window::square(3, 2, 1);
  const auto plan = ops::plan_convolution(ctx, window, image, kOut, {true, with_bias});
  const Tensor<float> x(ctx, image, xs), w(ctx, {kOut, image[1], 3, 3}, ws);
  const Tensor<float> b(ctx, {kOut}, test::random_values(kOut, 4));
  Tensor<float> y(ctx, window.output("test", image, kOut)), dx(ctx, image);
  const Tensor<float> dy(ctx, y.shape(), dys);
  Tensor<float> dw(ctx, w.shape(), repeated(w.shape().numel(), kAlready));
  Tensor<float> db(ctx, {kOut}, repeated(kOut, kAlready));
  plan->forward(ctx, x, w, with_bias ? b : View<const float>(), y);
  plan->backward_data(ctx, dy, w, dx);
  plan->backward_weights(ctx, x, dy, dw, db);
  return {y.to_host_sync(), dx.to_host_sync(), dw.to_host_sync(), db.to_host_sync()};
}

TEST_P(NumericsOnGpu, Bf16RoundsWhatConvolutionsMultiplyAndMake) {
  constexpr double kLastBit = 1.0 / 256.0;
  const Shape image{5, 3, 9, 7};
  const auto xs = test::random_values(image.numel(), 1), ws = test::random_values(33 * 27, 2),
             dys = test::random_values(5 * 33 * 5 * 4, 3);
  Context narrow = context({Precision::kBf16, Determinism::kBitwise});
  Context exact = context({Precision::kFp32, Determinism::kBitwise});
  for (const bool with_bias : {false, true}) {  // and a ReLU
    const Passes got = convolutions(narrow, image, with_bias, xs, ws, dys);
    const Passes expected = convolutions(exact, image, with_bias, test::rounded_to_bf16(xs),
                                         test::rounded_to_bf16(ws), test::rounded_to_bf16(dys));
    if (!with_bias) {
      expect_near(got.y, expected.y, kLastBit);
      EXPECT_EQ(got.y, test::rounded_to_bf16(got.y));
      EXPECT_NE(expected.y, test::rounded_to_bf16(expected.y));
    } else {  // of what was rounded, before a bias below 1 was added
      for (std::size_t i = 0; i < got.y.size(); ++i) {
        ASSERT_NEAR(got.y[i], expected.y[i], kLastBit * (1.0 + std::fabs(expected.y[i])));
      }
    }
    expect_near(got.dx, expected.dx, kLastBit);
    for (std::size_t i = 0; i < got.dw.size(); ++i) {  // whose last bit is of what was added
      const double added = std::fabs(static_cast<double>(expected.dw[i]) - kAlready);
      ASSERT_NEAR(got.dw[i], expected.dw[i], 2e-5 + kLastBit * added);
    }
    expect_near(got.db, convolutions(exact, image, with_bias, xs, ws, dys).db, 0.0);
  }
}

TEST_P(NumericsOnGpu, FastComputesTheSameButForRoundingWithWhatItTimedOrKept) {
  const test::TemporaryFolder folder;
  const test::ScopedVariable variable("INFOPLANE_PLAN_CACHE", folder / "plans.tsv");
  const Shape image{8, 16, 9, 7};
  const auto xs = test::random_values(image.numel(), 1), ws = test::random_values(33 * 144, 2),
             dys = test::random_values(8 * 33 * 5 * 4, 3);
  const auto rows = test::random_values(33 * 65, 4), weights = test::random_values(31 * 65, 5),
             gradients = test::random_values(33 * 31, 6);
  Context exact = context({Precision::kFp32, Determinism::kBitwise});
  EXPECT_EQ(exact.backend().numerics().determinism, Determinism::kBitwise);
  const Passes images = convolutions(exact, image, true, xs, ws, dys);
  const Passes products = inner_products(exact, rows, weights, gradients);
  for (int run = 0; run < 2; ++run) {
    Context fast = context({Precision::kFp32, Determinism::kFast});
    EXPECT_EQ(fast.backend().numerics().determinism, Determinism::kFast);
    const Passes fast_images = convolutions(fast, image, true, xs, ws, dys);
    expect_near(fast_images.y, images.y, 1e-5);
    expect_near(fast_images.dx, images.dx, 1e-5);
    expect_near(fast_images.dw, images.dw, 1e-5);
    const Passes fast_products = inner_products(fast, rows, weights, gradients);
    expect_near(fast_products.y, products.y, 1e-5);
    expect_near(fast_products.dx, products.dx, 1e-5);
    expect_near(fast_products.dw, products.dw, 1e-5);
    EXPECT_TRUE(std::filesystem::exists(folder / "plans.tsv"));
  }
}

TEST_P(NumericsOnGpu, TheUsualPrecisionIsTf32) {
  EXPECT_EQ(ops::make_context(Device::kCuda).backend().numerics().precision, Precision::kTf32);
}

INSTANTIATE_TEST_SUITE_P(Device, NumericsOnGpu, testing::Values(Device::kCuda), test::device_name);

}  // namespace
}  // namespace infoplane
