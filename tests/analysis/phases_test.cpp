// Paths with known answers: two phases, one, noise, a plateau, a single point, NaN.

#include "analysis/phases.h"

#include <gtest/gtest.h>

#include <cmath>

#include "analysis/interval.h"
#include "core/error.h"
#include "tests/support/errors.h"
#include "tests/support/nan.h"
#include "tests/support/values.h"

namespace infoplane::test {
namespace {

/// Up to (8, 2) in ten epochs, then down to (4, 3) in forty; ten samples an epoch.
std::vector<PathPoint> two_phases() {
  std::vector<PathPoint> path;
  for (int i = 0; i <= 500; ++i) {
    const double epoch = i / 10.0;
    const double fit = std::min(epoch / 10.0, 1.0);
    const double compress = std::max(epoch - 10.0, 0.0) / 40.0;
    path.push_back({epoch, 8.0 * fit - 4.0 * compress, 2.0 * fit + compress, 0.5 * fit});
  }
  return path;
}

TEST(Phases, FindsTheCornerOfTwoPhases) {
  const Phases phases = find_phases(two_phases(), {1, 0.25});
  EXPECT_TRUE(phases.compresses);
  EXPECT_EQ(phases.samples, 501u);
  EXPECT_DOUBLE_EQ(phases.transition.epoch, 10.0);
  EXPECT_DOUBLE_EQ(phases.transition.i_xt_bits, 8.0);
  EXPECT_DOUBLE_EQ(phases.transition.i_ty_bits, 2.0);
  EXPECT_DOUBLE_EQ(phases.convergence.epoch, 50.0);
  EXPECT_DOUBLE_EQ(phases.convergence.i_xt_bits, 4.0);
  ASSERT_TRUE(phases.slope.has_value());
  EXPECT_NEAR(*phases.slope, -0.25, 1e-12);
}

TEST(Phases, SmoothingKeepsTheEndsAndMovesTheCornerLittle) {
  const Phases phases = find_phases(two_phases(), {5, 0.25});
  EXPECT_NEAR(phases.transition.epoch, 10.0, 0.3);
  EXPECT_DOUBLE_EQ(phases.convergence.i_xt_bits, 4.0);
}

/// A path with these I(X;T), an epoch apart.
std::vector<PathPoint> path_of(const std::vector<double>& i_xt_bits) {
  std::vector<PathPoint> path;
  for (const double value : i_xt_bits) {
    const auto epoch = static_cast<double>(path.size());
    path.push_back({epoch, value, 0.25 * epoch, 0.1 * epoch});
  }
  return path;
}

// Fitting in a single step: the mean of the second to the sixth sample is the largest, and what is
// reported is the second, as it is.
TEST(Phases, SmoothingFindsTheTransitionAndDoesNotChangeIt) {
  const Phases phases = find_phases(path_of({0.0, 9.0, 6.0, 5.0, 5.0, 5.0, 2.0, 1.0}), {5, 0.25});
  EXPECT_TRUE(phases.compresses);
  EXPECT_EQ(phases.transition.epoch, 1.0);
  EXPECT_EQ(phases.transition.i_xt_bits, 9.0);
  EXPECT_EQ(phases.transition.i_ty_bits, 0.25);
  EXPECT_EQ(phases.transition.accuracy, 0.1);
  EXPECT_EQ(*phases.slope, (1.75 - 0.25) / (1.0 - 9.0));
}

// The highest sample stands alone, and smoothing finds another.
TEST(Phases, AnOutlierIsNoTransition) {
  const Phases phases = find_phases(path_of({0.0, 5.0, 0.0, 2.0, 3.0, 4.0, 3.0, 2.0}), {3, 0.25});
  EXPECT_EQ(phases.transition.epoch, 5.0);
}

TEST(Phases, NoiseDoesNotHideTheTransition) {
  std::vector<PathPoint> path = two_phases();
  const std::vector<float> noise = random_values(501, 1, -0.3f, 0.3f);
  for (std::size_t i = 0; i < path.size(); ++i) {
    path[i].i_xt_bits += static_cast<double>(noise[i]);
  }
  const Phases phases = find_phases(path, {15, 0.25});
  EXPECT_TRUE(phases.compresses);
  EXPECT_NEAR(phases.transition.epoch, 10.0, 2.0);
}

TEST(Phases, OnlyFittingHasOnePhase) {
  std::vector<PathPoint> path = two_phases();
  path.resize(101);  // up to the corner
  const Phases phases = find_phases(path, {5, 0.25});
  EXPECT_FALSE(phases.compresses);
  EXPECT_FALSE(phases.slope.has_value());
  EXPECT_EQ(phases.transition.epoch, phases.convergence.epoch);
}

TEST(Phases, APlateauAndASmallFallAreNoCompression) {
  std::vector<PathPoint> path = two_phases();
  path.resize(121);  // two epochs behind the corner: 0.2 bit down
  EXPECT_FALSE(find_phases(path, {1, 0.25}).compresses);
  EXPECT_TRUE(find_phases(path, {1, 0.15}).compresses);
  const std::vector<PathPoint> flat(50, {1.0, 3.0, 1.0, 0.5});
  EXPECT_FALSE(find_phases(flat, {5, 0.0}).compresses);
}

TEST(Phases, SkipsWhatIsNotFiniteAndTakesASinglePoint) {
  std::vector<PathPoint> path = two_phases();
  for (std::size_t i = 3; i < path.size(); i += 7) {
    path[i].i_xt_bits = kNaN;
  }
  const Phases phases = find_phases(path, {1, 0.25});
  EXPECT_NEAR(phases.transition.epoch, 10.0, 0.2);
  const std::vector<PathPoint> single = {{1.0, 2.0, 0.5, 0.1}};
  EXPECT_EQ(find_phases(single, {5, 0.25}).transition.i_xt_bits, 2.0);
  expect_error<DataError>([] { find_phases({}, {5, 0.25}); }, {"no finite sample"});
  expect_error<UsageError>([&] { find_phases(single, {4, 0.25}); }, {"4", "odd"});
}

TEST(Phases, SensitivityIsNoneWhereTheRuleDoesNotMatter) {
  const PhaseSensitivity clear = phase_sensitivity(two_phases(), {5, 0.25});
  EXPECT_EQ(clear.rules, 9);
  EXPECT_EQ(clear.compressing, 9);
  EXPECT_LT(clear.most_transition_epoch - clear.least_transition_epoch, 1.0);
  std::vector<PathPoint> border = two_phases();
  border.resize(131);  // 0.3 bit down: seen by some rules only
  const PhaseSensitivity unsure = phase_sensitivity(border, {5, 0.25});
  EXPECT_GT(unsure.compressing, 0);
  EXPECT_LT(unsure.compressing, unsure.rules);
}

TEST(Phases, RulesAroundAreEachThereOnce) {
  EXPECT_EQ(rules_around({5, 0.25}).size(), 9u);
  // One sample has no third: windows of 1 and 3.
  EXPECT_EQ(
      rules_around({1, 0.25}),
      (std::vector<PhaseRule>{{1, 0.125}, {1, 0.25}, {1, 0.5}, {3, 0.125}, {3, 0.25}, {3, 0.5}}));
  EXPECT_EQ(rules_around({3, 0.0}), (std::vector<PhaseRule>{{1, 0.0}, {3, 0.0}, {9, 0.0}}));
  const PhaseSensitivity single = phase_sensitivity(two_phases(), {1, 0.25});
  EXPECT_EQ(single.rules, 6);
  EXPECT_EQ(single.compressing, 6);
}

TEST(Interval, IsStudents) {
  // Values 1, 2, 3, 4: mean 2.5, s = 1.290994, t(3) = 3.1824, half width 2.0543.
  const std::vector<double> values = {1.0, 2.0, 3.0, 4.0};
  const MeanInterval interval = mean_interval(values);
  EXPECT_DOUBLE_EQ(interval.mean, 2.5);
  EXPECT_NEAR(interval.half_width, 2.0543, 1e-4);
  EXPECT_EQ(interval.repeats, 4);
  EXPECT_NEAR(interval.prediction_half_width(), 4.5935, 2e-4);  // t s sqrt(5/4)
  EXPECT_TRUE(std::isnan(mean_interval(std::vector<double>{1.0}).half_width));
  expect_error<UsageError>([] { mean_interval({}); }, {"no values"});
}

TEST(Interval, QuantilesAreThePublishedOnes) {
  for (const auto& [degrees, quantile] : {std::pair(1, 12.7062),
                                          {5, 2.5706},
                                          {10, 2.2281},
                                          {11, 2.2010},
                                          {15, 2.1314},
                                          {16, 2.1199},
                                          {20, 2.0860},
                                          {30, 2.0423},
                                          {60, 2.0003},
                                          {120, 1.9799}}) {
    EXPECT_NEAR(student_t_975(degrees), quantile, 1e-4) << degrees;
  }
}

}  // namespace
}  // namespace infoplane::test
