// `infoplane phases` on traces whose answer is known, as a user meets it.

#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/support/program.h"
#include "tests/support/values.h"

namespace infoplane::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class PhasesCommand : public testing::Test {
 protected:
  /// A trace of samples at epochs 0, 0.5, ... `last`, with I(X;T) as given and I(T;Y) = epoch / 10.
  std::string trace(const std::function<double(double)>& i_xt, double last = 50.0) const {
    std::ofstream file(folder_ / "metrics.csv");
    file << "step,epoch,split,loss_nats,accuracy,i_xt_bits,i_ty_bits,h_y_bits,n\n";
    for (int i = 0; 0.5 * i <= last; ++i) {
      const double epoch = 0.5 * i;
      file << i << ',' << epoch << ",validation,1,0.5," << i_xt(epoch) << ',' << epoch / 10
           << ",3.3,100\n";
    }
    return (folder_ / "metrics.csv").string();
  }
  json phases(const std::string& file, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"phases", file, "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProgramResult result = run_program(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return json::parse(result.out)["runs"][0];
  }

  TemporaryFolder folder_;
};

/// Up to 8 bits at epoch 10, then down to 4 at epoch 50.
double two_phases(double epoch) { return epoch <= 10 ? 0.8 * epoch : 8.0 - 0.1 * (epoch - 10); }

TEST_F(PhasesCommand, TwoPhases) {
  const json run = phases(trace(two_phases), {"--window", "1"});
  EXPECT_EQ(run["samples"], 101);
  EXPECT_TRUE(run["compresses"]);
  EXPECT_EQ(run["transition"]["epoch"], 10.0);
  EXPECT_EQ(run["transition"]["i_xt_bits"], 8.0);
  EXPECT_EQ(run["convergence"]["epoch"], 50.0);
  EXPECT_NEAR(run["convergence"]["i_xt_bits"].get<double>(), 4.0, 1e-9);
  EXPECT_NEAR(run["slope"].get<double>(), -1.0, 1e-5);  // 4 bits of I(T;Y) for 4 of I(X;T)
  EXPECT_EQ(run["sensitivity"]["rules"], 6);            // no window is narrower than one sample
  EXPECT_EQ(run["sensitivity"]["compressing"], 6);
}

TEST_F(PhasesCommand, NoneWhereItOnlyRisesOrStays) {
  for (const double slope : {0.1, 0.0}) {
    const json run = phases(trace([&](double epoch) { return 3.0 + slope * epoch; }));
    EXPECT_FALSE(run["compresses"]);
    EXPECT_EQ(run["transition"], run["convergence"]);
    EXPECT_TRUE(run["slope"].is_null());
    EXPECT_EQ(run["sensitivity"]["compressing"], 0);
  }
}

TEST_F(PhasesCommand, APlateauThenAFallBeginsWhereThePlateauDoes) {
  const json run = phases(
      trace([](double epoch) { return epoch <= 30 ? std::min(epoch, 10.0) : 40.0 - epoch; }, 38),
      {"--window", "1"});
  EXPECT_EQ(run["transition"]["epoch"], 10.0);
  EXPECT_EQ(run["convergence"]["i_xt_bits"], 2.0);
}

TEST_F(PhasesCommand, NoiseDoesNotHideThem) {
  const std::vector<float> noise = random_values(101, 3, -0.3f, 0.3f);
  const json run = phases(trace([&](double epoch) {
                            return two_phases(epoch) +
                                   static_cast<double>(noise[static_cast<std::size_t>(2 * epoch)]);
                          }),
                          {"--window", "9"});
  EXPECT_TRUE(run["compresses"]);
  EXPECT_NEAR(run["transition"]["epoch"].get<double>(), 10.0, 2.5);
  const json epochs = run["sensitivity"]["transition_epoch"];
  EXPECT_LE(epochs[0], run["transition"]["epoch"]);
  EXPECT_GE(epochs[1], run["transition"]["epoch"]);
}

TEST_F(PhasesCommand, ASinglePointAndNothing) {
  const json run = phases(trace([](double) { return 2.0; }, 0.0));
  EXPECT_EQ(run["samples"], 1);
  EXPECT_FALSE(run["compresses"]);
  EXPECT_EQ(run["convergence"]["i_xt_bits"], 2.0);
  expect_one_line(run_program({"phases", trace([](double) { return 0.0; }, -1.0)}), 3,
                  {"metrics.csv", "no sample"});
  EXPECT_THAT(run_program({"phases", trace([](double) { return 2.0; }, 0.0)}).out,
              HasSubstr("metrics.csv, 1 sample\n"));
  for (const char* command : {"phases", "rank", "figure plane", "inversions"}) {
    std::istringstream words(command);
    std::vector<std::string> arguments{std::istream_iterator<std::string>(words), {}};
    for (const auto& more : {trace(two_phases), std::string("--split"), std::string("tset")}) {
      arguments.push_back(more);
    }
    if (arguments[0] == "figure") {
      arguments.push_back("--json");
    }
    expect_one_line(run_program(arguments), 2, {"tset", "--split"});
  }
}

TEST_F(PhasesCommand, NanIsLeftOut) {
  const auto holes = [](double epoch) {
    return std::fmod(epoch, 4.0) == 3.0 ? std::nan("") : two_phases(epoch);
  };
  const json run = phases(trace(holes), {"--window", "1"});
  EXPECT_EQ(run["samples"], 101 - 12);
  EXPECT_EQ(run["transition"]["epoch"], 10.0);
  expect_one_line(run_program({"phases", trace([](double) { return std::nan(""); })}), 3,
                  {"no finite sample"});
}

TEST_F(PhasesCommand, ARunThatDivergedIsNamed) {
  const std::string good = (folder_ / "good.csv").string();
  std::filesystem::rename(trace(two_phases), good);
  const std::string bad = (folder_ / "bad.csv").string();
  std::filesystem::rename(trace([](double) { return std::nan(""); }), bad);
  for (const char* command : {"phases", "rank", "inversions"}) {
    const ProgramResult result = run_program({command, good, bad, "--json"});
    expect_one_line(result, 3, {bad + ": "});
    EXPECT_THAT(result.err, testing::Not(HasSubstr("epoch inf"))) << command;
  }
  expect_one_line(run_program({"rank", bad, "--at-epoch", "7"}), 3, {"up to epoch 7; see"});
}

TEST_F(PhasesCommand, PrintsItsSensitivityAndItsRule) {
  const ProgramResult result = run_program({"phases", trace(two_phases)});
  EXPECT_THAT(result.out, HasSubstr("9 of 9 rules see compression; transition at epoch "));
  EXPECT_THAT(result.out, HasSubstr("smoothed over 5 samples"));
  expect_one_line(run_program({"phases", trace(two_phases), "--window", "2147483647"}), 2,
                  {"2147483647", "999999"});
}

TEST_F(PhasesCommand, TheHeightIsAveragedOverTheRunsThatCompress) {
  std::vector<std::string> arguments = {"phases"};
  const auto add = [&](const std::string& name, const std::function<double(double)>& i_xt) {
    std::filesystem::rename(trace(i_xt), folder_ / name);
    arguments.push_back((folder_ / name).string());
  };
  add("first.csv", two_phases);
  add("flat.csv", [](double) { return 3.0; });
  add("second.csv", two_phases);
  const ProgramResult result = run_program(arguments);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, testing::ContainsRegex("height +1\\.[0-9]+ .* over 2 runs"));
  EXPECT_THAT(result.out, testing::ContainsRegex("slope +-1\\.[0-9]+ .* over 2 runs"));
}

TEST_F(PhasesCommand, ATornLastLineIsLeftOutWithAWarning) {
  const std::string file = trace(two_phases);
  std::ofstream(file, std::ios::app) << "102,51,valid";
  const ProgramResult result = run_program({"phases", file, "--json"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(json::parse(result.out)["runs"][0]["samples"], 101);
  EXPECT_THAT(result.err,
              testing::MatchesRegex("infoplane: warning: .*metrics.csv:103: .*torn.*\n"));
}

}  // namespace
}  // namespace infoplane::test
