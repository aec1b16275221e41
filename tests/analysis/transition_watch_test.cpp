#include "analysis/transition_watch.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/error.h"
#include "tests/support/nan.h"
#include "tests/support/values.h"

namespace infoplane::test {
namespace {

/// I(T;Y) and accuracy do not matter to the rule.
PathPoint point(double epoch, double i_xt_bits) { return {epoch, i_xt_bits, 0.5 * epoch, 0.1}; }

/// After how many samples the watch first sees the transition; 0: never.
std::size_t seen_after(const std::vector<double>& i_xt_bits, const PhaseRule& rule) {
  TransitionWatch watch(rule);
  for (std::size_t i = 0; i < i_xt_bits.size(); ++i) {
    watch.add(point(static_cast<double>(i), i_xt_bits[i]));
    if (watch.transition()) {
      return i + 1;
    }
  }
  return 0;
}

TEST(TransitionWatch, SeesTheDropAtTheSampleThatCompletesIt) {
  const PhaseRule rule{.window = 1, .min_drop_bits = 0.25};
  EXPECT_EQ(seen_after({1.0, 2.0, 3.0, 2.875, 2.75, 2.0}, rule), 5u);
  EXPECT_EQ(seen_after({1.0, 2.0, 3.0, 2.875, 2.875}, rule), 0u);
  EXPECT_EQ(seen_after({1.0, 2.0, 3.0, 4.0}, rule), 0u);
  EXPECT_EQ(seen_after({2.0}, rule), 0u);
}

TEST(TransitionWatch, KnowsAMeanOnceItsWindowIsThere) {
  // Means of three: 1 (alone), 2, 3, 2, 1: the peak of 3 is known after sample 4, and the mean
  // one below it after sample 5.
  const PhaseRule rule{.window = 3, .min_drop_bits = 1.0};
  const std::vector<double> path = {1.0, 2.0, 3.0, 4.0, -1.0, 0.0};
  EXPECT_EQ(seen_after(path, rule), 5u);
  TransitionWatch watch(rule);
  for (std::size_t i = 0; i < path.size(); ++i) {
    watch.add(point(static_cast<double>(i), path[i]));
  }
  ASSERT_TRUE(watch.transition());
  EXPECT_EQ(watch.transition()->epoch, 3.0);  // the highest of 2, 3 and 4
  EXPECT_EQ(watch.transition()->i_xt_bits, 4.0);
}

TEST(TransitionWatch, OneNoisySampleIsNoTransition) {
  const PhaseRule rule;  // five samples, a quarter of a bit
  EXPECT_EQ(seen_after({1.0, 2.0, 3.0, 4.0, 5.0, 4.5, 6.0, 7.0, 8.0}, rule), 0u);
  EXPECT_GT(seen_after({1.0, 2.0, 3.0, 4.0, 5.0, 4.5, 6.0, 7.0, 8.0}, {1, 0.25}), 0u);
}

TEST(TransitionWatch, APauseOnTheWayUpIsTakenBack) {
  TransitionWatch watch({.window = 1, .min_drop_bits = 0.25});
  for (const double value : {1.0, 3.0, 2.0}) {
    watch.add(point(0.0, value));
  }
  EXPECT_TRUE(watch.transition());
  watch.add(point(7.0, 3.5));
  EXPECT_FALSE(watch.transition());
  watch.add(point(8.0, 3.0));
  ASSERT_TRUE(watch.transition());
  EXPECT_EQ(watch.transition()->epoch, 7.0);
  EXPECT_FALSE(watch.is_behind(8.9, 2.0));
  EXPECT_TRUE(watch.is_behind(9.0, 2.0));
}

TEST(TransitionWatch, LeavesOutWhatIsNotFinite) {
  const PhaseRule rule{.window = 1, .min_drop_bits = 0.25};
  EXPECT_EQ(seen_after({1.0, kNaN, 3.0, kNaN, 2.0}, rule), 5u);
  EXPECT_THROW(TransitionWatch({.window = 2, .min_drop_bits = 0.25}), UsageError);
}

// What was said of a prefix does not change with what follows, and at the end of a path that has
// fallen for half a window both rules name the same point.
TEST(TransitionWatch, AgreesWithTheWholePathOnceItHasFallen) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const std::vector<float> noise = random_values(120, seed, -0.15f, 0.15f);
    const double top = 20.0 + static_cast<double>(seed);
    for (const int window : {1, 3, 5, 9}) {
      const PhaseRule rule{window, 0.25};
      TransitionWatch watch(rule);
      std::vector<PathPoint> path;
      for (std::size_t i = 0; i < noise.size(); ++i) {
        const auto epoch = static_cast<double>(i);
        path.push_back(point(epoch, 8.0 - 0.1 * std::abs(epoch - top) + noise[i]));
        watch.add(path.back());
      }
      const Phases phases = find_phases(path, rule);
      ASSERT_TRUE(watch.transition());
      EXPECT_TRUE(phases.compresses);
      EXPECT_EQ(watch.transition()->epoch, phases.transition.epoch) << "seed " << seed;
      EXPECT_EQ(watch.transition()->i_xt_bits, phases.transition.i_xt_bits);
    }
  }
}

}  // namespace
}  // namespace infoplane::test
