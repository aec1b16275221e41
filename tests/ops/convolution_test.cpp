#include "ops/convolution.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "core/error.h"
#include "ops/activation.h"
#include "ops/context.h"
#include "tests/oracle/activation.h"
#include "tests/oracle/convolution.h"
#include "tests/support/devices.h"
#include "tests/support/environment.h"
#include "tests/support/errors.h"
#include "tests/support/guarded.h"
#include "tests/support/values.h"
#include "tests/support/windows.h"

namespace infoplane {
namespace {

using namespace test;

struct Case {
  oracle::Windowed sizes;
  int k;  ///< output channels
};

// n, c, h, w, kernel, stride, padding; then the output channels.
const Case kCases[] = {
    {{1, 1, 1, 1, 1, 1, 1, 1, 0, 0}, 1},
    {{2, 16, 5, 5, 1, 1, 1, 1, 0, 0}, 32},
    {{3, 31, 4, 6, 1, 1, 1, 1, 0, 0}, 33},
    {{2, 3, 8, 8, 3, 3, 1, 1, 1, 1}, 16},
    {{2, 33, 7, 5, 3, 3, 1, 1, 1, 1}, 31},
    {{3, 1, 28, 28, 5, 5, 1, 1, 2, 2}, 10},
    {{2, 10, 14, 14, 5, 5, 1, 1, 2, 2}, 20},
    {{2, 3, 32, 32, 11, 11, 4, 4, 5, 5}, 64},
    {{2, 8, 9, 9, 3, 3, 2, 2, 0, 0}, 12},
    {{2, 16, 10, 10, 3, 3, 2, 2, 0, 0}, 16},
    {{2, 4, 8, 8, 3, 3, 2, 2, 1, 1}, 8},
    {{2, 5, 9, 13, 3, 5, 2, 1, 1, 2}, 7},
    {{2, 6, 7, 12, 1, 4, 3, 2, 0, 1}, 9},
    {{2, 4, 6, 6, 2, 2, 1, 1, 0, 0}, 4},
    {{1, 2, 3, 3, 3, 3, 1, 1, 0, 0}, 5},
    {{2, 3, 6, 6, 1, 1, 2, 2, 1, 1}, 4},
    // Enough images for the host's kernels that have images in lanes.
    {{32, 3, 7, 6, 5, 5, 1, 1, 2, 2}, 10},
    {{33, 20, 4, 4, 3, 3, 1, 1, 1, 1}, 29},
    {{31, 17, 2, 2, 3, 3, 1, 1, 1, 1}, 33},
    {{65, 1, 9, 5, 3, 4, 1, 1, 2, 3}, 1},
    {{63, 5, 6, 7, 2, 3, 1, 1, 0, 0}, 7},
    {{40, 31, 1, 3, 1, 1, 1, 1, 0, 0}, 15},
    {{64, 12, 9, 8, 5, 4, 3, 2, 2, 1}, 6},
    {{32, 3, 20, 20, 11, 11, 4, 4, 5, 5}, 64},
    {{64, 20, 5, 7, 3, 3, 1, 1, 1, 1}, 33},
    {{60, 18, 7, 6, 3, 3, 1, 1, 0, 2}, 17},
    {{32, 40, 8, 5, 3, 3, 1, 1, 1, 0}, 40},
    {{96, 10, 9, 9, 3, 3, 1, 1, 1, 1}, 20},
    {{30, 4, 1, 1, 5, 5, 1, 1, 2, 2}, 3},
    {{64, 70, 3, 3, 3, 3, 1, 1, 1, 0}, 5},
    // As much padding as kernel, and several pieces, the last one smaller.
    {{2, 3, 5, 5, 2, 2, 1, 1, 2, 2}, 4},
    {{2, 3, 4, 4, 1, 1, 1, 1, 1, 1}, 4},
    {{263, 3, 3, 4, 3, 3, 1, 1, 1, 1}, 5},
    {{127, 17, 6, 5, 3, 3, 1, 1, 1, 1}, 33},
    {{100, 6, 5, 7, 3, 3, 2, 1, 1, 1}, 20},
    {{9, 64, 4, 4, 3, 3, 1, 1, 1, 1}, 32},
};

/// Room for the rounding of a sum of `terms` products below 1. Partial sums grow with the root of
/// their terms; where one follows the other, as in oneDNN's loops for AVX2, their roundings add up
/// to something that grows with the terms.
double tolerance(int terms) {
  return 1e-6 + 2e-6 * std::sqrt(static_cast<double>(terms)) + 4e-8 * terms;
}

/// One convolution's tensors in row-major order, on the host; for a context of bfloat16 of such
/// numbers, of which products are exact, so that the same tolerance holds.
struct Values {
  explicit Values(const Case& test, Precision precision = Precision::kFp32)
      : x_shape(input_of(test.sizes)),
        w_shape{test.k, test.sizes.c, test.sizes.kernel_h, test.sizes.kernel_w},
        y_shape{test.sizes.n, test.k, test.sizes.out_h(), test.sizes.out_w()},
        x(random_values(x_shape.numel(), 1)),
        w(random_values(w_shape.numel(), 2)),
        b(random_values(test.k, 3)),
        dy(random_values(y_shape.numel(), 4)) {
    if (precision == Precision::kBf16) {
      x = rounded_to_bf16(x);
      w = rounded_to_bf16(w);
      dy = rounded_to_bf16(dy);
    }
  }

  Shape x_shape, w_shape, y_shape;
  std::vector<float> x, w, b, dy;
};

class ConvolutionTest : public DeviceTest {};

/// A plan must not count on what the host's scratch memory holds: NaNs, where it is read first.
void poison_scratch(Context& ctx) {
  constexpr std::size_t kBytes = std::size_t{8} << 20;
  if (ctx.device() == Device::kCpu) {
    std::memset(ctx.scratch(kBytes), 0xFF, kBytes);
  }
}

/// Checks every shape, also where a library refuses another one.
template <class Check>
void for_each_case(const Check& check) {
  for (const Case& test : kCases) {
    SCOPED_TRACE(describe(test.sizes));
    try {
      check(test);
    } catch (const Error& error) {
      ADD_FAILURE() << error.what();
    }
  }
}

/// y with and without a bias.
void check_forward(Context& ctx, const ConvolutionOptions& options) {
  for_each_case([&](const Case& test) {
    const Values v(test, ctx.backend().numerics().precision);
    const auto plan = ops::plan_convolution(ctx, window_of(test.sizes), v.x_shape, test.k, options);
    const Guarded<float> x(ctx, v.x_shape, channels_last(v.x_shape, v.x));
    const Guarded<float> w(ctx, v.w_shape, channels_last(v.w_shape, v.w));
    const Guarded<float> b(ctx, {test.k}, v.b);
    Guarded<float> y(ctx, v.y_shape), y_without(ctx, v.y_shape);
    poison_scratch(ctx);
    plan->forward(ctx, x, w, b, y);
    poison_scratch(ctx);
    plan->forward(ctx, x, w, {}, y_without);
    auto expected =
        oracle::convolution(test.sizes, test.k, doubles(v.x), doubles(v.w), doubles(v.b));
    auto expected_without = oracle::convolution(test.sizes, test.k, doubles(v.x), doubles(v.w), {});
    if (options.relu) {
      expected = oracle::relu(expected);
      expected_without = oracle::relu(expected_without);
    }
    const int terms = test.sizes.c * test.sizes.kernel_h * test.sizes.kernel_w;
    expect_near(plain(v.y_shape, y.to_host_sync()), expected, tolerance(terms));
    expect_near(plain(v.y_shape, y_without.to_host_sync()), expected_without, tolerance(terms));
  });
}

TEST_P(ConvolutionTest, ForwardOverwritesWithTheCrossCorrelation) {
  Context ctx = make_context();
  check_forward(ctx, {});
}

TEST_P(ConvolutionTest, AReluCutsOffWhatIsNegative) {
  Context ctx = make_context();
  check_forward(ctx, {false, true});
}

void check_relu_behind(Context& ctx) {
  for (const Case& test : kCases) {
    SCOPED_TRACE(describe(test.sizes));
    Values v(test);
    std::fill_n(v.x.end() - test.sizes.h * test.sizes.w, test.sizes.h * test.sizes.w,
                std::numeric_limits<float>::quiet_NaN());
    const Guarded<float> x(ctx, v.x_shape, channels_last(v.x_shape, v.x));
    const Guarded<float> w(ctx, v.w_shape, channels_last(v.w_shape, v.w));
    const Guarded<float> b(ctx, {test.k}, v.b);
    Guarded<float> y(ctx, v.y_shape), expected(ctx, v.y_shape);
    const auto plan = [&](bool relu) {
      return ops::plan_convolution(ctx, window_of(test.sizes), v.x_shape, test.k, {true, relu});
    };
    plan(true)->forward(ctx, x, w, b, y);
    plan(false)->forward(ctx, x, w, b, expected);
    ops::activation_forward(ctx, Activation::kRelu, expected, expected);
    EXPECT_TRUE(same_bits(y.to_host_sync(), expected.to_host_sync()));
    const std::vector<float> values = y.to_host_sync();
    EXPECT_TRUE(std::any_of(values.begin(), values.end(), [](float f) { return std::isnan(f); }));
  }
}

TEST(Convolution, TheHostsReluGivesTheBitsOfAPassBehindAndKeepsNans) {
  Context ctx = ops::make_context(Device::kCpu);
  check_relu_behind(ctx);
}

/// dx, dw and db, the last two added to what is there.
void check_backward(Context& ctx) {
  for_each_case([&](const Case& test) {
    const Values v(test, ctx.backend().numerics().precision);
    const auto plan = ops::plan_convolution(ctx, window_of(test.sizes), v.x_shape, test.k);
    const Guarded<float> x(ctx, v.x_shape, channels_last(v.x_shape, v.x));
    const Guarded<float> w(ctx, v.w_shape, channels_last(v.w_shape, v.w));
    const Guarded<float> dy(ctx, v.y_shape, channels_last(v.y_shape, v.dy));
    const std::vector<float> dw_start(v.w.size(), 0.25f);
    const std::vector<float> db_start(v.b.size(), -0.5f);
    Guarded<float> dx(ctx, v.x_shape), dw(ctx, v.w_shape, dw_start), db(ctx, {test.k}, db_start);
    poison_scratch(ctx);
    plan->backward_data(ctx, dy, w, dx);
    poison_scratch(ctx);
    plan->backward_weights(ctx, x, dy, dw, db);
    auto expected =
        oracle::convolution_backward(test.sizes, test.k, doubles(v.x), doubles(v.w), doubles(v.dy));
    for (double& value : expected.dw) {
      value += 0.25;
    }
    for (double& value : expected.db) {
      value -= 0.5;
    }
    const int pixels = test.sizes.n * test.sizes.out_h() * test.sizes.out_w();
    expect_near(plain(v.x_shape, dx.to_host_sync()), expected.dx,
                tolerance(test.k * test.sizes.kernel_h * test.sizes.kernel_w));
    expect_near(plain(v.w_shape, dw.to_host_sync()), expected.dw, tolerance(pixels));
    expect_near(db.to_host_sync(), expected.db, tolerance(pixels));

    Guarded<float> dw_alone(ctx, v.w_shape, dw_start);
    plan->backward_weights(ctx, x, dy, dw_alone, {});
    expect_near(plain(v.w_shape, dw_alone.to_host_sync()), expected.dw, tolerance(pixels));
  });
}

TEST_P(ConvolutionTest, BackwardOverwritesDxAndAddsToDwAndDb) {
  Context ctx = make_context();
  check_backward(ctx);
}

TEST(Convolution, OfOneDnnAloneIsAsOfAllKernels) {
  const ScopedVariable no_lanes("INFOPLANE_CPU_KERNEL", "scalar");
  Context ctx = ops::make_context(Device::kCpu, {3});
  check_forward(ctx, {});
  check_forward(ctx, {false, true});
  check_backward(ctx);
}

class ConvolutionInBf16 : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = why_no_bf16(); !why.empty()) {
      GTEST_SKIP() << why;
    }
  }
};

TEST_F(ConvolutionInBf16, OfBfloat16IsAsOfFloat32) {
  for (const int threads : {1, 3}) {
    Context ctx = make_bf16_context(threads);
    check_forward(ctx, {});
    check_forward(ctx, {false, true});
    check_backward(ctx);
    check_relu_behind(ctx);
  }
}

// By columns and by oneDNN, and by both for different passes.
TEST_F(ConvolutionInBf16, PlansThePassesThatAreWanted) {
  Context ctx = make_bf16_context();
  const Window window = Window::square(3, 1, 1);
  for (const std::int64_t width : {4, 9, 18}) {
    const Shape x{8, 24, width, width};
    const std::string columns = "columns, oneDNN";
    const auto whole = ops::plan_convolution(ctx, window, x, 40);
    const auto first = ops::plan_convolution(ctx, window, x, 40, {true, false, false});
    const auto evaluates = ops::plan_convolution(ctx, window, x, 40, {false});
    for (const ConvolutionPlan* plan : {whole.get(), first.get(), evaluates.get()}) {
      EXPECT_EQ(plan->algorithm(ConvolutionPass::kForward).rfind(columns, 0) == 0, width < 7);
    }
    EXPECT_EQ(whole->algorithm(ConvolutionPass::kBackwardData).rfind(columns, 0) == 0, width < 7);
    for (const ConvolutionPlan* plan : {whole.get(), first.get()}) {
      EXPECT_EQ(plan->algorithm(ConvolutionPass::kBackwardWeights).rfind(columns, 0) == 0,
                width < 14);
    }
  }
}

TEST_F(ConvolutionInBf16, RoundsWhatItMultipliesAndNothingElse) {
  Context ctx = make_bf16_context();
  const Case cases[] = {{{8, 24, 4, 4, 3, 3, 1, 1, 1, 1}, 40},
                        {{8, 24, 9, 9, 3, 3, 1, 1, 1, 1}, 40},
                        {{8, 24, 18, 18, 3, 3, 1, 1, 1, 1}, 40}};
  for (const Case& test : cases) {
    SCOPED_TRACE(describe(test.sizes));
    const auto passes = [&](const Values& v, const std::vector<float>& dy_for_b) {
      const auto plan = ops::plan_convolution(ctx, window_of(test.sizes), v.x_shape, test.k);
      const Tensor<float> x(ctx, v.x_shape, v.x), w(ctx, v.w_shape, v.w), b(ctx, {test.k}, v.b),
          dy(ctx, v.y_shape, v.dy), whole_dy(ctx, v.y_shape, dy_for_b);
      Tensor<float> y(ctx, v.y_shape), dx(ctx, v.x_shape), dw(ctx, v.w_shape), db(ctx, {test.k}),
          unused(ctx, v.w_shape);
      plan->forward(ctx, x, w, b, y);
      plan->backward_data(ctx, dy, w, dx);
      dw.fill_zero();
      db.fill_zero();
      unused.fill_zero();
      plan->backward_weights(ctx, x, dy, dw, {});
      plan->backward_weights(ctx, x, whole_dy, unused, db);
      std::vector<float> all;
      for (const Tensor<float>* tensor : {&y, &dx, &dw, &db}) {
        const std::vector<float> values = tensor->to_host_sync();
        all.insert(all.end(), values.begin(), values.end());
      }
      return all;
    };
    const Values whole(test), rounded(test, Precision::kBf16);
    EXPECT_TRUE(same_bits(passes(whole, whole.dy), passes(rounded, whole.dy)));
    EXPECT_FALSE(same_bits(passes(whole, whole.dy), passes(whole, rounded.dy)));
  }
}

TEST_P(ConvolutionTest, APlanServesManyWeights) {
  Context ctx = make_context();
  const Case test{{2, 16, 6, 6, 3, 3, 1, 1, 1, 1}, 16};
  const Values v(test);
  const auto plan = ops::plan_convolution(ctx, window_of(test.sizes), v.x_shape, test.k);
  const Guarded<float> x(ctx, v.x_shape, channels_last(v.x_shape, v.x));
  for (std::uint64_t seed = 10; seed < 13; ++seed) {
    const auto ws = random_values(v.w_shape.numel(), seed);
    const Guarded<float> w(ctx, v.w_shape, channels_last(v.w_shape, ws));
    Guarded<float> y(ctx, v.y_shape);
    plan->forward(ctx, x, w, {}, y);
    expect_near(plain(v.y_shape, y.to_host_sync()),
                oracle::convolution(test.sizes, test.k, doubles(v.x), doubles(ws), {}),
                tolerance(16 * 9));
  }
}

TEST_P(ConvolutionTest, ShapesMustAgree) {
  Context ctx = make_context();
  const Window window = Window::square(3, 1, 1);
  expect_error<ShapeError>(
      [&] {
        ops::plan_convolution(ctx, window, {4, 3}, 5);
      },
      {"plan_convolution", "[4, 3]", "[N, C, H, W]"});
  expect_error<ShapeError>(
      [&] {
        ops::plan_convolution(ctx, window, {4, 3, 8, 8}, 0);
      },
      {"plan_convolution", "0 output channels"});
  expect_error<ShapeError>(
      [&] {
        ops::plan_convolution(ctx, Window::square(5, 1, 0), {4, 3, 4, 8}, 2);
      },
      {"plan_convolution", "5 x 5", "4 x 8"});
  expect_error<ShapeError>(
      [&] {
        ops::plan_convolution(ctx, Window::square(3, 0, 0), {4, 3, 4, 8}, 2);
      },
      {"plan_convolution", "stride 0 x 0"});

  const auto plan = ops::plan_convolution(ctx, window, {2, 3, 4, 4}, 5);
  Guarded<float> x(ctx, {2, 3, 4, 4}), w(ctx, {5, 3, 3, 3}), b(ctx, {5}), y(ctx, {2, 5, 4, 4});
  Guarded<float> bad_x(ctx, {1, 3, 4, 4}), bad_w(ctx, {3, 5, 3, 3}), bad_b(ctx, {3});
  expect_error<ShapeError>([&] { plan->forward(ctx, bad_x, w, b, y); },
                           {"x", "[1, 3, 4, 4]", "[2, 3, 4, 4]"});
  expect_error<ShapeError>([&] { plan->forward(ctx, x, bad_w, b, y); },
                           {"w", "[3, 5, 3, 3]", "[5, 3, 3, 3]"});
  expect_error<ShapeError>([&] { plan->forward(ctx, x, w, bad_b, y); }, {"b", "[3]", "[5]"});
  expect_error<ShapeError>([&] { plan->forward(ctx, x, w, b, x); },
                           {"y", "[2, 3, 4, 4]", "[2, 5, 4, 4]"});
  expect_error<ShapeError>([&] { plan->backward_data(ctx, x, w, x); },
                           {"dy", "[2, 3, 4, 4]", "[2, 5, 4, 4]"});
  expect_error<ShapeError>([&] { plan->backward_data(ctx, y, w, bad_x); },
                           {"dx", "[1, 3, 4, 4]", "[2, 3, 4, 4]"});
  expect_error<ShapeError>([&] { plan->backward_weights(ctx, x, y, bad_w, b); },
                           {"dw", "[3, 5, 3, 3]", "[5, 3, 3, 3]"});
  expect_error<ShapeError>([&] { plan->backward_weights(ctx, x, y, w, bad_b); },
                           {"db", "[3]", "[5]"});
}

INFOPLANE_FOR_EACH_DEVICE(ConvolutionTest);

}  // namespace
}  // namespace infoplane
