#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/support/run_files.h"
#include "tests/support/small_runs.h"

namespace infoplane::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class RankCommand : public testing::Test {
 protected:
  /// A path that rises to `peak` at epoch 10 and then goes from there by `dx` and `dy` an epoch, to
  /// epoch 30; its accuracy reaches `accuracy`.
  std::string trace(const std::string& name, double height, double dx, double dy,
                    double accuracy) const {
    std::ofstream file(folder_ / name);
    file << "step,epoch,split,loss_nats,accuracy,i_xt_bits,i_ty_bits,h_y_bits,symbols,singletons,n,"
            "rejected\n";
    for (int i = 0; i <= 30; ++i) {
      const double after = std::max(0, i - 10);
      const double rise = std::min(i, 10) / 10.0;
      file << i << ',' << i << ",validation,1," << accuracy * i / 30 << ',' << 9 * rise + dx * after
           << ',' << height * rise + dy * after << ",3.3,9,9,100,0\n";
    }
    return (folder_ / name).string();
  }

  TemporaryFolder folder_;
};

TEST_F(RankCommand, OrdersBySlopeThenHeightAndSaysHowWellThatAgrees) {
  const std::string good = trace("good.csv", 2.0, -0.1, 0.02, 0.9);
  const std::string bad = trace("bad.csv", 2.5, -0.1, -0.02, 0.5);
  const std::string flat = trace("flat.csv", 3.0, 0.0, 0.0, 0.7);
  const ProgramResult result =
      run_program({"rank", bad, flat, good, "--window", "1", "--json", "--at-epoch", "20"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json report = json::parse(result.out);
  ASSERT_EQ(report["runs"].size(), 3u);
  EXPECT_EQ(report["runs"][0]["run"], good);
  EXPECT_EQ(report["runs"][1]["run"], bad);
  EXPECT_EQ(report["runs"][2]["run"], flat);
  EXPECT_NEAR(report["runs"][0]["slope"].get<double>(), -0.2, 1e-6);
  EXPECT_EQ(report["runs"][0]["transition_epoch"], 10.0);
  EXPECT_EQ(report["runs"][0]["epoch"], 20.0);
  EXPECT_NEAR(report["runs"][0]["accuracy"].get<double>(), 0.6, 1e-6);
  EXPECT_NEAR(report["runs"][0]["final_accuracy"].get<double>(), 0.9, 1e-6);
  EXPECT_EQ(report["runs"][2]["slope"], nullptr);
  // Places 1, 2, 3 have accuracies .9, .5, .7: two pairs of three agree.
  EXPECT_NEAR(report["rank_correlation"]["both"]["kendall_tau_b"].get<double>(), 1.0 / 3.0, 1e-12);
  EXPECT_EQ(report["rank_correlation"]["accuracy at the same epoch"]["kendall_tau_b"], 1.0);
  EXPECT_EQ(report["rank_correlation"]["height"]["kendall_tau_b"].get<double>(), -1.0 / 3.0);
  EXPECT_THAT(run_program({"rank", bad, flat, good}).out,
              testing::AllOf(HasSubstr("tau-b"), HasSubstr("rule"),
                             testing::Not(HasSubstr("same epoch"))));  // the final one itself
}

TEST_F(RankCommand, BeforeAnyTransitionThereAreHeightsOnly) {
  const std::string a = trace("a.csv", 2.0, -0.1, 0.02, 0.9);
  const std::string b = trace("b.csv", 2.5, -0.1, 0.02, 0.9);
  const json report = json::parse(run_program({"rank", a, b, "--at-epoch", "5", "--json"}).out);
  EXPECT_EQ(report["runs"][0]["run"], b);
  EXPECT_EQ(report["runs"][0]["compresses"], false);
  EXPECT_EQ(report["rank_correlation"]["slope"]["kendall_tau_b"], nullptr);  // all tied
  std::ofstream(b, std::ios::app) << "31,31,validation,nan,nan,nan,nan,3.3,0,0,0,100\n";
  const json diverged = json::parse(run_program({"rank", a, b, "--at-epoch", "5", "--json"}).out);
  EXPECT_EQ(diverged["runs"][0]["run"], b);
  EXPECT_EQ(diverged["runs"][0]["final_accuracy"], nullptr);
  EXPECT_NEAR(diverged["runs"][1]["final_accuracy"].get<double>(), 0.9, 1e-6);
  expect_one_line(run_program({"rank", a, "--at-epoch", "-1"}), 3, {"a.csv", "--at-epoch"});
  expect_one_line(run_program({"rank", (folder_ / "none.csv").string()}), 3, {"none.csv"});
  expect_one_line(run_program({"rank"}), 2, {"rank --help"});
}

TEST_F(RankCommand, RunsOfDifferentRulersAreSaidToBe) {
  const auto run = [&](const char* name, const std::string& config) {
    return RunFiles(folder_, name)
        .write("metrics.csv", two_phases(9.0))
        .write("run.json", R"({"status":"done"})")
        .write("config.toml", config)
        .path()
        .string();
  };
  const auto warning = [](const std::vector<std::string>& runs) {
    std::vector<std::string> arguments = {"rank", "--window", "1"};
    arguments.insert(arguments.end(), runs.begin(), runs.end());
    const ProgramResult result = run_program(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.err;
  };
  const std::string ten = run("ten", "model = \"fc-3\"\ndata = \"mnist\"\nbins = 10\n");
  const std::string same = run("same", "model = \"fc-6\"\ndata = \"mnist\"\nbins = 10\n");
  const std::string thirty = run("30", "model = \"fc-3\"\ndata = \"cifar10\"\nbins = 30\n");
  EXPECT_EQ(warning({ten, same}), "");
  EXPECT_EQ(warning({ten, thirty}),
            "infoplane: warning: the runs differ in bins (10, 30) and data (cifar10, mnist): their "
            "informations have no common scale\n");
  EXPECT_THAT(warning({ten, trace("own.csv", 2.0, -0.1, 0.02, 0.9)}),
              HasSubstr("differ in rows of a sample (100, 1024)"));
}

TEST_F(RankCommand, AnEpochIsANumber) {
  const std::string file = trace("a.csv", 2.0, -0.1, 0.02, 0.9);
  expect_one_line(run_program({"rank", file, "--at-epoch", "nan"}), 2, {"--at-epoch", "nan"});
}

using StopAfterTransition = SmallRuns;

// A high learning rate on few images of ten classes: I(X;T) falls soon.
const Arguments kFalls = {"--epochs", "60",  "--sample-every",          "2",
                          "--lr",     "0.1", "--stop-after-transition", "3"};

TEST_F(StopAfterTransition, EndsEarlyAndItsFinalAccuracyIsNotKnown) {
  const ProgramResult result = run_program(train(kFalls));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json run = json::parse(read_file(out() / "run.json"));
  EXPECT_EQ(run["status"], "done");
  ASSERT_TRUE(run.contains("reason")) << "the path has no transition";
  EXPECT_THAT(run["reason"].get<std::string>(), HasSubstr("3 epochs after the transition"));
  EXPECT_THAT(result.out, HasSubstr("3 epochs after the transition"));
  std::istringstream stream(read_file(out() / "events.jsonl"));
  double transition = -1.0;
  double end = -1.0;
  for (std::string line; std::getline(stream, line);) {
    const json event = json::parse(line);
    if (event["event"] == "transition") {
      transition = event["at"]["epoch"];
    }
    end = event["epoch"];
  }
  EXPECT_GE(end, transition + 3.0);
  EXPECT_LT(end, 60.0);
  EXPECT_EQ(end, std::floor(end));
  EXPECT_THAT(run_program({"resume", out().string()}).out,
              HasSubstr("it is done, stopped 3 epochs"));
  const json rank = json::parse(run_program({"rank", out().string(), "--json"}).out);
  EXPECT_EQ(rank["runs"][0]["final_accuracy"], nullptr);
  expect_one_line(run_program({"resume", out().string(), "--epochs", "60"}), 2,
                  {"is done", "stop_after_transition = 0"});
  std::string config = read_file(out() / "config.toml");
  const std::string stops = "stop_after_transition = 3";
  config.replace(config.find(stops), stops.size(), "stop_after_transition = 0");
  std::ofstream(out() / "config.toml") << config;
  ASSERT_EQ(run_program({"resume", out().string()}).exit_code, 0);
  EXPECT_FALSE(json::parse(read_file(out() / "run.json")).contains("reason"));
}

TEST_F(StopAfterTransition, InTheLastEpochItIsTheEnd) {
  Arguments falls = kFalls;
  ASSERT_EQ(run_program(train(falls)).exit_code, 0);
  std::istringstream stream(read_file(out() / "events.jsonl"));
  std::string epochs;
  for (std::string line; std::getline(stream, line);) {
    epochs = std::to_string(std::llround(json::parse(line)["epoch"].get<double>()));
  }
  falls[1] = epochs;  // where it was stopped
  ASSERT_EQ(run_program(train(falls, "short")).exit_code, 0);
  EXPECT_FALSE(json::parse(read_file(out("short") / "run.json")).contains("reason"));
}

TEST_F(StopAfterTransition, KilledAndResumedItStopsAtTheSameStep) {
  Arguments options = kFalls;
  options.insert(options.end(), {"--checkpoint-every", "1"});
  ASSERT_EQ(run_program(train(options, "whole")).exit_code, 0);
  Program program(train(options, "killed"));
  ASSERT_TRUE(wait_until([&] { return lines(out("killed") / "metrics.csv") > 8; }));
  ::kill(program.process(), SIGKILL);
  ASSERT_EQ(program.wait().exit_code, 128 + SIGKILL);
  EXPECT_EQ(run_program({"resume", out("killed").string()}).exit_code, 0);
  EXPECT_EQ(read_file(out("killed") / "metrics.csv"), read_file(out("whole") / "metrics.csv"));
}

}  // namespace
}  // namespace infoplane::test
