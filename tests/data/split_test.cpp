#include "data/split.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace infoplane {
namespace {

TEST(Split, ShufflesEveryIndexOnce) {
  for (const std::int64_t n : {0, 1, 2, 33, 1000}) {
    std::vector<std::int64_t> order = shuffled_order(n, 3);
    std::vector<std::int64_t> expected(static_cast<std::size_t>(n));
    std::iota(expected.begin(), expected.end(), 0);
    if (n > 2) {
      EXPECT_NE(order, expected);
      EXPECT_NE(order, shuffled_order(n, 4));
    }
    EXPECT_EQ(order, shuffled_order(n, 3));
    std::sort(order.begin(), order.end());
    EXPECT_EQ(order, expected);
  }
}

TEST(Split, ShufflesEvenly) {
  // Where index 0 ends up over 6000 seeds: each of 6 places 1000 times, standard deviation 29.
  std::vector<int> counts(6);
  for (std::uint64_t seed = 0; seed < 6000; ++seed) {
    const auto order = shuffled_order(6, seed);
    ++counts[static_cast<std::size_t>(std::find(order.begin(), order.end(), 0) - order.begin())];
  }
  for (const int count : counts) {
    EXPECT_NEAR(count, 1000, 150);
  }
}

TEST(Split, TrainsOnFourFifths) {
  EXPECT_EQ(training_share(10), 8);
  EXPECT_EQ(training_share(2), 1);
  EXPECT_EQ(training_share(3), 2);
  EXPECT_EQ(training_share(4096), 3276);
}

TEST(Split, KeepsTheFirst) {
  Split split;
  split.pixels = {1, 2, 3, 4, 5, 6};
  split.labels = {7, 8, 9};
  split.sources.rows = {2, 0, 1};
  split.sources.files = {"c", "a", "b"};
  keep_first(2, 2, split);
  EXPECT_EQ(split.sources.rows, (std::vector<std::int64_t>{2, 0}));
  EXPECT_EQ(split.sources.files, (std::vector<std::string>{"c", "a"}));
  EXPECT_EQ(split.pixels, (std::vector<std::uint8_t>{1, 2, 3, 4}));
  EXPECT_EQ(split.labels, (std::vector<std::int32_t>{7, 8}));
  keep_first(100, 2, split);
  EXPECT_EQ(split.size(), 2);
}

TEST(Split, SourcesStayWithTheImagesOfTheirClasses) {
  Split split;
  split.pixels = {1, 2, 3, 4};
  split.labels = {0, 2, 1, 0};
  split.sources.files = {"d", "c", "b", "a"};
  keep_classes(2, 1, split);
  EXPECT_EQ(split.pixels, (std::vector<std::uint8_t>{1, 3, 4}));
  EXPECT_EQ(split.sources.files, (std::vector<std::string>{"d", "b", "a"}));
}

}  // namespace
}  // namespace infoplane
