#include "core/joint_counts.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/error.h"

namespace infoplane {
namespace {

std::vector<std::uint32_t> ranks_of(int classes, int bins) {
  std::vector<std::uint32_t> ranks;
  for (int i = 0; i < classes; ++i) {
    for (int s = 0; s <= bins; ++s) {
      ranks.push_back(static_cast<std::uint32_t>(binomial_capped(
          static_cast<std::uint64_t>(s + i), static_cast<std::uint64_t>(i + 1), kDenseCells)));
    }
  }
  return ranks;
}

/// Ranks every tuple of `classes` bins whose sum is at most `bins`, and marks the ranks seen.
void rank_all(const std::vector<std::uint32_t>& ranks, int classes, int bins,
              std::vector<int>& tuple, int left, std::vector<int>& seen) {
  if (static_cast<int>(tuple.size()) == classes) {
    SymbolRank symbol(ranks.data(), bins);
    for (const int bin : tuple) {
      symbol.push(bin);
    }
    ASSERT_LT(symbol.rank(), seen.size());
    ++seen[symbol.rank()];
    return;
  }
  for (int bin = 0; bin <= left; ++bin) {
    tuple.push_back(bin);
    rank_all(ranks, classes, bins, tuple, left - bin, seen);
    tuple.pop_back();
  }
}

class RankTest : public testing::TestWithParam<std::pair<int, int>> {};

TEST_P(RankTest, IsABijection) {
  const auto [classes, bins] = GetParam();
  const std::int64_t symbols = dense_symbols(classes, bins);
  std::vector<int> seen(static_cast<std::size_t>(symbols));
  std::vector<int> tuple;
  rank_all(ranks_of(classes, bins), classes, bins, tuple, bins, seen);
  for (std::size_t rank = 0; rank < seen.size(); ++rank) {
    ASSERT_EQ(seen[rank], 1) << "rank " << rank;
  }
}

/// The tuple of a rank, as docs/counting.md's proof finds it: the largest chosen number decides
/// first.
std::vector<int> unranked(std::uint64_t rank, int classes) {
  std::vector<int> sums(static_cast<std::size_t>(classes));
  for (int i = classes - 1; i >= 0; --i) {
    const auto k = static_cast<std::uint64_t>(i) + 1;
    std::uint64_t chosen = k - 1;
    while (binomial_capped(chosen + 1, k, kDenseCells) <= rank) {
      ++chosen;
    }
    rank -= binomial_capped(chosen, k, kDenseCells);
    sums[static_cast<std::size_t>(i)] = static_cast<int>(chosen) - i;
  }
  std::vector<int> tuple = sums;
  for (std::size_t i = 1; i < tuple.size(); ++i) {
    tuple[i] -= sums[i - 1];
  }
  return tuple;
}

TEST_P(RankTest, EveryRankHasItsTuple) {
  const auto [classes, bins] = GetParam();
  const std::vector<std::uint32_t> ranks = ranks_of(classes, bins);
  for (std::int64_t rank = 0; rank < dense_symbols(classes, bins); ++rank) {
    SymbolRank symbol(ranks.data(), bins);
    int sum = 0;
    for (const int bin : unranked(static_cast<std::uint64_t>(rank), classes)) {
      ASSERT_GE(bin, 0);
      sum += bin;
      ASSERT_LE(sum, bins);
      symbol.push(bin);
    }
    ASSERT_EQ(symbol.rank(), rank);
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, RankTest,
                         testing::Values(std::pair{2, 2}, std::pair{2, 256}, std::pair{3, 7},
                                         std::pair{5, 10}, std::pair{7, 4}, std::pair{10, 10},
                                         std::pair{100, 2}));

TEST(DenseSymbols, CountsTuples) {
  EXPECT_EQ(dense_symbols(10, 10), 184756);
  EXPECT_EQ(dense_symbols(2, 2), 6);
  EXPECT_EQ(dense_symbols(2, 256), 33153);
}

TEST(DenseSymbols, RefusesWhatDoesNotFit) {
  EXPECT_THROW(dense_symbols(1, 10), UsageError);
  EXPECT_THROW(dense_symbols(10, 1), UsageError);
  EXPECT_THROW(dense_symbols(10, 257), UsageError);
  EXPECT_THROW(dense_symbols(1000, 10), UsageError);
  try {
    dense_symbols(100, 10);
    FAIL() << "100 classes and 10 bins fitted";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("at most 3 bins"), std::string::npos) << error.what();
  }
}

TEST(BinomialCapped, SmallValuesAndTheCap) {
  EXPECT_EQ(binomial_capped(5, 2, 1000), 10u);
  EXPECT_EQ(binomial_capped(4, 5, 1000), 0u);
  EXPECT_EQ(binomial_capped(0, 0, 1000), 1u);
  EXPECT_EQ(binomial_capped(20, 10, 184756), 184756u);
  EXPECT_EQ(binomial_capped(20, 10, 184755), 184756u);
  EXPECT_EQ(binomial_capped(1000, 500, 99), 100u);
}

}  // namespace
}  // namespace infoplane
