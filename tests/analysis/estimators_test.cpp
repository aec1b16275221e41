#include "analysis/estimators.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "core/error.h"

namespace infoplane {
namespace {

CountOfCounts histogram(const std::vector<std::uint64_t>& counts) {
  CountOfCounts result;
  for (const std::uint64_t count : counts) {
    ++result[count];
  }
  return result;
}

double entropy(Estimator estimator, const std::vector<std::uint64_t>& counts,
               double alphabet = 1000.0) {
  return entropy_nats(estimator, histogram(counts), alphabet);
}

TEST(Estimators, GiveTheGoldenVector) {
  // Computed apart from this code by NumPy, SciPy's digamma and the definitions, all 19 rows.
  const std::vector<std::uint64_t> counts = {4, 2, 3, 2, 4, 2, 1, 1};
  EXPECT_NEAR(entropy(Estimator::kMl, counts), 1.9683824087283812, 1e-13);
  EXPECT_NEAR(entropy(Estimator::kMillerMadow, counts), 2.152592935044171, 1e-13);
  EXPECT_NEAR(entropy(Estimator::kGrassberger2003, counts), 2.144626386031427, 1e-13);
  EXPECT_NEAR(entropy(Estimator::kChaoShen, counts), 2.201137101279585, 1e-13);
  EXPECT_NEAR(entropy(Estimator::kJackknife, counts), 2.231274314180112, 1e-12);
  EXPECT_NEAR(entropy(Estimator::kJamesStein, counts, 8), 2.0794415416798357, 1e-13);
  EXPECT_NEAR(entropy(Estimator::kJamesStein, counts, 10), 2.29994676823359, 1e-13);
  EXPECT_NEAR(entropy(Estimator::kJamesStein, counts, 20), 2.736593356572247, 1e-13);
}

TEST(Estimators, JamesSteinWorkedByHand) {
  // Counts 3, 1 of an alphabet of 4: sum p^2 = 10/16; lambda = (1 - 10/16) / (3 (10/16 - 4/16)) =
  // 1/3; p = 7/12, 3/12, 1/12, 1/12.
  const double expected = -(7.0 / 12 * std::log(7.0 / 12) + 3.0 / 12 * std::log(3.0 / 12) +
                            2.0 / 12 * std::log(1.0 / 12));
  EXPECT_NEAR(entropy(Estimator::kJamesStein, {3, 1}, 4), expected, 1e-15);
}

TEST(Estimators, JamesSteinNeedsAnAlphabet) {
  EXPECT_TRUE(std::isnan(entropy(Estimator::kJamesStein, {3, 1}, INFINITY)));
}

TEST(Estimators, GrassbergerIsTheSeriesOfItsClosedForm) {
  // G(n) of a single symbol is ln n - H, and G(2k) = psi(k + 1/2) + ln 2, about ln(2k) + 1/(24
  // k^2).
  const double n = 2000000.0;
  EXPECT_NEAR(entropy(Estimator::kGrassberger2003, {2000000}), -1.0 / (6.0 * n * n), 1e-12);
  // G(3) = G(2) = 2 - gamma - ln 2.
  EXPECT_NEAR(entropy(Estimator::kGrassberger2003, {3}),
              std::log(3.0) - (2.0 - std::numbers::egamma - std::numbers::ln2), 1e-15);
}

TEST(Estimators, JackknifeIsTheMeanOfLeavingOneOut) {
  const std::vector<std::uint64_t> counts = {5, 1, 7, 2};
  const double rows = 15.0;
  double left_out = 0.0;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    std::vector<std::uint64_t> fewer = counts;
    --fewer[k];
    std::erase(fewer, 0u);
    left_out += static_cast<double>(counts[k]) / rows * entropy(Estimator::kMl, fewer);
  }
  EXPECT_NEAR(entropy(Estimator::kJackknife, counts),
              rows * entropy(Estimator::kMl, counts) - (rows - 1.0) * left_out, 1e-12);
}

TEST(Estimators, OneSymbolHasNoEntropy) {
  for (const Estimator estimator :
       {Estimator::kMl, Estimator::kMillerMadow, Estimator::kChaoShen, Estimator::kJackknife}) {
    EXPECT_NEAR(entropy(estimator, {7}), 0.0, 1e-14) << to_string(estimator);
    EXPECT_EQ(entropy(estimator, {1}), 0.0) << to_string(estimator);
  }
  // Seven rows of one symbol: lambda = 0. One row: nothing is known, lambda = 1.
  EXPECT_EQ(entropy(Estimator::kJamesStein, {7}, 5), 0.0);
  EXPECT_NEAR(entropy(Estimator::kJamesStein, {1}, 5), std::log(5.0), 1e-15);
}

TEST(Estimators, AllSingletons) {
  const std::vector<std::uint64_t> ones(50, 1);
  EXPECT_NEAR(entropy(Estimator::kMl, ones), std::log(50.0), 1e-14);
  EXPECT_NEAR(entropy(Estimator::kMillerMadow, ones), std::log(50.0) + 0.49, 1e-14);
  EXPECT_NEAR(entropy(Estimator::kGrassberger2003, ones),
              std::log(50.0) + std::numbers::egamma + std::numbers::ln2, 1e-14);
  // Coverage 0 would have no logarithm: it is taken as 1 - 49/50.
  const double p = 0.02 / 50.0;
  EXPECT_NEAR(entropy(Estimator::kChaoShen, ones),
              -50.0 * p * std::log(p) / (1.0 - std::pow(1.0 - p, 50.0)), 1e-10);
  EXPECT_NEAR(entropy(Estimator::kJackknife, ones), 50.0 * std::log(50.0) - 49.0 * std::log(49.0),
              1e-12);
  EXPECT_NEAR(entropy(Estimator::kJamesStein, ones, 1e6), std::log(1e6), 1e-9);
}

TEST(Estimators, AnEmptySampleHasNone) {
  for (const Estimator estimator : all_estimators()) {
    EXPECT_EQ(entropy(estimator, {}), 0.0) << to_string(estimator);
  }
}

TEST(Estimators, AgreeWhenRowsAbound) {
  const std::vector<std::uint64_t> counts = {4000000, 2000000, 1000000, 1000000};
  const double bits = 1.75;
  for (const Estimator estimator : all_estimators()) {
    EXPECT_NEAR(entropy(estimator, counts, 4) / std::numbers::ln2, bits, 1e-6)
        << to_string(estimator);
  }
}

TEST(Estimators, AreFoundByName) {
  for (const Estimator estimator : all_estimators()) {
    EXPECT_EQ(parse_estimator(to_string(estimator)), estimator);
  }
  try {
    parse_estimator("grassberger");
    FAIL() << "three formulas go by that name";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("grassberger2003"), std::string::npos);
  }
}

}  // namespace
}  // namespace infoplane
