// `infoplane phases` on traces whose answer is known, as a user meets it.

#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/support/program.h"
#include "tests/support/run_files.h"
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
double rise_and_fall(double epoch) { return epoch <= 10 ? 0.8 * epoch : 8.0 - 0.1 * (epoch - 10); }

TEST_F(PhasesCommand, TwoPhases) {
  const json run = phases(trace(rise_and_fall), {"--window", "1"});
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
                            return rise_and_fall(epoch) +
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
    for (const auto& more : {trace(rise_and_fall), std::string("--split"), std::string("tset")}) {
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
    return std::fmod(epoch, 4.0) == 3.0 ? std::nan("") : rise_and_fall(epoch);
  };
  const json run = phases(trace(holes), {"--window", "1"});
  EXPECT_EQ(run["samples"], 101 - 12);
  EXPECT_EQ(run["transition"]["epoch"], 10.0);
  for (const char* command : {"phases", "rank"}) {
    expect_one_line(run_program({command, trace(holes)}), 0,
                    {"warning: ", "metrics.csv: 12 of 101 samples have a value that is no number"});
  }
  expect_one_line(run_program({"phases", trace([](double) { return std::nan(""); })}), 3,
                  {"no finite sample"});
}

TEST_F(PhasesCommand, ARunThatDivergedIsNamed) {
  const std::string good = (folder_ / "good.csv").string();
  std::filesystem::rename(trace(rise_and_fall), good);
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
  const ProgramResult result = run_program({"phases", trace(rise_and_fall)});
  EXPECT_THAT(result.out, HasSubstr("9 of 9 rules see compression; transition at epoch "));
  EXPECT_THAT(result.out, HasSubstr("smoothed over 5 samples"));
  expect_one_line(run_program({"phases", trace(rise_and_fall), "--window", "2147483647"}), 2,
                  {"2147483647", "999999"});
}

TEST_F(PhasesCommand, TheHeightIsAveragedOverTheRunsThatCompress) {
  std::vector<std::string> arguments = {"phases"};
  const auto add = [&](const std::string& name, const std::function<double(double)>& i_xt) {
    std::filesystem::rename(trace(i_xt), folder_ / name);
    arguments.push_back((folder_ / name).string());
  };
  add("first.csv", rise_and_fall);
  add("flat.csv", [](double) { return 3.0; });
  add("second.csv", rise_and_fall);
  const ProgramResult result = run_program(arguments);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, testing::ContainsRegex("height +1\\.[0-9]+ .* over 2 runs"));
  EXPECT_THAT(result.out, testing::ContainsRegex("slope +-1\\.[0-9]+ .* over 2 runs"));
}

TEST_F(PhasesCommand, RunsThatDidNotReachTheirEndAreNamedAndNotInTheMeans) {
  const auto run = [&](int seed, const char* status, double peak) {
    return seed_run(folder_, seed, peak).write("run.json", status).path().string();
  };
  const std::string a = run(1, R"({"status":"done"})", 9.0);
  const std::string b = run(2, R"({"status":"done"})", 9.0);
  const std::string interrupted = run(3, R"({"status":"interrupted"})", 8.0);
  const std::string running = run(4, R"({"status":"running"})", 8.0);
  const std::string failed = run(5, R"({"status":"failed","reason":"training diverged: so"})", 8.0);
  const std::string early = run(6, R"({"status":"done","reason":"stopped early"})", 9.0);
  const auto warned = [](const std::vector<std::string>& arguments) {
    const ProgramResult result = run_program(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result;
  };
  EXPECT_EQ(warned({"phases", a, early, "--window", "1"}).err, "");
  const ProgramResult all =
      warned({"phases", a, interrupted, running, b, failed, "--window", "1", "--json"});
  EXPECT_EQ(all.err, "infoplane: warning: " + interrupted +
                         ": did not reach its end: interrupted; it is not in the means\n"
                         "infoplane: warning: " +
                         running + ": is not finished, or was killed; it is not in the means\n" +
                         "infoplane: warning: " + failed +
                         ": did not reach its end: failed, training diverged: so; it is not in "
                         "the means\n");
  const json report = json::parse(all.out);
  EXPECT_EQ(report["runs"].size(), 5u);
  EXPECT_EQ(report["runs"][0]["finished"], true);
  EXPECT_EQ(report["runs"][1]["finished"], false);
  EXPECT_EQ(report["intervals"]["height_bits"]["repeats"], 2);
  EXPECT_EQ(
      report["intervals"]["slope"],
      json::parse(warned({"phases", a, b, "--window", "1", "--json"}).out)["intervals"]["slope"]);
  EXPECT_EQ(warned({"phases", running}).err,
            "infoplane: warning: " + running + ": is not finished, or was killed\n");
  EXPECT_EQ(warned({"rank", a, interrupted}).err,
            "infoplane: warning: " + interrupted + ": did not reach its end: interrupted\n");
}

TEST_F(PhasesCommand, ATornLastLineIsLeftOutWithAWarning) {
  const std::string file = trace(rise_and_fall);
  std::ofstream(file, std::ios::app) << "102,51,valid";
  const ProgramResult result = run_program({"phases", file, "--json"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(json::parse(result.out)["runs"][0]["samples"], 101);
  EXPECT_THAT(result.err,
              testing::MatchesRegex("infoplane: warning: .*metrics.csv:103: .*torn.*\n"));
}

}  // namespace
}  // namespace infoplane::test
