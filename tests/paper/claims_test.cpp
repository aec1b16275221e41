#include "paper/claims.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/paper/study_files.h"

namespace infoplane::paper {
namespace {

using test::agreeing;
using test::hand_samples;
using test::HandSample;
using test::opposed;
using test::remove_training_samples;
using test::write_finished_run;
using testing::HasSubstr;

class ClaimsTest : public testing::Test {
 protected:
  std::vector<Claim> claims_of(const std::string& name, int seeds = 1) {
    Study study;
    study.seeds = seeds;
    const std::vector<Item> items{make_item(name, study)};
    return test_claims(items, Runs(folder_.path(), items, {}));
  }

  static Claim find(const std::vector<Claim>& claims, const std::string& part) {
    const auto found = std::find_if(claims.begin(), claims.end(), [&](const Claim& claim) {
      return claim.statement.find(part) != std::string::npos;
    });
    EXPECT_NE(found, claims.end()) << part;
    return *found;
  }

  test::TemporaryFolder folder_;
};

TEST_F(ClaimsTest, PercentagesOfSingleRunsAreNoVerdicts) {
  write_finished_run(folder_, "cnn-9-cifar10-10k-sgd-s1", hand_samples(601, agreeing));
  write_finished_run(folder_, "cnn-9-cifar10-10k-bgd-s1", hand_samples(601, opposed));
  const std::vector<Claim> claims = claims_of("table1");
  const Claim& sgd = find(claims, "cnn-9 sgd: lower I(X;T)");
  EXPECT_EQ(sgd.verdict(), Claim::Verdict::kOneRun);
  EXPECT_EQ(sgd.effect->value, 0.0);  // all agree, as they do with a straight line in time
  const Claim& bgd = find(claims, "cnn-9 bgd: lower I(X;T)");
  EXPECT_EQ(bgd.effect->value, -1.0);  // none agrees
  const Claim& above = find(claims, "cnn-9: SGD has");
  EXPECT_EQ(above.verdict(), Claim::Verdict::kOneRun);
  EXPECT_EQ(above.effect->value, 1.0);
  const Claim& linear = find(claims, "linear: SGD has");
  EXPECT_EQ(linear.verdict(), Claim::Verdict::kNotTested);
  EXPECT_THAT(linear.detail, HasSubstr("linear sgd not run"));
}

TEST_F(ClaimsTest, ARunWithoutTheSplitIsNoSeed) {
  for (const char* name : {"cnn-2-cifar10-s1", "cnn-2-cifar10-s2"}) {
    write_finished_run(folder_, name, hand_samples(601, agreeing));
  }
  remove_training_samples(folder_, "cnn-2-cifar10-s1");
  const Claim& claim = find(claims_of("table2", 2), "cnn-2: lower I(X;T)");
  EXPECT_EQ(claim.verdict(), Claim::Verdict::kOneRun);
  ASSERT_TRUE(claim.effect.has_value());
}

TEST_F(ClaimsTest, ATraceWithoutRelationIsNotBeyondDrifts) {
  // Accuracy and both informations from three unrelated recurrences.
  write_finished_run(
      folder_, "cnn-2-cifar10-s1", hand_samples(600, [](double i) {
        const auto part = [](double x) { return x - std::floor(x); };
        return HandSample{part(i * 0.6180339887), part(i * 0.4142135623), part(i * 0.7320508075)};
      }));
  const std::vector<Claim> claims = claims_of("table2");
  const Claim& claim = find(claims, "cnn-2: lower I(X;T)");
  EXPECT_LT(claim.effect->low, 0.0);
  EXPECT_LT(claim.effect->value, 0.1);
  EXPECT_LT(claim.effect->low, claim.effect->high);
  // One network alone is no order of depths.
  EXPECT_EQ(find(claims, "grows with the number of layers").verdict(), Claim::Verdict::kNotTested);
}

TEST_F(ClaimsTest, AHandfulOfInversionsSaysNothing) {
  write_finished_run(folder_, "cnn-2-cifar10-s1", hand_samples(14, agreeing));  // 91 pairs
  const std::vector<Claim> claims = claims_of("table2");
  const Claim& claim = find(claims, "cnn-2: lower I(X;T)");
  EXPECT_EQ(claim.verdict(), Claim::Verdict::kNotTested);
  EXPECT_THAT(claim.detail, HasSubstr("91 inversions"));
}

TEST_F(ClaimsTest, DeeperIsHigher) {
  write_finished_run(folder_, "cnn-2-cifar10-s1", hand_samples(600, opposed));
  write_finished_run(folder_, "cnn-9-cifar10-s1", hand_samples(600, agreeing));
  const Claim& claim = find(claims_of("table2"), "grows with the number of layers");
  EXPECT_EQ(claim.verdict(), Claim::Verdict::kOneRun);
  EXPECT_EQ(claim.effect->value, 1.0);
  EXPECT_THAT(claim.detail, HasSubstr("cnn-4 not run"));
}

/// Up to `peak` bits in 10 epochs, then down to 4 with the given slope; ends at `accuracy`.
std::vector<HandSample> two_phases(double peak, double slope, double accuracy) {
  return hand_samples(100, [=](double i) {
    const double top = 2.5;
    if (i <= 10) {
      return HandSample{peak * i / 10, top * i / 10, 0.1 * accuracy * i / 10, 2.0 - 0.01 * i};
    }
    const double i_xt = peak - (peak - 4.0) * (i - 10) / 89;
    return HandSample{i_xt, top + slope * (i_xt - peak), accuracy * (0.1 + 0.9 * (i - 10) / 89),
                      1.0 - 0.3 * accuracy};
  });
}

TEST_F(ClaimsTest, SlopesAndPhasesOfTableFour) {
  const struct {
    const char* model;
    double slope;
    double accuracy;
  } networks[] = {{"fc-3", -0.1, 0.90},  {"fc-6", -0.12, 0.91},  {"fc-9", -0.14, 0.92},
                  {"cnn-2", -0.2, 0.95}, {"cnn-4", -0.25, 0.96}, {"cnn-6", -0.3, 0.97}};
  const auto write_seed = [&](int seed) {
    for (const auto& network : networks) {
      write_finished_run(folder_, std::string(network.model) + "-mnist-s" + std::to_string(seed),
                         two_phases(8.0, network.slope + 0.001 * seed, network.accuracy));
    }
  };
  write_seed(1);
  const Claim& one = find(claims_of("table4"), "mnist: CNNs have a smaller slope");
  EXPECT_NEAR(one.effect->value, 0.25 - 0.12, 0.01);
  EXPECT_EQ(one.verdict(), Claim::Verdict::kOneRun);
  write_seed(2);
  write_seed(3);
  const std::vector<Claim> claims = claims_of("table4", 3);
  const Claim& slope = find(claims, "mnist: CNNs have a smaller slope");
  EXPECT_NEAR(slope.effect->value, 0.25 - 0.12, 0.01);
  EXPECT_EQ(slope.verdict(), Claim::Verdict::kHolds);
  EXPECT_THAT(slope.interval, HasSubstr("3 seeds"));
  EXPECT_NEAR(find(claims, "mnist: CNNs know less").effect->value, 0.0, 0.02);
  EXPECT_EQ(find(claims, "cifar10: CNNs have").verdict(), Claim::Verdict::kNotTested);
  const Claim& phases = find(claims, "have one phase, all others two");
  EXPECT_EQ(phases.effect->value, 0.0);  // all of MNIST's have two
  EXPECT_EQ(phases.verdict(), Claim::Verdict::kHolds);
  EXPECT_THAT(phases.detail, HasSubstr("18 runs"));
  // The slopes order these networks perfectly at epoch 20, and so does the loss.
  const Claim& early = find(claims, "mnist: at epoch 20");
  EXPECT_NEAR(early.effect->value, 0.0, 1e-9);
  EXPECT_THAT(find(claims, "cifar10: at epoch 20").detail, HasSubstr("0 networks were run"));
}

TEST_F(ClaimsTest, LayersThatFallAndLayersThatDoNot) {
  // The second layer of "tanh" falls by 2 bits, give or take 0.1; that of "relu" rises to the end.
  for (int seed = 1; seed <= 3; ++seed) {
    for (const bool falls : {true, false}) {
      const std::string name = (falls ? "tishby-s" : "tishby-relu-s") + std::to_string(seed);
      write_finished_run(folder_, name, hand_samples(21, agreeing));
      std::string layers = "step,epoch,split,layer,units,i_xt_bits,i_ty_bits\n";
      for (int i = 0; i <= 20; ++i) {
        const double fall = 2.0 + 0.1 * (seed - 2);
        const double last = falls ? (i < 10 ? 5.0 + 0.1 * i : 6.0 - fall * (i - 10) / 10) : 5.0 + i;
        for (const auto& [layer, value] : {std::pair("1", 11.0), std::pair("2", last)}) {
          layers += std::to_string(50 * i) + "," + std::to_string(i) + ",validation," + layer +
                    ",3," + std::to_string(value) + ",0.5\n";
        }
      }
      test::RunFiles(folder_, name).write("layers.csv", layers);
    }
  }
  const std::vector<Claim> claims = claims_of("fig1");
  const Claim& tanh = find(claims, "tanh: hidden layer 2");
  EXPECT_EQ(tanh.verdict(), Claim::Verdict::kHolds);
  // The mean of five samples cuts the peak: by the samples beside it, (0.1 + 0.2 + 0.2 + 0.4) / 5.
  EXPECT_NEAR(tanh.effect->value, 2.0 - 0.18, 0.03);
  EXPECT_EQ(find(claims, "tanh: hidden layer 1").verdict(), Claim::Verdict::kFails);
  const Claim& relu = find(claims, "relu: hidden layer 2");
  EXPECT_EQ(relu.effect->value, 0.0);
  EXPECT_EQ(relu.verdict(), Claim::Verdict::kFails);
}

TEST(ClaimVerdict, GoesByTheInterval) {
  Claim claim;
  EXPECT_EQ(claim.verdict(), Claim::Verdict::kNotTested);
  claim.effect = {0.2, 0.1, 0.3};
  EXPECT_EQ(claim.verdict(), Claim::Verdict::kHolds);
  claim.effect = {0.2, -0.1, 0.3};
  EXPECT_EQ(claim.verdict(), Claim::Verdict::kUndecided);
  claim.effect = {-0.2, -0.3, -0.1};
  EXPECT_EQ(claim.verdict(), Claim::Verdict::kFails);
  claim.is_one_run = true;
  EXPECT_EQ(claim.verdict(), Claim::Verdict::kOneRun);
}

}  // namespace
}  // namespace infoplane::paper
