#include "analysis/inversions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/error.h"
#include "core/rng.h"

namespace infoplane {
namespace {

struct Trace {
  std::vector<double> i_ty;
  std::vector<double> accuracy;
  std::vector<double> i_xt;
};

Inversions counted(const Trace& trace) {
  return count_inversions(trace.i_ty, trace.accuracy, trace.i_xt);
}

/// The definition: every ordered pair.
Inversions by_definition(const Trace& trace) {
  Inversions result;
  const std::size_t n = trace.i_ty.size();
  result.samples = static_cast<std::int64_t>(n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      if (trace.i_ty[i] < trace.i_ty[j] && trace.accuracy[i] > trace.accuracy[j]) {
        ++result.inversions;
        result.agreeing += trace.i_xt[i] < trace.i_xt[j] ? 1 : 0;
      }
    }
  }
  return result;
}

/// Values k / levels: few levels make many ties.
Trace random_trace(std::size_t samples, std::uint32_t levels, std::uint64_t seed) {
  const RandomStream random{seed, kTestStream, levels};
  Trace trace;
  std::uint64_t draw = 0;
  const auto next = [&] { return static_cast<double>(random.word(draw++) % levels) / levels; };
  for (std::size_t i = 0; i < samples; ++i) {
    trace.i_ty.push_back(next());
    trace.accuracy.push_back(next());
    trace.i_xt.push_back(next());
  }
  return trace;
}

TEST(Inversions, AgreeWithTheDefinitionOnTracesWithTies) {
  for (const std::uint32_t levels : {1u, 2u, 3u, 7u, 50u, 1000000u}) {
    for (const std::size_t samples : {0u, 1u, 2u, 3u, 10u, 101u, 300u}) {
      for (std::uint64_t seed = 0; seed < 4; ++seed) {
        const Trace trace = random_trace(samples, levels, seed);
        const Inversions expected = by_definition(trace);
        const Inversions got = counted(trace);
        EXPECT_EQ(got.samples, expected.samples);
        EXPECT_EQ(got.inversions, expected.inversions) << samples << " samples, " << levels;
        EXPECT_EQ(got.agreeing, expected.agreeing) << samples << " samples, " << levels;
      }
    }
  }
}

TEST(Inversions, AgreeWithTheDefinitionOnFiveThousandSamples) {
  for (const std::uint32_t levels : {100u, 1000000u}) {
    const Trace trace = random_trace(5000, levels, 11);
    const Inversions expected = by_definition(trace);
    EXPECT_GT(expected.inversions, 5000000);
    EXPECT_EQ(counted(trace).inversions, expected.inversions);
    EXPECT_EQ(counted(trace).agreeing, expected.agreeing);
  }
}

TEST(Inversions, WorkedByHand) {
  // (0, 1) and (0, 2) are inverted: less I(T;Y), more accuracy. Only (0, 1) has less I(X;T), too.
  const Inversions result = counted({{1.0, 2.0, 3.0}, {0.9, 0.5, 0.6}, {4.0, 5.0, 3.0}});
  EXPECT_EQ(result.inversions, 2);
  EXPECT_EQ(result.agreeing, 1);
  EXPECT_EQ(result.percentage(), 0.5);
}

TEST(Inversions, TiesAreNeither) {
  EXPECT_EQ(counted({{1, 1}, {0.9, 0.5}, {4, 5}}).inversions, 0);
  EXPECT_EQ(counted({{1, 2}, {0.5, 0.5}, {4, 5}}).inversions, 0);
  const Inversions tied_i_xt = counted({{1, 2}, {0.9, 0.5}, {4, 4}});
  EXPECT_EQ(tied_i_xt.inversions, 1);
  EXPECT_EQ(tied_i_xt.agreeing, 0);
}

TEST(Inversions, NoneHaveNoPercentage) {
  const Inversions result = counted({{1, 2, 3}, {0.1, 0.2, 0.3}, {1, 2, 3}});
  EXPECT_EQ(result.inversions, 0);
  EXPECT_TRUE(std::isnan(result.percentage()));
}

TEST(Inversions, ManySamplesAreQuick) {
  const std::size_t n = 2'000'000;  // 2e12 pairs by the definition
  Trace trace;
  for (std::size_t i = 0; i < n; ++i) {
    trace.i_ty.push_back(static_cast<double>(i));
    trace.accuracy.push_back(-static_cast<double>(i));
    trace.i_xt.push_back(static_cast<double>(i));
  }
  const Inversions result = counted(trace);
  EXPECT_EQ(result.inversions, 1999999000000);
  EXPECT_EQ(result.agreeing, 1999999000000);
}

TEST(Inversions, RefuseWhatIsNoTrace) {
  EXPECT_THROW(counted({{1, 2}, {0.5}, {1, 2}}), ShapeError);
  EXPECT_THROW(counted({{1, 2}, {0.5, 0.6}, {1}}), ShapeError);
  EXPECT_THROW(counted({{1, 2}, {0.5, std::numeric_limits<double>::quiet_NaN()}, {1, 2}}),
               DataError);
}

}  // namespace
}  // namespace infoplane
