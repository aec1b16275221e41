#include "ops/max_pool.h"

#include <cmath>

#include "tests/oracle/max_pool.h"
#include "tests/support/devices.h"
#include "tests/support/errors.h"
#include "tests/support/guarded.h"
#include "tests/support/values.h"
#include "tests/support/windows.h"

namespace infoplane {
namespace {

using namespace test;

// n, c, h, w, kernel, stride, padding.
const oracle::Windowed kPools[] = {
    {1, 1, 1, 1, 1, 1, 1, 1, 0, 0},      // nothing to choose
    {2, 10, 8, 8, 2, 2, 2, 2, 0, 0},     // the paper's P
    {2, 33, 7, 9, 2, 2, 2, 2, 0, 0},     // odd sizes leave a row and a column out
    {3, 40, 7, 7, 3, 3, 2, 2, 0, 0},     // overlapping
    {2, 31, 5, 5, 1, 1, 2, 2, 0, 0},     // P 1/2 leaves gaps
    {2, 4, 6, 6, 3, 3, 1, 1, 1, 1},      // overlapping and padded
    {2, 70, 9, 6, 3, 2, 2, 3, 1, 0},     // more channels than a tile, uneven
    {1, 3, 17, 16, 16, 16, 1, 1, 0, 0},  // 256 elements, the most
};

/// x of a case: few distinct values, so that windows hold ties.
std::vector<float> tied_values(const oracle::Windowed& s, std::uint64_t seed) {
  std::vector<float> values;
  for (const std::int32_t value : random_integers(input_of(s).numel(), seed, 4)) {
    values.push_back(static_cast<float>(value) - 10.0f);  // all below the zeros of a padded copy
  }
  return values;
}

class MaxPoolTest : public DeviceTest {};

TEST_P(MaxPoolTest, TheFirstLargestOfEachWindowWins) {
  Context ctx = make_context();
  for (const oracle::Windowed& s : kPools) {
    SCOPED_TRACE(describe(s));
    const Shape out{s.n, s.c, s.out_h(), s.out_w()};
    for (const auto& values : {tied_values(s, 1), random_values(input_of(s).numel(), 2)}) {
      const Guarded<float> x(ctx, input_of(s), channels_last(input_of(s), values));
      Guarded<float> y(ctx, out), y_alone(ctx, out);
      Guarded<std::uint8_t> argmax(ctx, out);
      ops::max_pool_forward(ctx, window_of(s), x, y, argmax);
      ops::max_pool_forward(ctx, window_of(s), x, y_alone, {});
      const oracle::MaxPool expected = oracle::max_pool(s, doubles(values));
      EXPECT_EQ(doubles(plain(out, y.to_host_sync())), expected.y);
      EXPECT_EQ(doubles(plain(out, argmax.to_host_sync())), doubles(expected.argmax));
      EXPECT_TRUE(same_bits(y.to_host_sync(), y_alone.to_host_sync()));
    }
  }
}

TEST_P(MaxPoolTest, BackwardGivesEachGradientToItsWinner) {
  Context ctx = make_context();
  for (const oracle::Windowed& s : kPools) {
    SCOPED_TRACE(describe(s));
    const Shape out{s.n, s.c, s.out_h(), s.out_w()};
    const auto values = tied_values(s, 3);
    const auto gradients = random_values(out.numel(), 4);
    const Guarded<float> x(ctx, input_of(s), channels_last(input_of(s), values));
    const Guarded<float> dy(ctx, out, channels_last(out, gradients));
    Guarded<float> y(ctx, out), dx(ctx, input_of(s));
    Guarded<std::uint8_t> argmax(ctx, out);
    ops::max_pool_forward(ctx, window_of(s), x, y, argmax);
    ops::max_pool_backward(ctx, window_of(s), dy, argmax, dx);
    const auto expected = oracle::max_pool_backward(s, oracle::max_pool(s, doubles(values)).argmax,
                                                    doubles(gradients));
    expect_near(plain(input_of(s), dx.to_host_sync()), expected, 2e-5);
  }
}

TEST_P(MaxPoolTest, MinusInfinityIsAValueLikeAnotherAndPaddingNeverWins) {
  Context ctx = make_context();
  const Shape shape{1, 1, 2, 2};
  const Guarded<float> x(ctx, shape, std::vector<float>(4, -INFINITY));
  Guarded<float> y(ctx, shape);
  Guarded<std::uint8_t> argmax(ctx, shape);
  ops::max_pool_forward(ctx, Window::square(3, 1, 1), x, y, argmax);
  EXPECT_EQ(y.to_host_sync(), std::vector<float>(4, -INFINITY));
  // All four windows begin with the image's first pixel, seen from four places.
  EXPECT_EQ(argmax.to_host_sync(), (std::vector<std::uint8_t>{4, 3, 1, 0}));
}

TEST_P(MaxPoolTest, ANanIsSeen) {
  Context ctx = make_context();
  for (const std::size_t place : {0, 1, 3}) {
    std::vector<float> values = {1.0f, 2.0f, 3.0f, 0.0f};
    values[place] = NAN;
    const Guarded<float> x(ctx, {1, 1, 2, 2}, values);
    Guarded<float> y(ctx, {1, 1, 1, 1}, {0.0f});
    ops::max_pool_forward(ctx, Window::square(2, 2, 0), x, y, {});
    EXPECT_TRUE(std::isnan(y.to_host_sync()[0])) << "at " << place;
  }
}

TEST_P(MaxPoolTest, ShapesMustAgree) {
  Context ctx = make_context();
  const Window window = Window::square(2, 2, 0);
  Guarded<float> x(ctx, {2, 3, 4, 4}), y(ctx, {2, 3, 2, 2}), bad_y(ctx, {2, 3, 3, 2});
  Guarded<std::uint8_t> argmax(ctx, {2, 3, 2, 2}), bad_argmax(ctx, {2, 3, 2, 1});
  expect_error<ShapeError>([&] { ops::max_pool_forward(ctx, window, x, bad_y, argmax); },
                           {"max_pool_forward", "y", "[2, 3, 3, 2]", "[2, 3, 2, 2]"});
  expect_error<ShapeError>([&] { ops::max_pool_forward(ctx, window, x, y, bad_argmax); },
                           {"max_pool_forward", "argmax", "[2, 3, 2, 1]", "[2, 3, 2, 2]"});
  expect_error<ShapeError>([&] { ops::max_pool_backward(ctx, window, bad_y, argmax, x); },
                           {"max_pool_backward", "dy", "[2, 3, 3, 2]", "[2, 3, 2, 2]"});
  expect_error<ShapeError>([&] { ops::max_pool_backward(ctx, window, y, bad_argmax, x); },
                           {"max_pool_backward", "argmax", "[2, 3, 2, 1]", "[2, 3, 2, 2]"});
  Guarded<float> wide(ctx, {1, 1, 20, 20}), wide_y(ctx, {1, 1, 4, 4});
  expect_error<ShapeError>(
      [&] { ops::max_pool_forward(ctx, Window::square(17, 1, 0), wide, wide_y, {}); },
      {"289 elements", "256"});
  Guarded<float> padded_y(ctx, {2, 3, 4, 4});
  expect_error<ShapeError>(
      [&] { ops::max_pool_forward(ctx, Window::square(2, 2, 2), x, padded_y, {}); },
      {"padding 2 x 2", "half the window"});
}

INFOPLANE_FOR_EACH_DEVICE(MaxPoolTest);

}  // namespace
}  // namespace infoplane
