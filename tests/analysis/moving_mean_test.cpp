#include "analysis/moving_mean.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "tests/support/nan.h"

namespace infoplane {
namespace {

using test::kNaN;
using testing::ElementsAre;

TEST(MovingMean, ShrinksTowardsBothEnds) {
  EXPECT_THAT(moving_mean(std::vector{0.0, 3.0, 6.0, 0.0, 1.0, 8.0}, 5),
              ElementsAre(0.0, 3.0, 2.0, 18.0 / 5.0, 3.0, 8.0));
  EXPECT_THAT(moving_mean(std::vector{1.0, 7.0}, 99), ElementsAre(1.0, 7.0));
  EXPECT_THAT(moving_mean(std::vector<double>{}, 3), ElementsAre());
}

TEST(MovingMean, LeavesOutWhatIsNotFinite) {
  const std::vector<double> means = moving_mean(std::vector{1.0, 2.0, kNaN, 4.0, 5.0}, 3);
  EXPECT_DOUBLE_EQ(means[1], 1.5);
  EXPECT_TRUE(std::isnan(means[2]));
  EXPECT_DOUBLE_EQ(means[3], 4.5);
}

TEST(MovingMean, RefusesAnEvenWindow) {
  EXPECT_THROW(moving_mean(std::vector{1.0}, 2), UsageError);
  EXPECT_THROW(moving_mean(std::vector{1.0}, -1), UsageError);
}

}  // namespace
}  // namespace infoplane
