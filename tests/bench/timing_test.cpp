#include "bench/timing.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "ops/context.h"

namespace infoplane::bench {
namespace {

TEST(Timing, QuantilesAreInterpolatedBetweenSortedValues) {
  const Timing timing = summarize({5.0, 1.0, 2.0, 4.0});
  EXPECT_EQ(timing.repeats, 4);
  EXPECT_DOUBLE_EQ(timing.min_s, 1.0);
  EXPECT_DOUBLE_EQ(timing.lower_quartile_s, 1.75);
  EXPECT_DOUBLE_EQ(timing.median_s, 3.0);
  EXPECT_DOUBLE_EQ(timing.upper_quartile_s, 4.25);
  EXPECT_DOUBLE_EQ(summarize({3.0}).upper_quartile_s, 3.0);
  EXPECT_THROW(summarize({}), Error);
}

TEST(Timing, EveryPhaseRunsInOrderEveryRound) {
  Context ctx = ops::make_context(Device::kCpu, {1});
  std::string calls;
  const std::vector<Timing> timings =
      time_phases(ctx, 3, {[&] { calls += 'a'; }, [&] { calls += 'b'; }});
  ASSERT_EQ(timings.size(), 3u);
  EXPECT_GE(timings[0].repeats, 3);
  EXPECT_EQ(calls.size(), 2u * static_cast<std::size_t>(timings[0].repeats + 2));  // two to warm up
  EXPECT_EQ(calls.substr(0, 6), "ababab");
  EXPECT_GE(timings[2].min_s, timings[0].min_s + timings[1].min_s);
  EXPECT_GE(timings[2].median_s, timings[2].min_s);
}

}  // namespace
}  // namespace infoplane::bench
