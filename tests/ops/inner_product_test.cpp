#include "ops/inner_product.h"

#include <cmath>
#include <limits>

#include "ops/activation.h"
#include "tests/oracle/activation.h"
#include "tests/oracle/inner_product.h"
#include "tests/support/devices.h"
#include "tests/support/errors.h"
#include "tests/support/guarded.h"
#include "tests/support/values.h"

namespace infoplane {
namespace {

using namespace test;

struct Sizes {
  int n, in, out;
};
constexpr Sizes kProducts[] = {{1, 1, 1},      {31, 33, 1},  {33, 1, 31},    {1, 31, 33},
                               {128, 100, 10}, {7, 784, 33}, {300, 65, 129}, {128, 12, 10},
                               {129, 10, 7},   {5, 4, 3},    {2, 3, 2},      {1, 16, 16},
                               {1000, 16, 1},  {4099, 7, 16}};

class InnerProductTest : public DeviceTest {};

/// Room for the rounding of a sum of `terms` products below 1, added up one by one as a GPU may.
double product_tolerance(int terms) { return 1e-6 + 3e-6 * std::sqrt(static_cast<double>(terms)); }

/// Values to multiply, of which products are exact: for a context of bfloat16 such numbers.
std::vector<float> multiplied(Context& ctx, const std::vector<float>& values) {
  return ctx.backend().numerics().precision == Precision::kBf16 ? rounded_to_bf16(values) : values;
}

/// y with and without a bias, and with a ReLU behind it or none.
void check_forward(Context& ctx, bool relu) {
  for (const auto& [n, in, out] : kProducts) {
    SCOPED_TRACE(testing::Message() << n << " x " << in << " -> " << out);
    const auto xs = multiplied(ctx, random_values(n * in, 1)),
               ws = multiplied(ctx, random_values(out * in, 2)), bs = random_values(out, 3);
    const Guarded<float> x(ctx, {n, in}, xs), w(ctx, {out, in}, ws), b(ctx, {out}, bs);
    Guarded<float> y(ctx, {n, out}), y_without(ctx, {n, out});
    ops::inner_product_forward(ctx, x, w, b, y, relu);
    ops::inner_product_forward(ctx, x, w, {}, y_without, relu);
    auto expected = oracle::inner_product(n, in, out, doubles(xs), doubles(ws), doubles(bs));
    auto expected_without = oracle::inner_product(n, in, out, doubles(xs), doubles(ws), {});
    if (relu) {
      expected = oracle::relu(expected);
      expected_without = oracle::relu(expected_without);
    }
    expect_near(y.to_host_sync(), expected, product_tolerance(in));
    expect_near(y_without.to_host_sync(), expected_without, product_tolerance(in));
  }
}

TEST_P(InnerProductTest, ForwardOverwritesWithTheProduct) {
  Context ctx = make_context();
  check_forward(ctx, false);
}

TEST_P(InnerProductTest, AReluCutsOffWhatIsNegative) {
  Context ctx = make_context();
  check_forward(ctx, true);
}

void check_relu_behind(Context& ctx) {
  for (const auto& [n, in, out] : kProducts) {
    SCOPED_TRACE(testing::Message() << n << " x " << in << " -> " << out);
    auto xs = random_values(n * in, 1);
    xs.back() = std::numeric_limits<float>::quiet_NaN();
    const Guarded<float> x(ctx, {n, in}, xs), w(ctx, {out, in}, random_values(out * in, 2)),
        b(ctx, {out}, random_values(out, 3));
    Guarded<float> y(ctx, {n, out}), expected(ctx, {n, out});
    ops::inner_product_forward(ctx, x, w, b, y, true);
    ops::inner_product_forward(ctx, x, w, b, expected);
    ops::activation_forward(ctx, Activation::kRelu, expected, expected);
    EXPECT_TRUE(same_bits(y.to_host_sync(), expected.to_host_sync()));
    EXPECT_TRUE(std::isnan(y.to_host_sync().back()));
  }
}

TEST(InnerProduct, TheHostsReluGivesTheBitsOfAPassBehindAndKeepsNans) {
  Context ctx = ops::make_context(Device::kCpu);
  check_relu_behind(ctx);
}

/// dx, dw and db, the last two added to what is there.
void check_backward(Context& ctx) {
  for (const auto& [n, in, out] : kProducts) {
    SCOPED_TRACE(testing::Message() << n << " x " << in << " -> " << out);
    const auto xs = multiplied(ctx, random_values(n * in, 4)),
               ws = multiplied(ctx, random_values(out * in, 5)),
               dys = multiplied(ctx, random_values(n * out, 6));
    const Guarded<float> x(ctx, {n, in}, xs), w(ctx, {out, in}, ws), dy(ctx, {n, out}, dys);
    const std::vector<float> dw_start(static_cast<std::size_t>(in * out), 0.25f);
    const std::vector<float> db_start(static_cast<std::size_t>(out), -0.5f);
    Guarded<float> dx(ctx, {n, in}), dw(ctx, {out, in}, dw_start), db(ctx, {out}, db_start);
    ops::inner_product_backward_data(ctx, dy, w, dx);
    ops::inner_product_backward_weights(ctx, x, dy, dw, db);
    auto expected =
        oracle::inner_product_backward(n, in, out, doubles(xs), doubles(ws), doubles(dys));
    for (double& value : expected.dw) {
      value += 0.25;
    }
    for (double& value : expected.db) {
      value -= 0.5;
    }
    expect_near(dx.to_host_sync(), expected.dx, product_tolerance(out));
    expect_near(dw.to_host_sync(), expected.dw, product_tolerance(n));
    expect_near(db.to_host_sync(), expected.db, product_tolerance(n));

    Guarded<float> dw_alone(ctx, {out, in}, dw_start);
    ops::inner_product_backward_weights(ctx, x, dy, dw_alone, {});
    EXPECT_TRUE(same_bits(dw_alone.to_host_sync(), dw.to_host_sync()));
  }
}

TEST_P(InnerProductTest, BackwardOverwritesDxAndAddsToDwAndDb) {
  Context ctx = make_context();
  check_backward(ctx);
}

TEST(InnerProductInBf16, OfBfloat16IsAsOfFloat32) {
  if (const std::string why = why_no_bf16(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  for (const int threads : {1, 3}) {
    Context ctx = make_bf16_context(threads);
    check_forward(ctx, false);
    check_forward(ctx, true);
    check_relu_behind(ctx);
    check_backward(ctx);
  }
}

TEST(InnerProductInBf16, RoundsWhatItMultiplies) {
  if (const std::string why = why_no_bf16(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  Context ctx = make_bf16_context();
  for (const auto& [n, in, out] : kProducts) {
    SCOPED_TRACE(testing::Message() << n << " x " << in << " -> " << out);
    const auto xs = random_values(n * in, 1), ws = random_values(out * in, 2),
               dys = random_values(n * out, 3);
    const auto passes = [&](const std::vector<float>& x_values, const std::vector<float>& w_values,
                            const std::vector<float>& dy_values) {
      const Tensor<float> x(ctx, {n, in}, x_values), w(ctx, {out, in}, w_values),
          dy(ctx, {n, out}, dy_values);
      Tensor<float> y(ctx, {n, out}), dx(ctx, {n, in}), dw(ctx, {out, in});
      dw.fill_zero();
      ops::inner_product_forward(ctx, x, w, {}, y);
      ops::inner_product_backward_data(ctx, dy, w, dx);
      ops::inner_product_backward_weights(ctx, x, dy, dw, {});
      std::vector<float> all;
      for (const Tensor<float>* tensor : {&y, &dx, &dw}) {
        const std::vector<float> values = tensor->to_host_sync();
        all.insert(all.end(), values.begin(), values.end());
      }
      return all;
    };
    EXPECT_TRUE(same_bits(passes(xs, ws, dys),
                          passes(rounded_to_bf16(xs), rounded_to_bf16(ws), rounded_to_bf16(dys))));
  }
}

TEST_P(InnerProductTest, ShapesMustAgree) {
  Context ctx = make_context();
  Guarded<float> x(ctx, {4, 3}), w(ctx, {5, 3}), b(ctx, {5}), y(ctx, {4, 5});
  Guarded<float> bad_w(ctx, {3, 5}), bad_b(ctx, {4}), bad_y(ctx, {3, 5}), image(ctx, {4, 3, 1, 1});
  expect_error<ShapeError>([&] { ops::inner_product_forward(ctx, image, w, b, y); },
                           {"inner_product_forward", "x", "[4, 3, 1, 1]", "rank 2"});
  expect_error<ShapeError>([&] { ops::inner_product_forward(ctx, x, bad_w, b, y); },
                           {"inner_product_forward", "w", "[3, 5]", "[5, 3]"});
  expect_error<ShapeError>([&] { ops::inner_product_forward(ctx, x, w, bad_b, y); },
                           {"inner_product_forward", "b", "[4]", "[5]"});
  expect_error<ShapeError>([&] { ops::inner_product_forward(ctx, x, w, b, bad_y); },
                           {"inner_product_forward", "y", "[3, 5]", "[4, 5]"});
  expect_error<ShapeError>([&] { ops::inner_product_backward_data(ctx, y, bad_w, x); },
                           {"inner_product_backward_data", "w", "[3, 5]", "[5, 3]"});
  expect_error<ShapeError>([&] { ops::inner_product_backward_data(ctx, bad_y, w, x); },
                           {"inner_product_backward_data", "dx", "[4, 3]", "[3, 3]"});
  expect_error<ShapeError>([&] { ops::inner_product_backward_weights(ctx, x, bad_y, w, b); },
                           {"inner_product_backward_weights", "dy", "[3, 5]", "[4, 5]"});
  expect_error<ShapeError>([&] { ops::inner_product_backward_weights(ctx, x, y, bad_w, b); },
                           {"inner_product_backward_weights", "dw", "[3, 5]", "[5, 3]"});
  expect_error<ShapeError>([&] { ops::inner_product_backward_weights(ctx, x, y, w, bad_b); },
                           {"inner_product_backward_weights", "db", "[4]", "[5]"});
}

INFOPLANE_FOR_EACH_DEVICE(InnerProductTest);

}  // namespace
}  // namespace infoplane
