#include "analysis/shuffled_labels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "analysis/joint_estimates.h"
#include "core/error.h"

namespace infoplane {
namespace {

/// `symbols` symbols and `labels` labels, every cell with `rows` rows.
std::vector<JointCell> independent(std::uint64_t symbols, std::int32_t labels, std::uint64_t rows) {
  std::vector<JointCell> cells;
  for (std::uint64_t t = 0; t < symbols; ++t) {
    for (std::int32_t y = 0; y < labels; ++y) {
      cells.push_back({t, y, rows});
    }
  }
  return cells;
}

TEST(ShuffledLabels, HaveTheAnalyticBiasOfIndependentLabels) {
  const std::vector<JointCell> cells = independent(20, 10, 50);  // N = 10,000
  const double bias = reliability(joint_histograms(cells, 20, 10)).i_ty_bias_bits;
  EXPECT_DOUBLE_EQ(bias, 19.0 * 9.0 / (20000.0 * std::numbers::ln2));
  const ShuffledLabels result = shuffle_labels(cells, 400, 3);
  EXPECT_EQ(result.repeats, 400);
  // 2 N ln 2 I(T;Y) is about chi-squared with 171 degrees of freedom: sd = sqrt(2 * 171) of them.
  const double sd = std::sqrt(2.0 * 171.0) / (20000.0 * std::numbers::ln2);
  EXPECT_NEAR(result.i_ty_mean_bits, bias, 4.0 * sd / std::sqrt(400.0) + 0.01 * bias);
  EXPECT_NEAR(result.i_ty_sd_bits, sd, 0.15 * sd);
}

TEST(ShuffledLabels, ForgetWhatTheLabelsSaid) {
  // T tells Y: I(T;Y) = 1 bit. Shuffled, hardly any is left.
  const std::vector<JointCell> cells = {{0, 0, 5000}, {1, 1, 5000}};
  const ShuffledLabels result = shuffle_labels(cells, 100, 1);
  EXPECT_GT(result.i_ty_mean_bits, 0.0);
  EXPECT_LT(result.i_ty_mean_bits, 3.0 / (20000.0 * std::numbers::ln2));
}

TEST(ShuffledLabels, OfSingletonsSayEverything) {
  // Every row its own symbol: I(T;Y) = H(Y) = 1 bit, whatever the labels.
  std::vector<JointCell> cells;
  for (std::uint64_t t = 0; t < 64; ++t) {
    cells.push_back({t, static_cast<std::int32_t>(t % 2), 1});
  }
  const ShuffledLabels result = shuffle_labels(cells, 5, 1);
  EXPECT_NEAR(result.i_ty_mean_bits, 1.0, 1e-14);
  EXPECT_NEAR(result.i_ty_sd_bits, 0.0, 1e-14);
}

TEST(ShuffledLabels, OfOneClassSayNothing) {
  const ShuffledLabels result = shuffle_labels(independent(7, 1, 9), 10, 1);
  EXPECT_NEAR(result.i_ty_mean_bits, 0.0, 1e-14);
  EXPECT_NEAR(result.i_ty_sd_bits, 0.0, 1e-14);
}

TEST(ShuffledLabels, FewRowsAreWorkedByHand) {
  // Two symbols of two rows, labels 0 0 1 1: of the 6 ways to deal them out, 2 tell Y (1 bit) and 4
  // tell nothing. Mean 1/3, variance 2/9.
  const ShuffledLabels result = shuffle_labels({{{0, 0, 2}, {1, 1, 2}}}, 20000, 5);
  EXPECT_NEAR(result.i_ty_mean_bits, 1.0 / 3.0, 0.015);
  EXPECT_NEAR(result.i_ty_sd_bits, std::sqrt(2.0) / 3.0, 0.01);
}

TEST(ShuffledLabels, DependOnNothingButCellsAndSeed) {
  const std::vector<JointCell> cells = independent(20, 10, 5);
  const ShuffledLabels first = shuffle_labels(cells, 10, 3);
  const ShuffledLabels again = shuffle_labels(cells, 10, 3);
  EXPECT_EQ(first.i_ty_mean_bits, again.i_ty_mean_bits);
  EXPECT_EQ(first.i_ty_sd_bits, again.i_ty_sd_bits);
  EXPECT_NE(first.i_ty_mean_bits, shuffle_labels(cells, 10, 4).i_ty_mean_bits);
}

TEST(ShuffledLabels, EdgeCases) {
  EXPECT_EQ(shuffle_labels({}, 3, 1).i_ty_mean_bits, 0.0);
  EXPECT_EQ(shuffle_labels(independent(3, 3, 2), 1, 1).i_ty_sd_bits, 0.0);
  EXPECT_THROW(shuffle_labels(independent(3, 3, 2), 0, 1), UsageError);
}

}  // namespace
}  // namespace infoplane
