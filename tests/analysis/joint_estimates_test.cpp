#include "analysis/joint_estimates.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

namespace infoplane {
namespace {

// Symbols 3, 5 and 9 with 3, 4 and 1 rows; labels 0 and 1 with 5 and 3.
const std::vector<JointCell> kCells = {{3, 0, 1}, {3, 1, 2}, {5, 0, 4}, {9, 1, 1}};

TEST(JointEstimates, CountCountsOfSymbolsLabelsAndBoth) {
  const JointHistograms histograms = joint_histograms(kCells, 10.0, 2.0);
  EXPECT_EQ(histograms.t, (CountOfCounts{{1, 1}, {3, 1}, {4, 1}}));
  EXPECT_EQ(histograms.y, (CountOfCounts{{3, 1}, {5, 1}}));
  EXPECT_EQ(histograms.ty, (CountOfCounts{{1, 2}, {2, 1}, {4, 1}}));
  EXPECT_EQ(histograms.rows(), 8);
}

TEST(JointEstimates, AreTheEntropiesInBits) {
  const JointHistograms histograms = joint_histograms(kCells, 10.0, 2.0);
  for (const Estimator estimator : all_estimators()) {
    if (estimator == Estimator::kJamesStein) {
      continue;
    }
    const JointEstimate result = estimate(estimator, histograms);
    const double h_t = entropy_nats(estimator, histograms.t, 10.0) / std::numbers::ln2;
    const double h_y = entropy_nats(estimator, histograms.y, 2.0) / std::numbers::ln2;
    const double h_ty = entropy_nats(estimator, histograms.ty, 20.0) / std::numbers::ln2;
    EXPECT_DOUBLE_EQ(result.i_xt_bits(), h_t);
    EXPECT_DOUBLE_EQ(result.i_ty_bits(), h_t + h_y - h_ty);
  }
  const JointEstimate plug_in = estimate(Estimator::kMl, histograms);
  EXPECT_NEAR(plug_in.h_ty_bits, 2 * (3.0 / 8.0) + 2.0 / 8.0 * 2.0 + 0.5, 1e-15);
}

TEST(JointEstimates, JamesSteinShrinksOneTable) {
  // The table of 10 x 2 cells itself, and its marginals.
  double p[10][2] = {};
  double squares = 0.0;
  double distance = 0.0;
  for (const JointCell& cell : kCells) {
    p[cell.symbol][cell.label] = static_cast<double>(cell.count) / 8.0;
  }
  for (const auto& row : p) {
    for (const double x : row) {
      squares += x * x;
      distance += (x - 1.0 / 20.0) * (x - 1.0 / 20.0);
    }
  }
  const double lambda = (1.0 - squares) / (7.0 * distance);
  const auto part = [](double x) { return -x * std::log2(x); };
  double h_t = 0.0;
  double h_ty = 0.0;
  double y[2] = {};
  for (const auto& row : p) {
    double sum = 0.0;
    for (int label = 0; label < 2; ++label) {
      const double x = lambda / 20.0 + (1.0 - lambda) * row[label];
      h_ty += part(x);
      sum += x;
      y[label] += x;
    }
    h_t += part(sum);
  }
  const double h_y = part(y[0]) + part(y[1]);
  const JointEstimate got = estimate(Estimator::kJamesStein, joint_histograms(kCells, 10.0, 2.0));
  EXPECT_NEAR(got.h_t_bits, h_t, 1e-14);
  EXPECT_NEAR(got.h_y_bits, h_y, 1e-14);
  EXPECT_NEAR(got.i_ty_bits(), h_t + h_y - h_ty, 1e-14);
  EXPECT_GE(got.i_ty_bits(), 0.0);
  // More symbols than an alphabet that leaves out those on edges.
  EXPECT_GE(estimate(Estimator::kJamesStein, joint_histograms(kCells, 1.0, 2.0)).i_ty_bits(), 0.0);
}

TEST(JointEstimates, BiasIsTheDifferenceThatMillerAndMadowMake) {
  const JointHistograms histograms = joint_histograms(kCells, 10.0, 2.0);
  const Reliability trust = reliability(histograms);
  EXPECT_DOUBLE_EQ(trust.coverage, 1.0 - 1.0 / 8.0);
  // K_TY = 4, K_T = 3, K_Y = 2: nothing to correct.
  EXPECT_EQ(trust.i_ty_bias_bits, 0.0);
  const std::vector<JointCell> full = {{0, 0, 2}, {0, 1, 1}, {1, 0, 1}, {1, 1, 4}};
  const JointHistograms other = joint_histograms(full, 10.0, 2.0);
  EXPECT_DOUBLE_EQ(reliability(other).i_ty_bias_bits, 1.0 / (16.0 * std::numbers::ln2));
  EXPECT_NEAR(reliability(other).i_ty_bias_bits,
              estimate(Estimator::kMl, other).i_ty_bits() -
                  estimate(Estimator::kMillerMadow, other).i_ty_bits(),
              1e-15);
}

TEST(JointEstimates, CorrectedValuesAreNotClamped) {
  // Independent and balanced: plug-in I(T;Y) is 0, and less what Miller and Madow take off.
  const std::vector<JointCell> cells = {{0, 0, 2}, {0, 1, 2}, {1, 0, 2}, {1, 1, 2}};
  EXPECT_LT(estimate(Estimator::kMillerMadow, joint_histograms(cells, 2, 2)).i_ty_bits(), -0.05);
}

TEST(JointEstimates, AnEmptyTableIsZero) {
  const JointHistograms histograms = joint_histograms({}, 10.0, 2.0);
  EXPECT_EQ(reliability(histograms).coverage, 0.0);
  EXPECT_EQ(reliability(histograms).i_ty_bias_bits, 0.0);
  EXPECT_EQ(estimate(Estimator::kChaoShen, histograms).i_ty_bits(), 0.0);
}

}  // namespace
}  // namespace infoplane
