#include "core/tuples.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "tests/support/floats.h"

namespace infoplane {
namespace {

using test::kInf;
using test::kMax;
using test::kNan;

TupleBinsView view_of(const TupleBins& bins) {
  return {bins.units, bins.bins, bins.clamp, bins.edges.data()};
}

/// The interval by its definition: inner edges low + k (high - low) / B, in long double, at or
/// below the value.
int interval_of(float value, float low, float high, int bins) {
  int interval = 0;
  for (int k = 1; k < bins; ++k) {
    const long double width = static_cast<long double>(high) - static_cast<long double>(low);
    interval += static_cast<long double>(value) >= static_cast<long double>(low) + width * k / bins;
  }
  return interval;
}

TEST(EqualIntervals, AgreeWithTheirDefinitionAroundEveryEdge) {
  for (const auto& [low, high] :
       {std::pair{-1.0f, 1.0f}, std::pair{0.0f, 1.0f}, std::pair{0.0f, 2.71828f},
        std::pair{-3.5f, 100.25f}, std::pair{1e-30f, 3e-30f}, std::pair{-3e38f, 3e38f},
        std::pair{0.0f, 0x1p-149f}, std::pair{1.0f, 0x1.000002p+0f}}) {
    for (int bins = 2; bins <= 256; bins += bins < 40 ? 1 : 27) {
      const TupleBins tuple = equal_intervals(1, bins, low, high);
      const BinFinder bin_of(view_of(tuple));
      for (int k = 0; k <= bins; ++k) {
        float value = tuple.edges[static_cast<std::size_t>(k)];
        value = std::nextafter(std::nextafter(value, -kInf), -kInf);
        for (int step = 0; step < 5; ++step, value = std::nextafter(value, kInf)) {
          const bool inside = value >= low && value <= high;
          ASSERT_EQ(bin_of(value), inside ? interval_of(value, low, high, bins) : kNoBin)
              << value << " in " << bins << " intervals of [" << low << ", " << high << "]";
        }
      }
    }
  }
}

TEST(EqualIntervals, AreClosedBelowAndTheLastOneAtBothEnds) {
  const TupleBins bins = equal_intervals(1, 4, -1.0f, 1.0f);
  EXPECT_EQ(bins.edges, (std::vector<float>{-1.0f, -0.5f, 0.0f, 0.5f, 1.0f}));
  const BinFinder bin_of(view_of(bins));
  EXPECT_EQ(bin_of(-1.0f), 0);
  EXPECT_EQ(bin_of(std::nextafter(-0.5f, -1.0f)), 0);
  EXPECT_EQ(bin_of(-0.5f), 1);
  EXPECT_EQ(bin_of(-0.0f), 2);
  EXPECT_EQ(bin_of(0.5f), 3);
  EXPECT_EQ(bin_of(1.0f), 3);
}

TEST(EqualIntervals, RejectOrClampWhatIsOutside) {
  const TupleBins rejecting = equal_intervals(1, 10, 0.0f, 6.0f);
  const TupleBins clamping = equal_intervals(1, 10, 0.0f, 6.0f, true);
  for (const float outside : {-0x1p-149f, -1.0f, -kMax, -kInf}) {
    EXPECT_EQ(BinFinder(view_of(rejecting))(outside), kNoBin);
    EXPECT_EQ(BinFinder(view_of(clamping))(outside), 0);
  }
  for (const float outside : {std::nextafter(6.0f, 7.0f), kMax, kInf}) {
    EXPECT_EQ(BinFinder(view_of(rejecting))(outside), kNoBin);
    EXPECT_EQ(BinFinder(view_of(clamping))(outside), 9);
  }
  EXPECT_EQ(BinFinder(view_of(rejecting))(kNan), kNoBin);
  EXPECT_EQ(BinFinder(view_of(clamping))(kNan), kNoBin);
}

TEST(EqualIntervals, TakeARangeOfOneValue) {
  const TupleBins bins = equal_intervals(3, 30, 0.0f, 0.0f);
  EXPECT_EQ(BinFinder(view_of(bins))(0.0f), 29);
  EXPECT_EQ(BinFinder(view_of(bins))(0x1p-149f), kNoBin);
}

TEST(EqualIntervals, RefuseWhatIsNoRange) {
  EXPECT_THROW(equal_intervals(0, 10, 0.0f, 1.0f), UsageError);
  EXPECT_THROW(equal_intervals(1, 1, 0.0f, 1.0f), UsageError);
  EXPECT_THROW(equal_intervals(1, 257, 0.0f, 1.0f), UsageError);
  EXPECT_THROW(equal_intervals(1, 10, 1.0f, 0.0f), UsageError);
  EXPECT_THROW(equal_intervals(1, 10, 0.0f, kInf), UsageError);
  EXPECT_THROW(equal_intervals(1, 10, kNan, 1.0f), UsageError);
}

TEST(ParseRange, TakesTwoFiniteNumbersInOrder) {
  EXPECT_EQ(parse_range("-1,1"), (ValueRange{-1.0f, 1.0f}));
  EXPECT_EQ(parse_range("0,6.5e1"), (ValueRange{0.0f, 65.0f}));
  for (const char* bad : {"", "auto", "1", "1,", ",1", "1,1", "2,1", "0,inf", "nan,1", "0,1,2",
                          "0, 1", "0,1 ", "1e999,2"}) {
    EXPECT_FALSE(parse_range(bad)) << bad;
  }
}

TEST(TuplesFitNumber, UpTo128Bits) {
  EXPECT_TRUE(tuples_fit_number(128, 2));
  EXPECT_FALSE(tuples_fit_number(129, 2));
  EXPECT_TRUE(tuples_fit_number(16, 256));
  EXPECT_FALSE(tuples_fit_number(17, 256));
  EXPECT_TRUE(tuples_fit_number(26, 30));  // 30^26 = 2^127.6
  EXPECT_FALSE(tuples_fit_number(27, 30));
  EXPECT_FALSE(tuples_fit_number(1'000'000, 30));
}

TEST(TupleNumber, HasTheBinsAsDigits) {
  const TupleBins bins = equal_intervals(3, 10, 0.0f, 10.0f);
  const BinFinder bin_of(view_of(bins));
  const std::vector<float> row{3.5f, 0.0f, 7.0f};
  WideRank symbol = 0;
  ASSERT_TRUE(tuple_number(view_of(bins), bin_of, row.data(), symbol));
  EXPECT_TRUE(symbol == 307);
  const std::vector<float> bad{3.5f, kNan, 7.0f};
  EXPECT_FALSE(tuple_number(view_of(bins), bin_of, bad.data(), symbol));
  // Every tuple has a number of its own, and none is left over.
  const TupleBins small = equal_intervals(5, 4, 0.0f, 4.0f);
  std::set<WideRank> seen;
  for (int i = 0; i < 1024; ++i) {
    const std::vector<float> values{static_cast<float>(i >> 8 & 3), static_cast<float>(i >> 6 & 3),
                                    static_cast<float>(i >> 4 & 3), static_cast<float>(i >> 2 & 3),
                                    static_cast<float>(i & 3)};
    const BinFinder small_bin_of(view_of(small));
    ASSERT_TRUE(tuple_number(view_of(small), small_bin_of, values.data(), symbol));
    seen.insert(symbol);
  }
  EXPECT_EQ(seen.size(), 1024u);
  EXPECT_TRUE(*seen.rbegin() == 1023);
}

TEST(TupleNumber, ReachesTheLastNumberOf128Bits) {
  const TupleBins bins = equal_intervals(16, 256, 0.0f, 255.0f);
  WideRank symbol = 0;
  ASSERT_TRUE(tuple_number(view_of(bins), BinFinder(view_of(bins)),
                           std::vector<float>(16, 255.0f).data(), symbol));
  EXPECT_TRUE(symbol == ~WideRank{0});
}

TEST(TupleWord, HoldsEightBinsAndZerosBeyondTheLast) {
  const TupleBins bins = equal_intervals(10, 256, 0.0f, 256.0f);
  const BinFinder bin_of(view_of(bins));
  const std::vector<float> row{1, 2, 3, 4, 5, 6, 7, 255.5f, 9, 10};
  ASSERT_EQ(tuple_words(10), 2);
  std::uint64_t word = 0;
  EXPECT_TRUE(tuple_word(view_of(bins), bin_of, row.data(), 0, word));
  EXPECT_EQ(word, 0xFF07060504030201u);
  EXPECT_TRUE(tuple_word(view_of(bins), bin_of, row.data(), 1, word));
  EXPECT_EQ(word, 0x0A09u);
}

TEST(TupleEntry, HoldsDigestAndRow) {
  const std::uint64_t entry = tuple_entry(0x123456789ABCDEF0u, kMostCountedRows - 1);
  EXPECT_EQ(entry >> 32, 0x12345678u);
  EXPECT_EQ(entry_row(entry), kMostCountedRows - 1);
  EXPECT_NE(tuple_entry(0, 0), kNoEntry);
  EXPECT_TRUE(same_digest(entry, tuple_entry(0x12345678FFFFFFFFu, 3)));
  EXPECT_FALSE(same_digest(entry, tuple_entry(0x123456799ABCDEF0u, 3)));
}

}  // namespace
}  // namespace infoplane
