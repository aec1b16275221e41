#include "analysis/inversion_control.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

#include "core/error.h"
#include "tests/support/values.h"

namespace infoplane::test {
namespace {

/// I(T;Y) and I(X;T) rise together while accuracy falls: all pairs are inverted, and all agree.
struct Trace {
  std::vector<double> rising = std::vector<double>(200);
  std::vector<double> falling = std::vector<double>(200);
  Trace() {
    std::iota(rising.begin(), rising.end(), 1.0);
    std::iota(falling.rbegin(), falling.rend(), 1.0);
  }
};

TEST(InversionControl, DealtOutIsAboutOneHalf) {
  const Trace trace;
  ASSERT_EQ(count_inversions(trace.rising, trace.falling, trace.rising).percentage(), 1.0);
  const InversionControl control =
      control_dealt_out(trace.rising, trace.falling, trace.rising, 200, 1);
  EXPECT_EQ(control.repeats, 200);
  EXPECT_NEAR(control.mean, 0.5, 0.02);
  EXPECT_GT(control.low, 0.35);
  EXPECT_LT(control.low, control.mean);
  EXPECT_GT(control.high, control.mean);
  EXPECT_LT(control.high, 0.65);
  const InversionControl again =
      control_dealt_out(trace.rising, trace.falling, trace.rising, 200, 1);
  EXPECT_EQ(again.mean, control.mean);
}

TEST(InversionControl, MovedKeepsADrift) {
  // Moved by k, the first n-k and the last k still rise; pairs across do not agree.
  const std::vector<double> rising = {1, 2, 3, 4};
  const std::vector<double> falling = {4, 3, 2, 1};
  const InversionControl control = control_moved(rising, falling, rising, 99);
  EXPECT_EQ(control.repeats, 3);
  EXPECT_DOUBLE_EQ(control.mean, (3.0 + 2.0 + 3.0) / 6.0 / 3.0);
  const Trace trace;
  const InversionControl wide = control_moved(trace.rising, trace.falling, trace.rising, 50);
  EXPECT_EQ(wide.repeats, 50);
  EXPECT_GT(wide.high - wide.low, 0.4);
}

TEST(InversionControl, SaysNothingWhereNothingIsInverted) {
  const std::vector<double> rising = {1, 2, 3};
  const InversionControl control = control_dealt_out(rising, rising, rising, 10, 1);
  EXPECT_EQ(control.repeats, 0);
  EXPECT_TRUE(std::isnan(control.mean));
  EXPECT_EQ(control_moved(std::vector{1.0}, std::vector{1.0}, std::vector{1.0}, 10).repeats, 0);
  EXPECT_THROW(control_dealt_out(rising, rising, rising, 0, 1), UsageError);
}

TEST(InversionControl, ALineMayTurnOnce) {
  // Accuracy falls to the fifth sample and rises again, and I(T;Y) against it: a rising line agrees
  // with half of the pairs or somewhat more, one that turns there with all.
  const std::vector<double> accuracy = {4.25, 3.25, 2.25, 1.25, 0.25, 0.75, 1.75, 2.75, 3.75};
  std::vector<double> i_ty(accuracy.size());
  std::transform(accuracy.begin(), accuracy.end(), i_ty.begin(), std::negate<>());
  std::vector<double> line(accuracy.size());
  std::iota(line.begin(), line.end(), 0.0);
  const double straight = count_inversions(i_ty, accuracy, line).percentage();
  EXPECT_LT(straight, 0.7);
  EXPECT_GT(straight, 0.3);
  EXPECT_DOUBLE_EQ(control_one_turn(i_ty, accuracy, 2), std::max(straight, 1.0 - straight));
  EXPECT_EQ(control_one_turn(i_ty, accuracy, 10), 1.0);
  EXPECT_TRUE(std::isnan(control_one_turn(accuracy, accuracy, 10)));
  EXPECT_THROW(control_one_turn(i_ty, accuracy, 1), UsageError);
}

TEST(InversionControl, CountsStartsOfATrace) {
  const auto i_ty = doubles(random_values(50, 1, 0.0f, 1.0f));
  const auto accuracy = doubles(random_values(50, 2, 0.0f, 1.0f));
  const auto i_xt = doubles(random_values(50, 3, 0.0f, 1.0f));
  const std::vector<std::size_t> lengths = {1, 20, 50, 70};
  const auto starts = count_inversions_of_starts(i_ty, accuracy, i_xt, lengths);
  ASSERT_EQ(starts.size(), 4u);
  EXPECT_EQ(starts[0].inversions, 0);
  const Inversions first = count_inversions(
      std::span(i_ty).first(20), std::span(accuracy).first(20), std::span(i_xt).first(20));
  EXPECT_EQ(starts[1].inversions, first.inversions);
  EXPECT_EQ(starts[1].agreeing, first.agreeing);
  EXPECT_EQ(starts[2].agreeing, count_inversions(i_ty, accuracy, i_xt).agreeing);
  EXPECT_EQ(starts[3].samples, 50);
}

}  // namespace
}  // namespace infoplane::test
