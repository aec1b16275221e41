// `infoplane reproduce` as a user meets it: the whole paper, small.

#include <gmock/gmock.h>
#include <signal.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/bytes.h"
#include "tests/support/sanitized.h"
#include "tests/support/small_runs.h"

namespace infoplane::test {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ReproduceCommand : public SmallRuns {
 protected:
  std::filesystem::path results(const std::string& file) const {
    return out("paper") / "results" / file;
  }

  /// `reproduce` of items on the small data, an epoch each.
  Arguments reproduce(const Arguments& more) const {
    Arguments all = {"reproduce",
                     "--scale",
                     "quick",
                     "--data",
                     "mnist",
                     "--data-dir",
                     folder_.path().string(),
                     "--device",
                     "cpu",
                     "--threads",
                     "1",
                     "--out",
                     out("paper").string(),
                     "--set",
                     "epochs=1"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

TEST_F(ReproduceCommand, TheWholePaperInSmallOnImagesAndTheTwelveBits) {
  Arguments arguments = {"reproduce",  "all",
                         "--scale",    "quick",
                         "--device",   "cpu",
                         "--set",      "epochs=2",
                         "--jobs",     "2",
                         "--data",     "mnist",
                         "--data-dir", folder_.path().string(),
                         "--out",      out("paper").string()};
  if (kSanitized) {  // of each kind one
    for (const char* row : {"linear sgd", "tanh", "relu", "cnn-2", "fc-3 mnist", "cnn-16"}) {
      arguments.insert(arguments.end(), {"--only", row});
    }
  }
  const ProgramResult first = run_program(arguments);
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.out, AllOf(HasSubstr("runs, 2 at a time"), HasSubstr("in all"),
                               HasSubstr("table1  "), HasSubstr("table5  "), HasSubstr("claims  "),
                               HasSubstr("not compared: a rehearsal"),
                               HasSubstr("cnn-16 does not fit images of [1, 28, 28]")));
  for (const char* file : {"tables.md", "cells.csv", "claims.csv", "paper.html", "fig1-tanh.svg",
                           "fig1-relu.svg", "fig5a.svg", "fig5b.png", "fig5c.svg"}) {
    EXPECT_TRUE(std::filesystem::exists(results(file))) << file;
  }
  EXPECT_TRUE(std::filesystem::exists(results("fig4-mnist.svg")));
  EXPECT_FALSE(std::filesystem::exists(results("fig7.svg")));  // only VGG-16 has it
  const std::string page = read_file(results("paper.html"));
  EXPECT_THAT(page, AllOf(HasSubstr("<svg"), HasSubstr("Where this comes from"),
                          HasSubstr("mean of 3 initialisations"), Not(HasSubstr("http-equiv"))));

  // Once more: nothing is trained, and the numbers are the same.
  const std::string cells = read_file(results("cells.csv"));
  const ProgramResult again = run_program(arguments);
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(again.out,
              AllOf(HasSubstr(kSanitized ? "9 of 9 runs are done" : "17 of 17 runs are done"),
                    Not(HasSubstr("at a time"))));
  EXPECT_EQ(read_file(results("cells.csv")), cells);
}

TEST_F(ReproduceCommand, SharesRunsAndGoesOnWhereItStopped) {
  ASSERT_EQ(run_program(reproduce({"table4", "--only", "fc-3 mnist"})).exit_code, 0);
  const auto time = std::filesystem::last_write_time(out("paper") / "fc-3-mnist-s1" / "run.json");
  const ProgramResult more =
      run_program(reproduce({"table4", "--only", "fc-3 mnist", "--only", "fc-6 mnist", "--json"}));
  ASSERT_EQ(more.exit_code, 0) << more.err;
  EXPECT_EQ(std::filesystem::last_write_time(out("paper") / "fc-3-mnist-s1" / "run.json"), time);
  EXPECT_THAT(read_file(results("tables.md")), HasSubstr("--only 'fc-6 mnist' --json"));
  const json report = json::parse(more.out);
  ASSERT_EQ(report["cells"].size(), 16u);
  EXPECT_EQ(report["cells"][0]["paper"], 2.96);
  EXPECT_EQ(report["cells"][0]["number"], "not compared: a rehearsal");
  EXPECT_TRUE(report["cells"][12]["ours"].is_number());
  EXPECT_TRUE(report["cells"][0]["readings"]["ib_cnn"].is_array());
  // Both are in the folder's plan now, which `resume` goes by.
  EXPECT_EQ(json::parse(read_file(out("paper") / "plan.json"))["runs"].size(), 2u);
}

TEST_F(ReproduceCommand, PlansWhatIsLeftOfARunThatHasBegun) {
  const Arguments row = {"table4", "--only", "fc-3 mnist"};
  ASSERT_EQ(run_program(reproduce(row)).exit_code, 0);
  // As a run is left that was killed behind its last checkpoint.
  const std::filesystem::path file = out("paper") / "fc-3-mnist-s1" / "run.json";
  json run = json::parse(read_file(file));
  run["status"] = "running";
  std::ofstream(file) << run.dump(2);
  Arguments plan = row;
  plan.insert(plan.end(), {"--dry-run", "--json"});
  const ProgramResult result = run_program(reproduce(plan));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json report = json::parse(result.out);
  EXPECT_EQ(report["runs"][0]["steps"], 0);
  EXPECT_EQ(report["seconds"], 0.0);
}

TEST_F(ReproduceCommand, PlansWithoutTraining) {
  const ProgramResult plan = run_program(reproduce(
      {"table1", "--seeds", "2", "--only", "linear sgd", "--only", "linear bgd", "--dry-run"}));
  ASSERT_EQ(plan.exit_code, 0) << plan.err;
  EXPECT_THAT(plan.out, AllOf(HasSubstr("4 runs"), HasSubstr("linear-mnist-10k-bgd-s2"),
                              HasSubstr("0 of 4 runs are done")));
  expect_one_line(run_program(reproduce({"table1", "--dry-run", "--no-training"})), 2,
                  {"--dry-run", "--no-training"});
  EXPECT_FALSE(std::filesystem::exists(out("paper")));
}

TEST_F(ReproduceCommand, WithoutTrainingWhatIsMissingSaysSo) {
  // Of all the runs one is there, that has come to nothing yet.
  folder_.write("paper/fc-3-mnist-s1/run.json", text_bytes("{}"));
  const ProgramResult result =
      run_program(reproduce({"table2", "fig7", "table4", "--no-training"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("its runs were not made"), HasSubstr("not tested"),
                                HasSubstr("not run: cnn-16-mnist")));
}

TEST_F(ReproduceCommand, WithoutTrainingAndWithoutAnyRunThereIsNothingToShow) {
  expect_one_line(run_program(reproduce({"table4", "fig7", "--no-training"})), 3,
                  {out("paper").string() + ": no runs of table4, fig7 there; check --out"});
  EXPECT_FALSE(std::filesystem::exists(out("paper")));
}

TEST_F(ReproduceCommand, AllIsThePaperAndMoreCanBeAskedFor) {
  folder_.write("paper/fc-3-mnist-s1/run.json", text_bytes("{}"));
  const ProgramResult all = run_program(reproduce({"all", "--no-training"}));
  EXPECT_THAT(all.out, AllOf(HasSubstr("table1  "), Not(HasSubstr("as the number of classes"))));
  const ProgramResult more = run_program(reproduce({"all", "table1", "classes", "--no-training"}));
  EXPECT_THAT(more.out, AllOf(HasSubstr("table1  "), HasSubstr("as the number of classes")));
}

TEST_F(ReproduceCommand, RefusesRunsOfOtherSettings) {
  ASSERT_EQ(run_program(reproduce({"table4", "--only", "fc-3 mnist"})).exit_code, 0);
  const ProgramResult other =
      run_program(reproduce({"table4", "--only", "fc-3 mnist", "--set", "bins=5"}));
  expect_one_line(other, 2, {"fc-3-mnist-s1", "bins = 10", "bins = 5", "--out"});
}

TEST_F(ReproduceCommand, ComparesRunsOfAnyPrecisionAndNamesIt) {
  if (const std::string why = why_the_program_has_no_bf16(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  ASSERT_EQ(run_program({"reproduce", "table4", "--only", "fc-3 mnist", "--data-dir",
                         folder_.path().string(), "--set", "precision=bf16", "--device", "cpu",
                         "--out", out("paper").string()})
                .exit_code,
            0);
  const std::string tables = read_file(results("tables.md"));
  EXPECT_THAT(tables, HasSubstr(", in bf16: 1 run"));
  EXPECT_THAT(tables, Not(HasSubstr("not the paper's")));
}

TEST_F(ReproduceCommand, DoesNotCompareRunsOfOtherSettings) {
  const auto table4 = [&](const Arguments& more) {
    Arguments all = {"reproduce",  "table4",
                     "--only",     "fc-3 mnist",
                     "--data-dir", folder_.path().string(),
                     "--out",      out("paper").string()};
    all.insert(all.end(), more.begin(), more.end());
    return run_program(all);
  };
  ASSERT_EQ(table4({"--set", "epochs=1", "--device", "cpu"}).exit_code, 0);
  EXPECT_THAT(read_file(results("tables.md")), HasSubstr("not the paper's: other settings"));
  ASSERT_EQ(table4({"--no-training"}).exit_code, 0);
  const std::string why = "fc-3-mnist-s1 is there with 'epochs = 1', wanted is 'epochs = 70'";
  EXPECT_THAT(read_file(results("tables.md")), HasSubstr(why));
  EXPECT_THAT(read_file(results("cells.csv")), HasSubstr("not compared"));
  EXPECT_THAT(read_file(results("claims.csv")), HasSubstr("is there with"));
}

TEST_F(ReproduceCommand, RemovesNothingThatNoRunWrote) {
  const auto notes = folder_.write("paper/fc-3-mnist-s1/notes.txt", {'x'});
  const ProgramResult result = run_program(reproduce({"table4", "--only", "fc-3 mnist"}));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, AllOf(HasSubstr("notes.txt"), HasSubstr("move it away")));
  EXPECT_TRUE(std::filesystem::exists(notes));
}

TEST_F(ReproduceCommand, ARunThatFailsIsACellThatSaysWhy) {
  const ProgramResult result =
      run_program(reproduce({"table4", "--only", "fc-3 mnist", "--set", "lr=1e30"}));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr("diverged"));
  EXPECT_THAT(result.err, HasSubstr("fc-3-mnist-s1: training diverged"));
}

TEST_F(ReproduceCommand, RunsThatSomebodyElseStopsAreNoResult) {
  Program program(reproduce({"table4", "--only", "fc-3 mnist", "--set", "epochs=2000"}));
  ASSERT_TRUE(wait_until([&] { return lines(out("paper") / "fc-3-mnist-s1/metrics.csv") > 2; }));
  const std::vector<pid_t> runs = children_of(program.process());
  ASSERT_EQ(runs.size(), 1u);
  ::kill(runs.front(), SIGTERM);
  const ProgramResult result = program.wait();
  EXPECT_EQ(result.exit_code, 130) << result.err;
  EXPECT_THAT(result.out, HasSubstr("the same command again goes on"));
  EXPECT_FALSE(std::filesystem::exists(results("tables.md")));
}

TEST_F(ReproduceCommand, WrongUseIsOneLine) {
  expect_one_line(run_program(reproduce({"table4", "--only", "fc-4 mnist"})), 2,
                  {"--only", "fc-4 mnist"});
  expect_one_line(run_program(reproduce({"table9"})), 2, {"table9"});
  expect_one_line(run_program(reproduce({"table4", "--set", "seed=7"})), 2, {"seed=7", "--seeds"});
  const ProgramResult missing =
      run_program({"reproduce", "table2", "--data-dir", folder_.path().string(), "--data",
                   "npy:a.npy,b.npy", "--out", out("paper").string()});
  expect_one_line(missing, 3, {"a.npy"});
}

TEST_F(ReproduceCommand, NetworksThatDoNotFitOnesOwnDataAreLeftOut) {
  std::vector<std::uint8_t> labels(40);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    labels[i] = static_cast<std::uint8_t>(i % 3);
  }
  const auto images = folder_.write("images.npy", npy("|u1", "(40, 9, 9)", Bytes(40 * 81)));
  const auto truth = folder_.write("labels.npy", npy("|u1", "(40,)", labels));
  const ProgramResult plan =
      run_program({"reproduce", "table2", "--scale", "quick", "--data",
                   "npy:" + images.string() + "," + truth.string(), "--dry-run", "--device", "cpu",
                   "--out", out("paper").string(), "--set", "batch=8"});
  EXPECT_EQ(plan.exit_code, 0) << plan.err;
  EXPECT_THAT(plan.out, AllOf(HasSubstr("cnn-2-npy"), Not(HasSubstr("cnn-4-npy"))));
}

TEST_F(ReproduceCommand, DataThatAreMissingAreSaidBeforeAnythingIsMeasured) {
  const ProgramResult missing =  // one run has its data, the next has not
      run_program({"reproduce", "table4", "--only", "fc-3 mnist", "--only", "fc-3 cifar10",
                   "--data-dir", folder_.path().string(), "--out", out("paper").string()});
  EXPECT_EQ(missing.exit_code, 3);
  EXPECT_THAT(missing.err,
              AllOf(HasSubstr("fc-3-cifar10-s1: data set cifar10 not found"),
                    HasSubstr("infoplane data get cifar10"), Not(HasSubstr("measuring"))));
  EXPECT_FALSE(std::filesystem::exists(out("paper")));
}

}  // namespace
}  // namespace infoplane::test
