#include "analysis/block_bootstrap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include "core/error.h"
#include "tests/support/errors.h"

namespace infoplane::test {
namespace {

TEST(BlockBootstrap, DrawsWholeBlocksOfNeighbours) {
  constexpr std::size_t kRows = 600;
  const std::size_t block = block_size(kRows);
  ASSERT_EQ(block, 30u);
  std::set<std::size_t> starts;
  std::vector<int> drawn(kRows, 0);
  for (std::uint32_t repeat = 0; repeat < 200; ++repeat) {
    const std::vector<std::size_t> rows = resample_blocks(kRows, block, 1, repeat);
    ASSERT_EQ(rows.size(), kRows);
    for (std::size_t i = 0; i < kRows; ++i) {
      ASSERT_LT(rows[i], kRows);
      ++drawn[rows[i]];
      if (i % block == 0) {
        starts.insert(rows[i]);
      } else {
        ASSERT_EQ(rows[i], (rows[i - 1] + 1) % kRows);
      }
    }
  }
  EXPECT_GT(starts.size(), kRows * 9 / 10);  // 4000 draws of 600 places leave out 1 in 800
  for (const int count : drawn) {
    EXPECT_NEAR(count, 200, 100);  // bent to a circle, every row is drawn as often
  }
  EXPECT_EQ(resample_blocks(kRows, block, 1, 7), resample_blocks(kRows, block, 1, 7));
  EXPECT_NE(resample_blocks(kRows, block, 1, 7), resample_blocks(kRows, block, 1, 8));
  EXPECT_NE(resample_blocks(kRows, block, 1, 7), resample_blocks(kRows, block, 2, 7));
}

TEST(BlockBootstrap, RefusesBlocksThatDoNotFit) {
  expect_error<UsageError>([] { resample_blocks(10, 11, 1, 0); }, {"11 of 10"});
  expect_error<UsageError>([] { resample_blocks(10, 0, 1, 0); }, {"0 of 10"});
  EXPECT_EQ(block_size(7), 1u);
}

TEST(BlockBootstrap, IntervalsAreQuantilesOfTheFinite) {
  std::vector<double> values{std::numeric_limits<double>::quiet_NaN()};
  for (int i = 1000; i >= 0; --i) {
    values.push_back(i);
  }
  const ResampledInterval interval = interval_of(values);
  EXPECT_NEAR(interval.low, 25.0, 1e-9);
  EXPECT_NEAR(interval.high, 975.0, 1e-9);
  EXPECT_TRUE(std::isnan(interval_of(std::vector<double>{values.front()}).low));
}

}  // namespace
}  // namespace infoplane::test
