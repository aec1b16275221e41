#include "paper/claims.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "paper/tables.h"
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
  EXPECT_EQ(find(claims, "cnn-9 sgd: lower I(X;T)").verdict(), Claim::Verdict::kTooFewRuns);
  EXPECT_EQ(find(claims, "cnn-9 sgd: lower I(X;T)").effect->value, 0.5);  // all agree,
  EXPECT_EQ(find(claims, "cnn-9 sgd: beyond what a drift gives").effect->value,
            0.0);                                                          // as with a line
  EXPECT_EQ(find(claims, "cnn-9 bgd: lower I(X;T)").effect->value, -0.5);  // none agrees
  EXPECT_EQ(find(claims, "cnn-9 bgd: beyond what a drift gives").effect->value, -1.0);
  const Claim& above = find(claims, "cnn-9 sgd has a higher percentage than cnn-9 bgd");
  EXPECT_EQ(above.verdict(), Claim::Verdict::kTooFewRuns);
  EXPECT_EQ(above.effect->value, 1.0);
  const Claim& linear = find(claims, "linear sgd has");
  EXPECT_EQ(linear.verdict(), Claim::Verdict::kNotTested);
  EXPECT_THAT(linear.detail, HasSubstr("linear sgd: its runs were not made"));
}

TEST_F(ClaimsTest, ARunWithoutTheSplitIsNoSeed) {
  for (const char* name : {"cnn-2-cifar10-s1", "cnn-2-cifar10-s2"}) {
    write_finished_run(folder_, name, hand_samples(601, agreeing));
  }
  remove_training_samples(folder_, "cnn-2-cifar10-s1");
  const Claim& claim = find(claims_of("table2", 2), "cnn-2: lower I(X;T)");
  EXPECT_EQ(claim.verdict(), Claim::Verdict::kTooFewRuns);
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
  const Claim& claim = find(claims, "cnn-2: beyond what a drift gives");
  EXPECT_LT(claim.effect->low, 0.0);
  EXPECT_LT(claim.effect->value, 0.1);
  EXPECT_LT(claim.effect->low, claim.effect->high);
  // One network alone is no order of depths.
  EXPECT_EQ(find(claims, "cnn-4 has a higher percentage than cnn-2").verdict(),
            Claim::Verdict::kNotTested);
}

// I(X;T) rises and falls again with I(T;Y), and accuracy against them: all pairs agree, and so they
// do with any line that turns there.
TEST_F(ClaimsTest, ATraceWithOneTurnIsNotBeyondDrifts) {
  for (const char* name : {"cnn-2-cifar10-s1", "cnn-2-cifar10-s2", "cnn-2-cifar10-s3"}) {
    write_finished_run(folder_, name, hand_samples(600, [](double i) {
                         const double away = std::abs(i - 247.25);
                         return HandSample{9.0 - 0.01 * away, 3.0 - 0.002 * away, 0.001 * away};
                       }));
  }
  const std::vector<Claim> claims = claims_of("table2", 3);
  EXPECT_EQ(find(claims, "cnn-2: lower I(X;T)").verdict(), Claim::Verdict::kHolds);
  EXPECT_EQ(find(claims, "cnn-2: beyond what a drift gives").effect->value, 0.0);
}

TEST_F(ClaimsTest, TwoRunsThatAgreeByChanceAreNoVerdict) {
  write_finished_run(folder_, "cnn-2-cifar10-s1", hand_samples(601, agreeing));
  write_finished_run(folder_, "cnn-2-cifar10-s2", hand_samples(601, agreeing));
  EXPECT_EQ(find(claims_of("table2", 2), "cnn-2: lower I(X;T)").verdict(),
            Claim::Verdict::kTooFewRuns);
  write_finished_run(folder_, "cnn-2-cifar10-s3", hand_samples(601, agreeing));
  EXPECT_EQ(find(claims_of("table2", 3), "cnn-2: lower I(X;T)").verdict(), Claim::Verdict::kHolds);
}

TEST_F(ClaimsTest, AShareBelowDriftsRefutesNothingAndOneBelowHalfDoes) {
  for (const char* name : {"cnn-2-cifar10-s1", "cnn-2-cifar10-s2", "cnn-2-cifar10-s3"}) {
    write_finished_run(folder_, name, hand_samples(601, opposed));
  }
  const std::vector<Claim> claims = claims_of("table2", 3);
  EXPECT_EQ(find(claims, "cnn-2: beyond what a drift gives").effect->high, -1.0);
  EXPECT_EQ(find(claims, "cnn-2: beyond what a drift gives").verdict(), Claim::Verdict::kUndecided);
  EXPECT_EQ(find(claims, "cnn-2: lower I(X;T)").effect->high, -0.5);
  EXPECT_EQ(find(claims, "cnn-2: lower I(X;T)").verdict(), Claim::Verdict::kFails);
}

TEST_F(ClaimsTest, AHandfulOfInversionsSaysNothing) {
  write_finished_run(folder_, "cnn-2-cifar10-s1", hand_samples(14, agreeing));  // 91 pairs
  const std::vector<Claim> claims = claims_of("table2");
  const Claim& claim = find(claims, "cnn-2: lower I(X;T)");
  EXPECT_EQ(claim.verdict(), Claim::Verdict::kNotTested);
  EXPECT_THAT(claim.detail, HasSubstr("91 inversions"));
}

TEST_F(ClaimsTest, EveryStepToTheNextDeeperNetworkIsAClaim) {
  write_finished_run(folder_, "cnn-2-cifar10-s1", hand_samples(600, opposed));
  write_finished_run(folder_, "cnn-4-cifar10-s1", hand_samples(600, agreeing));
  const std::vector<Claim> claims = claims_of("table2");
  const Claim& step = find(claims, "cnn-4 has a higher percentage than cnn-2");
  EXPECT_EQ(step.verdict(), Claim::Verdict::kTooFewRuns);
  EXPECT_EQ(step.effect->value, 1.0);
  EXPECT_EQ(find(claims, "cnn-9 has a higher percentage than cnn-4").detail,
            "cnn-9: its runs were not made");
}

// Table 3 asks for 300 samples; its cell and its claim say the same of a run with 250.
TEST_F(ClaimsTest, ARunThatIsTooShortIsNotTested) {
  write_finished_run(folder_, "cnn-16-cifar10-s1", hand_samples(250, agreeing));
  const std::vector<Claim> claims = claims_of("table3");
  EXPECT_EQ(find(claims, "200 samples: lower I(X;T)").verdict(), Claim::Verdict::kTooFewRuns);
  EXPECT_EQ(find(claims, "300 samples: lower I(X;T)").verdict(), Claim::Verdict::kNotTested);
  EXPECT_EQ(find(claims, "300 samples: lower I(X;T)").detail, "the run has 250 samples");
}

TEST(Claims, WithoutAnIntervalThereAreNoEnds) {
  Claim claim;
  set_effect_over_seeds(claim, {0.5});
  EXPECT_EQ(claim.effect->value, 0.5);
  EXPECT_TRUE(std::isnan(claim.effect->low));
  EXPECT_THAT(claims_csv({claim}, ""), HasSubstr(",too few runs,0.5,,,"));
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
  EXPECT_EQ(one.verdict(), Claim::Verdict::kTooFewRuns);
  write_seed(2);
  write_seed(3);
  const std::vector<Claim> claims = claims_of("table4", 3);
  const Claim& slope = find(claims, "mnist: CNNs have a smaller slope");
  EXPECT_NEAR(slope.effect->value, 0.25 - 0.12, 0.01);
  EXPECT_EQ(slope.verdict(), Claim::Verdict::kHolds);
  EXPECT_THAT(slope.interval, HasSubstr("3 seeds"));
  EXPECT_NEAR(find(claims, "mnist: CNNs know less").effect->value, 0.0, 0.02);
  EXPECT_EQ(find(claims, "cifar10: CNNs have").verdict(), Claim::Verdict::kNotTested);
  EXPECT_THAT(slope.interval, HasSubstr("nine rules"));
  // The slopes order these networks perfectly at epoch 20, and so does the loss.
  const Claim& early = find(claims, "mnist: at epoch 20");
  EXPECT_NEAR(early.effect->value, 0.0, 1e-9);
  // The transition is at epoch 10 of 99.
  EXPECT_NEAR(find(claims, "mnist: most of the training").effect->value, 1.0 - 10.0 / 99 - 0.5,
              0.02);
  EXPECT_THAT(find(claims, "cifar10: at epoch 20").detail,
              HasSubstr("0 networks have come to epoch 20"));
}

/// A network with one phase: I(X;T) rises to the end.
std::vector<HandSample> one_phase() {
  return hand_samples(100, [](double i) { return HandSample{0.1 * i, 0.02 * i, 0.005 * i}; });
}

TEST_F(ClaimsTest, WhichCompressIsAboutTwelveNetworks) {
  const auto claim = [&](int seeds) {
    return find(claims_of("table4", seeds), "have one phase, all others two");
  };
  const auto write = [&](const std::string& network, int seed, bool two) {
    write_finished_run(folder_, network + "-s" + std::to_string(seed),
                       two ? two_phases(8.0, -0.1, 0.9) : one_phase());
  };
  EXPECT_EQ(claim(1).verdict(), Claim::Verdict::kNotTested);
  write("fc-3-mnist", 1, true);
  EXPECT_EQ(claim(1).verdict(), Claim::Verdict::kPartial);
  EXPECT_FALSE(std::signbit(claim(1).effect->value));  // 0, not -0
  for (const int seed : {1, 2, 3}) {
    for (const char* network : {"fc-3", "fc-6", "fc-9", "cnn-2", "cnn-4", "cnn-6"}) {
      const bool one = network == std::string("fc-3") || network == std::string("cnn-2") ||
                       network == std::string("cnn-4");
      write(std::string(network) + "-mnist", seed, true);
      if (network != std::string("cnn-6")) {
        write(std::string(network) + "-cifar10", seed, !one);
      }
    }
  }
  EXPECT_EQ(claim(3).verdict(), Claim::Verdict::kPartial);  // eleven of twelve
  EXPECT_EQ(claim(3).detail, "33 runs; not run: cnn-6 cifar10");
  write("cnn-6-cifar10", 1, true);
  EXPECT_EQ(claim(3).verdict(), Claim::Verdict::kUndecided);  // as it has a single run
  write("cnn-6-cifar10", 2, true);
  write("cnn-6-cifar10", 3, true);
  EXPECT_EQ(claim(3).verdict(), Claim::Verdict::kHolds);
  EXPECT_EQ(claim(3).detail, "36 runs");
  // What stands otherwise is one run of three, then all, for which the other networks are not
  // needed.
  write("cnn-6-cifar10", 1, false);
  EXPECT_EQ(claim(3).verdict(), Claim::Verdict::kUndecided);
  EXPECT_EQ(claim(3).detail, "36 runs; otherwise: cnn-6 cifar10 in 1 to 1 of 3");
  write("cnn-6-cifar10", 2, false);
  write("cnn-6-cifar10", 3, false);
  EXPECT_EQ(claim(3).verdict(), Claim::Verdict::kFails);
  EXPECT_EQ(claim(3).effect->value, -1.0);
  std::filesystem::remove_all(folder_.path() / "fc-3-mnist-s1");
  std::filesystem::remove_all(folder_.path() / "fc-3-mnist-s2");
  std::filesystem::remove_all(folder_.path() / "fc-3-mnist-s3");
  EXPECT_EQ(claim(3).verdict(), Claim::Verdict::kFails);
}

TEST_F(ClaimsTest, FallingITyOfTheSecondPhase) {
  for (const std::string seed : {"1", "2", "3"}) {
    // I(T;Y) rises as I(X;T) falls; then it falls by 0.2 of every bit.
    write_finished_run(folder_, "fc-6-cifar10-s" + seed, two_phases(8.0, -0.1, 0.9));
    write_finished_run(folder_, "fc-9-cifar10-s" + seed, two_phases(8.0, 0.2, 0.9));
  }
  const std::vector<Claim> claims = claims_of("table4", 3);
  EXPECT_EQ(find(claims, "fc-6 cifar10: I(T;Y) falls").verdict(), Claim::Verdict::kFails);
  const Claim& falls = find(claims, "fc-9 cifar10: I(T;Y) falls");
  EXPECT_EQ(falls.verdict(), Claim::Verdict::kHolds);
  EXPECT_NEAR(falls.effect->value, 0.2 * 4.0, 0.01);
  EXPECT_THAT(falls.detail, HasSubstr("shuffled labels: "));
  const Claim& corrected = find(claims, "fc-9 cifar10: I(T;Y) corrected");
  EXPECT_EQ(corrected.verdict(), Claim::Verdict::kNotTested);  // these runs have no such readings
  EXPECT_THAT(corrected.detail, HasSubstr("no readings"));
}

// I(T;Y) falls by 0.8 bit while I(X;T) falls by 4; estimators take off a tenth of I(X;T) as bias,
// or one of them a quarter, by which it rises.
TEST_F(ClaimsTest, AFallHasToBeThatOfEveryEstimator) {
  const auto verdict = [&](double jackknife) {
    for (const std::string seed : {"1", "2", "3"}) {
      const std::string name = "fc-9-cifar10-s" + seed;
      const std::vector<HandSample> samples = two_phases(8.0, 0.2, 0.9);
      write_finished_run(folder_, name, samples);
      std::string readings = test::read_file(folder_.path() / name / "readings.csv");
      for (std::size_t i = 0; i < samples.size(); ++i) {
        for (const std::string estimator :
             {"miller_madow", "grassberger2003", "chao_shen", "jackknife"}) {
          const double bias = (estimator == "jackknife" ? jackknife : 0.1) * samples[i].i_xt;
          readings += fmt::format("{},{},validation,{},{},{},{},80,10000\n", 50 * i, i, estimator,
                                  samples[i].i_xt, samples[i].i_ty - bias, samples[i].accuracy);
        }
      }
      test::RunFiles(folder_, name).write("readings.csv", readings);
    }
    const Claim claim = find(claims_of("table4", 3), "fc-9 cifar10: I(T;Y) corrected");
    EXPECT_NEAR(claim.effect->value, 0.8 - 0.1 * 3.0 - jackknife, 0.02);
    return claim.verdict();
  };
  EXPECT_EQ(verdict(0.1), Claim::Verdict::kHolds);
  EXPECT_EQ(verdict(0.25), Claim::Verdict::kUndecided);
}

/// A first step to 8 bits and a height of I(T;Y), back to 6, a plateau of 7.5, and down to 4.
std::vector<HandSample> steep(double height, double plateau) {
  return hand_samples(100, [=](double i) {
    return i == 0.0   ? HandSample{0.5, 0.1, 0.1}
           : i == 1.0 ? HandSample{8.0, height, 0.2}
           : i < 10.0 ? HandSample{6.0, height, 0.3}
           : i < 30.0 ? HandSample{7.5, plateau, 0.3}
                      : HandSample{7.5 - 0.05 * (i - 29.0), plateau, 0.4};
  });
}

// With a window of one the transition is the second sample, where the CNNs know more, with others
// one of the plateau, where they know less.
TEST_F(ClaimsTest, AVerdictIsOneUnderAllRules) {
  for (const std::string seed : {"1", "2"}) {
    const double part = seed == "1" ? 0.0 : 0.001;
    write_finished_run(folder_, "fc-3-mnist-s" + seed, steep(1.0 + part, 2.0 + part));
    write_finished_run(folder_, "cnn-2-mnist-s" + seed, steep(2.0, 1.0));
  }
  const Claim& claim = find(claims_of("table4", 2), "mnist: CNNs know less");
  EXPECT_NEAR(claim.effect->value, 1.0, 0.01);
  EXPECT_LT(claim.effect->low, -0.9);
  EXPECT_GT(claim.effect->high, 1.0);
  EXPECT_EQ(claim.verdict(), Claim::Verdict::kPartial);
  EXPECT_THAT(claim.detail, HasSubstr("not run: fc-6 mnist, fc-9 mnist, cnn-4 mnist, cnn-6 mnist"));
}

// A fall of 0.3 bit is no second phase under the rules that ask for 0.5.
TEST_F(ClaimsTest, ARuleThatSeesNothingLeavesItUndecided) {
  for (const std::string seed : {"1", "2"}) {
    const double part = seed == "1" ? 0.0 : 0.001;
    write_finished_run(folder_, "fc-3-mnist-s" + seed, two_phases(4.3, -0.1 - part, 0.9));
    write_finished_run(folder_, "cnn-2-mnist-s" + seed, two_phases(8.0, -0.3, 0.9));
  }
  const Claim& claim = find(claims_of("table4", 2), "mnist: CNNs have a smaller slope");
  EXPECT_NEAR(claim.effect->value, 0.2, 0.05);
  EXPECT_EQ(claim.effect->low, 0.0);
}

/// Three classes at three samples each: `i_ty` and `i_xt` at the end, and accuracies.
void write_classes(const test::TemporaryFolder& folder, const std::string& name,
                   const std::vector<double>& i_ty, const std::vector<double>& i_xt,
                   const std::vector<double>& accuracy) {
  write_finished_run(folder, name, hand_samples(3, agreeing));
  std::string classes = "step,split,class,n,h_x_bits,i_xt_bits,i_ty_bits,accuracy\n";
  for (int sample = 0; sample < 3; ++sample) {
    const double part = (sample + 1) / 3.0;
    for (std::size_t c = 0; c < accuracy.size(); ++c) {
      classes += fmt::format("{},validation,{},100,10,{},{},{}\n", 50 * sample, c,
                             i_xt[c] * (sample == 1 ? 4.0 : part), i_ty[c] * part, accuracy[c]);
    }
  }
  test::RunFiles(folder, name).write("per_class.csv", classes);
}

TEST_F(ClaimsTest, TheOrderOfClassesOfOneRunIsNoVerdict) {
  const auto ends = [&](int seeds, const char* what) {
    return find(claims_of("fig6", seeds), std::string("fig6, alexnet: classes with ") + what);
  };
  const std::vector<double> rising = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8};
  const std::vector<double> falling(rising.rbegin(), rising.rend());
  write_classes(folder_, "alexnet-cifar10-s1", rising, falling, rising);
  EXPECT_EQ(ends(1, "more I(T;Y)").effect->value, 1.0);
  EXPECT_EQ(ends(1, "less I(X;T)").effect->value, 1.0);
  EXPECT_EQ(ends(1, "more I(T;Y)").verdict(), Claim::Verdict::kTooFewRuns);
  EXPECT_THAT(ends(1, "more I(T;Y)").detail,
              HasSubstr("class 1: I(T;Y) 0.200, I(X;T) 0.070 of H(X), accuracy 0.200"));
  EXPECT_EQ(find(claims_of("fig6"), "alexnet: slope, then height").verdict(),
            Claim::Verdict::kTooFewRuns);
  EXPECT_THAT(claims_of("fig6"), testing::Not(testing::Contains(testing::Field(
                                     &Claim::statement, HasSubstr("cnn-16: slope, then height")))));
  // Every other run has less I(X;T) where accuracy is lower: the mean over all is no order.
  write_classes(folder_, "alexnet-cifar10-s2", rising, rising, rising);
  EXPECT_EQ(ends(2, "more I(T;Y)").verdict(), Claim::Verdict::kTooFewRuns);
  write_classes(folder_, "alexnet-cifar10-s3", rising, falling, rising);
  write_classes(folder_, "alexnet-cifar10-s4", rising, rising, rising);
  EXPECT_EQ(ends(4, "more I(T;Y)").verdict(), Claim::Verdict::kHolds);
  EXPECT_EQ(ends(4, "less I(X;T)").effect->value, 0.0);
  EXPECT_EQ(ends(4, "less I(X;T)").verdict(), Claim::Verdict::kUndecided);
}

TEST_F(ClaimsTest, SlopeAndHeightMayOrderClassesApart) {
  const std::vector<double> rising = {1.0, 2.0, 3.0, 4.0};
  write_classes(folder_, "alexnet-cifar10-s1", rising, {1.0, 4.0, 9.0, 16.0}, rising);
  const std::vector<Claim> claims = claims_of("fig6");
  EXPECT_EQ(find(claims, "alexnet: slope, then height").effect->value, -1.0);
  EXPECT_EQ(find(claims, "alexnet: classes with more I(T;Y) at the transition").effect->value, 1.0);
}

TEST_F(ClaimsTest, AClassThatTheValidationImagesLackIsLeftOut) {
  const std::vector<double> rising = {0.1, 0.2, 0.3, 0.4, std::nan("")};
  write_classes(folder_, "alexnet-cifar10-s1", rising, rising, rising);
  const std::vector<Claim> claims = claims_of("fig6");
  EXPECT_EQ(find(claims, "alexnet: classes with more").effect->value, 1.0);
  EXPECT_TRUE(find(claims, "alexnet: slope, then height").effect.has_value());
}

TEST_F(ClaimsTest, SamplesThatAreNoNumbersAreLeftOut) {
  std::vector<HandSample> samples = hand_samples(250, agreeing);
  for (std::size_t i = 150; i < samples.size(); ++i) {
    samples[i].i_ty = std::nan("");
  }
  write_finished_run(folder_, "cnn-16-cifar10-s1", samples);
  write_finished_run(folder_, "cnn-9-cifar10-s1",
                     std::vector<HandSample>(9, {std::nan(""), std::nan(""), std::nan("")}));
  EXPECT_TRUE(find(claims_of("table3"), "100 samples").effect.has_value());
  EXPECT_FALSE(find(claims_of("table2"), "cnn-9: lower").effect.has_value());
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
        for (const auto& [layer, value] : {std::pair("1", 11.0), std::pair("2", last),
                                           std::pair("3", 13.1), std::pair("4", 8.0 - 0.02 * i)}) {
          layers += std::to_string(50 * i) + "," + std::to_string(i) + ",validation," + layer +
                    ",3," + std::to_string(value) + ",0.5\n";
        }
      }
      test::RunFiles(folder_, name).write("layers.csv", layers);
    }
  }
  const std::vector<Claim> claims = claims_of("fig1");
  const Claim& tanh = find(claims, "tanh: the mean path of hidden layer 2");
  EXPECT_EQ(tanh.verdict(), Claim::Verdict::kHolds);
  EXPECT_THAT(tanh.detail, HasSubstr("3 of 3 initialisations fall by 0.25 bit or more themselves"));
  std::filesystem::remove_all(folder_.path() / "tishby-s3");
  EXPECT_EQ(find(claims_of("fig1"), "tanh: the mean path of hidden layer 2").verdict(),
            Claim::Verdict::kTooFewRuns);
  // The mean of five samples cuts the peak: by the samples beside it, (0.1 + 0.2 + 0.2 + 0.4) / 5.
  EXPECT_NEAR(tanh.effect->value, 2.0 - 0.18 - 0.25, 0.03);
  EXPECT_EQ(find(claims, "tanh: the mean path of hidden layer 1").verdict(),
            Claim::Verdict::kFails);
  // All but each of 10,000 inputs in a bin of its own, log2 of which is 13.29.
  const Claim& ceiling = find(claims, "tanh: the mean path of hidden layer 3");
  EXPECT_EQ(ceiling.verdict(), Claim::Verdict::kNotTested);
  EXPECT_THAT(ceiling.detail, HasSubstr("not measurable"));
  const Claim& relu = find(claims, "relu: the mean path of hidden layer 2");
  EXPECT_EQ(relu.effect->value, -0.25);
  EXPECT_EQ(relu.verdict(), Claim::Verdict::kFails);
  // A fall of 0.4 bit counts under some of the rules.
  const Claim& some = find(claims, "tanh: the mean path of hidden layer 4");
  EXPECT_NEAR(some.effect->value, 0.15, 1e-6);
  EXPECT_EQ(some.verdict(), Claim::Verdict::kUndecided);
  EXPECT_THAT(some.detail, HasSubstr("falls by 0.400 bit"));
  EXPECT_THAT(relu.detail, HasSubstr("0 of 3 initialisations"));
}

TEST(ClaimVerdict, GoesByTheInterval) {
  Claim claim;
  EXPECT_EQ(claim.verdict(), Claim::Verdict::kNotTested);
  claim.effect = {0.2, 0.1, 0.3};
  EXPECT_EQ(claim.verdict(), Claim::Verdict::kHolds);
  claim.effect = {0.2, -0.1, 0.3};
  EXPECT_EQ(claim.verdict(), Claim::Verdict::kUndecided);
  claim.effect = {0.2, 2e-17, 0.3};  // zero, but for rounding
  EXPECT_EQ(claim.verdict(), Claim::Verdict::kUndecided);
  claim.effect = {-0.2, -0.3, -0.1};
  EXPECT_EQ(claim.verdict(), Claim::Verdict::kFails);
  claim.is_one_sided = true;
  EXPECT_EQ(claim.verdict(), Claim::Verdict::kUndecided);
  claim.has_too_few_runs = true;
  EXPECT_EQ(claim.verdict(), Claim::Verdict::kTooFewRuns);
  claim.is_partial = true;
  EXPECT_EQ(claim.verdict(), Claim::Verdict::kPartial);
}

}  // namespace
}  // namespace infoplane::paper
