#include "core/hashed_counts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/rng.h"
#include "tests/support/sanitized.h"

namespace infoplane {
namespace {

WideRank rank_of(const std::vector<WideRank>& steps, const std::vector<int>& tuple, int bins) {
  SparseRank symbol(steps.data(), bins);
  const int classes = static_cast<int>(tuple.size());
  for (int c = 0; c < classes; ++c) {
    if (tuple[static_cast<std::size_t>(c)] > 0) {
      symbol.push(c, tuple[static_cast<std::size_t>(c)]);
    }
  }
  return symbol.rank(classes);
}

/// Visits every tuple of `classes` bins whose sum is at most `left`.
template <class Visit>
void for_all_tuples(int classes, int left, std::vector<int>& tuple, const Visit& visit) {
  if (static_cast<int>(tuple.size()) == classes) {
    visit(tuple);
    return;
  }
  for (int bin = 0; bin <= left; ++bin) {
    tuple.push_back(bin);
    for_all_tuples(classes, left - bin, tuple, visit);
    tuple.pop_back();
  }
}

TEST(SparseRank, IsTheBijectionThatIndexesADenseTable) {
  for (const auto& [classes, bins] :
       {std::pair{2, 40}, std::pair{3, 7}, std::pair{5, 10}, std::pair{10, 6}, std::pair{60, 2}}) {
    const std::vector<WideRank> steps = rank_steps(classes, bins);
    std::vector<int> seen(static_cast<std::size_t>(steps.back()));
    std::vector<int> tuple;
    for_all_tuples(classes, bins, tuple, [&](const std::vector<int>& t) {
      // The definition: sum over i of binom(s_i + i, i + 1), itself a sum of steps' differences.
      double expected = 0.0;
      int prefix = 0;
      for (std::size_t i = 0; i < t.size(); ++i) {
        prefix += t[i];
        double binomial = prefix > 0 ? 1.0 : 0.0;
        for (std::size_t k = 1; k <= i + 1; ++k) {
          binomial *= static_cast<double>(prefix - 1) + static_cast<double>(k);
          binomial /= static_cast<double>(k);
        }
        expected += std::round(binomial);
      }
      const WideRank rank = rank_of(steps, t, bins);
      ASSERT_LT(rank, seen.size());
      ASSERT_EQ(static_cast<double>(rank), expected);
      ++seen[static_cast<std::size_t>(rank)];
    });
    EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), static_cast<std::int64_t>(seen.size()));
  }
}

/// A tuple as the sorted classes of its units, each as often as its bin says; 0xFFFF for none.
using Units = std::array<std::uint16_t, 16>;

/// Half of the tuples from all classes, half from the last eight: near neighbours, many repeated.
Units random_units(RandomStream random, std::uint64_t number, int classes, int bins) {
  Units units;
  units.fill(0xFFFF);
  const std::uint64_t first = number * 20;
  const std::uint32_t pool = number % 2 == 0 ? static_cast<std::uint32_t>(classes) : 8u;
  const std::uint32_t count = random.word(first) % static_cast<std::uint32_t>(bins + 1);
  for (std::uint32_t i = 0; i < count; ++i) {
    units[i] = static_cast<std::uint16_t>(static_cast<std::uint32_t>(classes) - 1 -
                                          random.word(first + 1 + i) % pool);
  }
  std::sort(units.begin(), units.end());
  return units;
}

WideRank rank_of(const std::vector<WideRank>& steps, const Units& units, int classes, int bins) {
  SparseRank symbol(steps.data(), bins);
  for (std::size_t i = 0; i < units.size() && units[i] != 0xFFFF;) {
    int bin = 0;
    const std::uint16_t c = units[i];
    for (; i < units.size() && units[i] == c; ++i) {
      ++bin;
    }
    symbol.push(c, bin);
  }
  return symbol.rank(classes);
}

TEST(SparseRank, DistinctTuplesHaveDistinctRanks) {
  // INFOPLANE_TEST_TUPLES asks for more of them.
  const char* asked = std::getenv("INFOPLANE_TEST_TUPLES");
  const auto tuples = static_cast<std::uint64_t>(asked != nullptr   ? std::atoll(asked)
                                                 : test::kSanitized ? 200'000
                                                                    : 1'000'000);
  for (const auto& [classes, bins] :
       {std::pair{100, 10}, std::pair{100, 15}, std::pair{1000, 10}}) {
    const std::vector<WideRank> steps = rank_steps(classes, bins);
    const RandomStream random{static_cast<std::uint64_t>(classes + bins), kTestStream, 0};
    std::vector<std::pair<WideRank, Units>> ranked;
    ranked.reserve(tuples);
    for (std::uint64_t i = 0; i < tuples; ++i) {
      const Units units = random_units(random, i, classes, bins);
      ranked.emplace_back(rank_of(steps, units, classes, bins), units);
      ASSERT_LT(ranked.back().first, steps.back());
    }
    std::sort(ranked.begin(), ranked.end());
    std::uint64_t distinct = 1;
    for (std::size_t i = 1; i < ranked.size(); ++i) {
      const bool same = ranked[i].first == ranked[i - 1].first;
      ASSERT_EQ(same, ranked[i].second == ranked[i - 1].second);
      distinct += same ? 0 : 1;
    }
    EXPECT_GT(distinct, tuples / 3);
    EXPECT_LT(distinct, tuples);
  }
}

TEST(RankSteps, HoldTheNumberOfTuples) {
  EXPECT_EQ(rank_steps(10, 10).back(), WideRank{184756});
  // binom(110, 10) by hand: below 2^64. binom(1010, 10) is above.
  EXPECT_EQ(rank_steps(100, 10).back(), WideRank{46897636623981});
  EXPECT_GT(rank_steps(1000, 10).back() >> 64, WideRank{0});
}

TEST(RankSteps, ReachAsFarAs128BitsDo) {
  for (const int classes : {2, 3, 10, 37, 100, 317, 1000, 100000}) {
    const int most = most_hashed_bins(classes);
    ASSERT_GE(most, 2);
    // log2 of binom(C + B, B) from the gamma function.
    const auto bits = [classes = classes](int b) {
      return (std::lgamma(classes + b + 1.0) - std::lgamma(classes + 1.0) - std::lgamma(b + 1.0)) /
             std::log(2.0);
    };
    EXPECT_LT(bits(most), 128.0) << classes;
    if (most < 256) {
      EXPECT_GE(bits(most + 1), 128.0) << classes;
      try {
        rank_steps(classes, most + 1);
        FAIL() << classes << " classes and " << most + 1 << " bins fitted";
      } catch (const UsageError& error) {
        EXPECT_NE(std::string(error.what()).find("at most " + std::to_string(most) + " bins"),
                  std::string::npos)
            << error.what();
      }
    }
  }
  EXPECT_EQ(most_hashed_bins(10), 256);
}

}  // namespace
}  // namespace infoplane
