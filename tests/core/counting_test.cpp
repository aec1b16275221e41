#include "core/counting.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/rng.h"
#include "tests/support/floats.h"

namespace infoplane {
namespace {

using test::kInf;
using test::kMax;
using test::kNan;

/// Error of exp_nonpositive(d) in units in the last place of the exact value.
long double exp_error_ulps(float d) {
  const long double exact = std::exp(static_cast<long double>(d));
  const int exponent = std::max(std::ilogb(exact), -126);
  return std::abs(static_cast<long double>(exp_nonpositive(d)) - exact) /
         std::ldexp(1.0L, exponent - 23);
}

TEST(ExpNonpositive, ErrorBelowOneUlpOverAllExponents) {
  // Every 1,009th float from the smallest denormal to 104, negated: a million of them.
  long double worst = 0.0L;
  float worst_at = 0.0f;
  for (std::uint32_t bits = 1; bits <= bits_of(104.0f); bits += 1009) {
    const float d = -float_from_bits(bits);
    const long double error = exp_error_ulps(d);
    if (error > worst) {
      worst = error;
      worst_at = d;
    }
  }
  EXPECT_LT(worst, 0.89L) << "at " << worst_at;
  EXPECT_GT(worst, 0.5L) << "no correctly rounded exponential: is the measure right?";
}

TEST(ExpNonpositive, ErrorAtItsWorst) {
  EXPECT_LT(exp_error_ulps(-26.6856499f), 0.89L);  // the worst of all floats, 0.882
  EXPECT_LT(exp_error_ulps(-87.6804428f), 0.89L);  // the worst with a denormal result, 0.859
}

TEST(ExpOrdinary, IsTheSameToTheBit) {
  for (std::uint32_t bits = 0; bits <= bits_of(-kLeastOrdinary); bits += 1009) {
    const float d = -float_from_bits(bits);
    ASSERT_EQ(bits_of(exp_ordinary(d)), bits_of(exp_nonpositive(d))) << d;
  }
  EXPECT_EQ(exp_ordinary(kLeastOrdinary), exp_nonpositive(kLeastOrdinary));
  EXPECT_EQ(exp_ordinary(0.0f), 1.0f);
}

TEST(ExpNonpositive, SpecialValues) {
  EXPECT_EQ(exp_nonpositive(0.0f), 1.0f);
  EXPECT_EQ(exp_nonpositive(-0.0f), 1.0f);
  EXPECT_EQ(exp_nonpositive(-0x1p-149f), 1.0f);
  EXPECT_EQ(exp_nonpositive(-kInf), 0.0f);
  EXPECT_EQ(exp_nonpositive(-kMax), 0.0f);
  EXPECT_EQ(exp_nonpositive(-104.0f), 0.0f);
  EXPECT_EQ(exp_nonpositive(std::nextafter(-104.0f, -kInf)), 0.0f);
  EXPECT_EQ(exp_nonpositive(-103.0f), 0x1p-149f);  // 1.3 of the smallest denormal
}

TEST(ExpNonpositive, NeverAboveOne) {
  for (std::uint32_t bits = 1; bits <= bits_of(1.0f); bits += 997) {
    ASSERT_LE(exp_nonpositive(-float_from_bits(bits)), 1.0f) << float_from_bits(bits);
  }
}

TEST(LogOfSumFixed, ErrorBelow32Units) {
  long double worst = 0.0L;
  for (std::uint32_t bits = bits_of(1.0f); bits <= bits_of(0x1p22f); bits += 127) {
    const float s = float_from_bits(bits);
    const long double exact = std::log(static_cast<long double>(s)) * kLossUnits;
    worst = std::max(worst, std::abs(log_of_sum_fixed(s) - exact));
  }
  EXPECT_LT(worst, 32.0L);
  EXPECT_EQ(log_of_sum_fixed(1.0f), 0u);
}

/// The bin of a probability by the edges of linspace(0, 1, bins + 1), in double.
int bin_by_edges(float p, int bins) {
  int bin = 0;
  while (bin + 1 < bins && static_cast<double>(p) >= static_cast<double>(bin + 1) / bins) {
    ++bin;
  }
  return bin;
}

TEST(BinIndex, AgreesWithDoubleEdgesAroundEveryEdge) {
  for (int bins = 2; bins <= 256; ++bins) {
    for (int k = 0; k <= bins; ++k) {
      const float edge = static_cast<float>(static_cast<double>(k) / bins);
      float p = edge;
      for (int step = 0; step < 3; ++step) {
        p = std::nextafter(p, 0.0f);
      }
      for (int step = -3; step <= 3 && p <= 1.0f; ++step, p = std::nextafter(p, 2.0f)) {
        ASSERT_EQ(bin_index(p, bins), bin_by_edges(p, bins)) << bins << " bins, p = " << p;
      }
    }
  }
}

TEST(BinIndex, EndsOfTheRange) {
  for (const int bins : {2, 10, 30, 256}) {
    EXPECT_EQ(bin_index(0.0f, bins), 0);
    EXPECT_EQ(bin_index(0x1p-149f, bins), 0);
    EXPECT_EQ(bin_index(1.0f, bins), bins - 1);
    EXPECT_EQ(bin_index(std::nextafter(1.0f, 0.0f), bins), bins - 1);
  }
}

TEST(SumLanes, AddsInTheStatedOrder) {
  // 2^24 absorbs a one added alone, so the sum tells who was added to whom first: lanes 16 to 31
  // meet 0 to 15, and the ones of lanes 8 and 24 meet each other before they meet lane 0.
  float partial[kSumLanes] = {};
  partial[0] = 0x1p24f;
  partial[8] = 1.0f;
  partial[24] = 1.0f;
  EXPECT_EQ(sum_lanes(partial), 0x1p24f + 2.0f);
  float other[kSumLanes] = {};
  other[0] = 0x1p24f;
  other[8] = 1.0f;
  other[16] = 1.0f;
  EXPECT_EQ(sum_lanes(other), 0x1p24f);
}

RowSoftmax softmax_of(const std::vector<float>& z) {
  return row_softmax(static_cast<int>(z.size()),
                     [&z](int c) { return z[static_cast<std::size_t>(c)]; });
}

TEST(RowSoftmax, MaximumSumAndFirstOfTheLargest) {
  const RowSoftmax row = softmax_of({1.0f, 3.0f, 2.0f, 3.0f});
  EXPECT_TRUE(row.valid);
  EXPECT_EQ(row.argmax, 1);
  EXPECT_EQ(row.max, 3.0f);
  EXPECT_NEAR(row.sum, 2.0 + std::exp(-1.0) + std::exp(-2.0), 1e-6);
  EXPECT_EQ(row.reciprocal, 1.0f / row.sum);
}

TEST(RowSoftmax, RejectsWhatIsNoDistribution) {
  EXPECT_FALSE(softmax_of({kNan, 0.0f}).valid);
  EXPECT_FALSE(softmax_of({0.0f, 1.0f, kNan}).valid);
  EXPECT_FALSE(softmax_of({0.0f, kInf}).valid);
  EXPECT_FALSE(softmax_of({kInf, kInf}).valid);
  EXPECT_FALSE(softmax_of({-kInf, -kInf, -kInf}).valid);
  EXPECT_FALSE(softmax_of({-kInf, kNan}).valid);
  EXPECT_TRUE(softmax_of({-kInf, 0.0f}).valid);
  EXPECT_TRUE(softmax_of({kMax, -kMax}).valid);
}

TEST(RowSoftmax, EqualLogitsHaveEqualBinsOfTheExactProbability) {
  const RandomStream random{7, kTestStream, 1};
  std::uint64_t draw = 0;
  for (int classes = 2; classes <= 50; ++classes) {
    for (int trial = 0; trial < 40; ++trial) {
      const float value = (uniform_float(random.word(draw++)) - 0.5f) * 200.0f;
      const std::vector<float> z(static_cast<std::size_t>(classes), value);
      const RowSoftmax row = softmax_of(z);
      EXPECT_EQ(row.sum, static_cast<float>(classes));
      // The rounded 1 / C is below the edge 1 / C for some C; the bin follows the rounded value.
      const float p = 1.0f / static_cast<float>(classes);
      for (const int bins : {2, 10, 30}) {
        EXPECT_EQ(bin_index(row_probability(row, value), bins), bin_by_edges(p, bins));
      }
    }
  }
}

TEST(RowLossFixed, IsMinusLogProbabilityWithACappedDifference) {
  const std::vector<float> z{0.5f, -1.25f, 3.0f};
  const RowSoftmax row = softmax_of(z);
  const double sum = std::exp(-2.5) + std::exp(-4.25) + 1.0;
  for (const float logit : z) {
    const double expected = std::log(sum) + 3.0 - static_cast<double>(logit);
    EXPECT_NEAR(loss_nats(row_loss_fixed(row, logit)), expected, 1e-7);
  }
  const double capped = 16384.0 + loss_nats(log_of_sum_fixed(row.sum));
  EXPECT_EQ(loss_nats(row_loss_fixed(row, -kInf)), capped);
  EXPECT_EQ(loss_nats(row_loss_fixed(row, -kMax)), capped);
  const RowSoftmax certain = softmax_of({200.0f, 0.0f});
  EXPECT_EQ(row_loss_fixed(certain, 200.0f), 0u);
}

}  // namespace
}  // namespace infoplane
