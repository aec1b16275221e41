#include "report/axis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace infoplane::draw {
namespace {

std::vector<std::string> labels(double low, double high, int most) {
  std::vector<std::string> result;
  for (const Tick& tick : nice_ticks(low, high, most)) {
    result.push_back(tick.label);
  }
  return result;
}

using testing::ElementsAre;

TEST(NiceTicks, TakesTheFinestRoundStepThatFits) {
  EXPECT_THAT(labels(0.0, 14.2, 9), ElementsAre("0", "2", "4", "6", "8", "10", "12", "14"));
  EXPECT_THAT(labels(0.0, 3.55, 9),
              ElementsAre("0.0", "0.5", "1.0", "1.5", "2.0", "2.5", "3.0", "3.5"));
  EXPECT_THAT(labels(0.0, 8000.0, 5), ElementsAre("0", "2000", "4000", "6000", "8000"));
}

TEST(NiceTicks, StartsAtTheFirstMultipleInside) {
  EXPECT_THAT(labels(4.13, 6.74, 6), ElementsAre("4.5", "5.0", "5.5", "6.0", "6.5"));
  EXPECT_THAT(labels(3.071, 3.152, 5), ElementsAre("3.08", "3.10", "3.12", "3.14"));
}

TEST(NiceTicks, KeepsEndsThatAreMultiples) {
  EXPECT_THAT(labels(0.0, 1.0, 6), ElementsAre("0.0", "0.2", "0.4", "0.6", "0.8", "1.0"));
  EXPECT_THAT(labels(0.1, 0.3, 3), ElementsAre("0.1", "0.2", "0.3"));
}

TEST(NiceTicks, WideLabelsAreShort) {
  EXPECT_THAT(labels(0.0, 2e12, 3), ElementsAre("0", "1T", "2T"));
  EXPECT_THAT(labels(0.0, 250000.0, 3), ElementsAre("0", "100k", "200k"));
  EXPECT_THAT(labels(0.0, 1e-5, 3), ElementsAre("0", "5e-06", "1e-05"));
}

TEST(NiceTicks, TakesAFinerStepThanAskedForBeforeOneTickAlone) {
  EXPECT_THAT(labels(0.19, 0.81, 3), ElementsAre("0.2", "0.4", "0.6", "0.8"));
  EXPECT_THAT(labels(0.29, 0.81, 4), ElementsAre("0.4", "0.6", "0.8"));
  for (int i = 0; i < 400; ++i) {
    const double low = 0.0137 * i;
    const double high = low + 0.011 * (1 + i % 97);
    for (int most = 2; most <= 9; ++most) {
      const std::size_t count = nice_ticks(low, high, most).size();
      EXPECT_GE(count, 2u) << low << " to " << high << ", " << most;
      EXPECT_LE(count, static_cast<std::size_t>(std::max(most, 5)));
    }
  }
}

TEST(NiceTicks, NeverGivesMoreThanAsked) {
  for (int i = 1; i < 400; ++i) {
    const double high = 0.013 * i * i;
    const std::size_t count = nice_ticks(0.0, high, 7).size();
    EXPECT_LE(count, 7u) << "high " << high;
    EXPECT_GE(count, 2u) << "high " << high;
  }
}

}  // namespace
}  // namespace infoplane::draw
