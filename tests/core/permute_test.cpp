#include "core/permute.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <vector>

namespace infoplane {
namespace {

std::vector<int> permuted(std::size_t size, const RandomStream& random) {
  std::vector<int> values(size);
  std::iota(values.begin(), values.end(), 0);
  permute(random, values);
  return values;
}

TEST(Permute, KeepsAllValuesAndDependsOnEachPartOfTheStream) {
  for (const std::size_t size : {0, 1, 2, 1000}) {
    std::vector<int> values = permuted(size, {1, kTestStream, 5});
    EXPECT_EQ(values, permuted(size, {1, kTestStream, 5}));
    if (size > 2) {
      EXPECT_NE(values, permuted(size, {2, kTestStream, 5}));
      EXPECT_NE(values, permuted(size, {1, kShuffleStream, 5}));
      EXPECT_NE(values, permuted(size, {1, kTestStream, 6}));
    }
    std::sort(values.begin(), values.end());
    for (std::size_t i = 0; i < size; ++i) {
      EXPECT_EQ(values[i], static_cast<int>(i));
    }
  }
}

TEST(Permute, EveryOrderIsAsLikely) {
  std::map<std::vector<int>, int> times;
  for (std::uint32_t step = 0; step < 6000; ++step) {
    ++times[permuted(3, {7, kTestStream, step})];
  }
  EXPECT_EQ(times.size(), 6u);
  for (const auto& [order, count] : times) {
    EXPECT_NEAR(count, 1000, 150) << testing::PrintToString(order);  // five standard deviations
  }
}

}  // namespace
}  // namespace infoplane
