#include "analysis/ranking.h"

#include <gmock/gmock.h>

#include <cmath>
#include <vector>

#include "analysis/rank_correlation.h"
#include "core/error.h"
#include "tests/support/nan.h"

namespace infoplane::test {
namespace {

using testing::ElementsAre;

Phases model(double height, std::optional<double> slope) {
  Phases phases;
  phases.transition.i_ty_bits = height;
  phases.slope = slope;
  phases.compresses = slope.has_value();
  return phases;
}

TEST(RankCorrelation, AverageRanksShareTies) {
  EXPECT_THAT(average_ranks(std::vector{3.0, 1.0, 3.0, 2.0}), ElementsAre(3.5, 1.0, 3.5, 2.0));
}

// Worked by hand. Of six pairs one is tied in x and none in y, and the other five agree: tau-b is
// 5 / sqrt(5 * 6). Ranks 1, 2.5, 2.5, 4 against 1, 3, 2, 4, less their means, give
// rho = 4.5 / sqrt(4.5 * 5).
TEST(RankCorrelation, KnownValues) {
  const std::vector<double> up = {1.0, 2.0, 3.0, 4.0};
  EXPECT_EQ(kendall_tau_b(up, up), 1.0);
  EXPECT_EQ(spearman_rho(up, up), 1.0);
  EXPECT_EQ(kendall_tau_b(up, std::vector{4.0, 3.0, 2.0, 1.0}), -1.0);
  EXPECT_EQ(spearman_rho(up, std::vector{4.0, 3.0, 2.0, 1.0}), -1.0);
  const std::vector<double> x = {1.0, 2.0, 2.0, 4.0};
  const std::vector<double> y = {10.0, 30.0, 20.0, 40.0};
  EXPECT_DOUBLE_EQ(kendall_tau_b(x, y), 5.0 / std::sqrt(30.0));
  EXPECT_DOUBLE_EQ(spearman_rho(x, y), 4.5 / std::sqrt(22.5));
}

TEST(RankCorrelation, WithoutOrderThereIsNone) {
  EXPECT_TRUE(std::isnan(kendall_tau_b(std::vector{1.0, 1.0}, std::vector{1.0, 2.0})));
  EXPECT_TRUE(std::isnan(spearman_rho(std::vector{1.0, 2.0}, std::vector{1.0, 1.0})));
  EXPECT_TRUE(std::isnan(kendall_tau_b(std::vector{1.0}, std::vector{1.0})));
  EXPECT_THROW(kendall_tau_b(std::vector{1.0}, std::vector{1.0, 2.0}), ShapeError);
}

TEST(RankCorrelation, WhatIsNoNumberIsNoTie) {
  const std::vector<double> order = {1.0, 2.0, 3.0};
  const std::vector<double> hole = {1.0, kNaN, 3.0};
  EXPECT_TRUE(std::isnan(kendall_tau_b(order, hole)));
  EXPECT_TRUE(std::isnan(kendall_tau_b(hole, order)));
  EXPECT_TRUE(std::isnan(spearman_rho(order, hole)));
  EXPECT_TRUE(std::isnan(spearman_rho(hole, order)));
}

TEST(Ranking, SmallSlopesFirstThenHeightsThenWhatHasNoSecondPhase) {
  const std::vector<Phases> models = {model(2.0, 0.2), model(3.0, std::nullopt), model(1.0, -0.1),
                                      model(2.5, 0.2), model(3.5, std::nullopt)};
  const Ranking ranking = rank_models(models);
  EXPECT_THAT(ranking.places, ElementsAre(3, 5, 1, 2, 4));
  EXPECT_THAT(ranking.heights, ElementsAre(4, 2, 5, 3, 1));
  EXPECT_THAT(ranking.slopes, ElementsAre(2, 4, 1, 2, 4));
}

// Table 4 of the paper, CIFAR-10: FC-3, FC-6, FC-9, CNN-2, CNN-4, CNN-6.
TEST(Ranking, OnThePapersTableItMisplacesOneModel) {
  const auto slope = [](double dy, double dx) { return dy / dx; };
  const std::vector<Phases> models = {model(2.671, std::nullopt),
                                      model(2.604, slope(2.218 - 2.604, 7.197 - 9.321)),
                                      model(2.55, slope(2.218 - 2.55, 7.197 - 9.02)),
                                      model(1.816, std::nullopt),
                                      model(2.840, std::nullopt),
                                      model(2.301, slope(2.472 - 2.301, 4.862 - 8.891))};
  const std::vector<double> accuracy = {0.534, 0.575, 0.56, 0.451, 0.705, 0.781};
  const Ranking ranking = rank_models(models);
  EXPECT_THAT(ranking.places, ElementsAre(5, 2, 3, 6, 4, 1));
  std::vector<double> merit;
  for (const int place : ranking.places) {
    merit.push_back(-place);
  }
  EXPECT_DOUBLE_EQ(kendall_tau_b(merit, accuracy), 11.0 / 15.0);
}

}  // namespace
}  // namespace infoplane::test
