// `infoplane mi --trace`: the plane of a network that something else trains.

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "tests/support/bytes.h"
#include "tests/support/logits.h"
#include "tests/support/program.h"
#include "tests/support/run_files.h"
#include "tests/support/small_runs.h"

namespace infoplane::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class MiTrace : public testing::Test {
 protected:
  /// Measures 300 rows of ten classes in that state, as a sample of trace.csv.
  ProgramResult measure(LogitState state, const Arguments& more) const {
    return run_with(write_rows(state), more);
  }
  static ProgramResult run_with(Arguments all, const Arguments& more) {
    all.insert(all.end(), more.begin(), more.end());
    return run_program(all);
  }
  /// The command that measures the first of 300 rows, but for the step.
  Arguments write_rows(LogitState state, std::size_t count = 300) const {
    LogitRows rows = rows_of(state);
    rows.logits.resize(10 * count);
    rows.labels.resize(count);
    return command_for(rows);
  }
  /// Of any state with the labels of one, as the images of a path have them.
  static LogitRows rows_of(LogitState state) {
    LogitRows rows = make_logits(state, 300, 10, 10, 5);
    rows.labels = make_logits(LogitState::kTrained, 300, 10, 10, 5).labels;
    return rows;
  }
  Arguments command_for(const LogitRows& rows) const {
    const std::string n = std::to_string(rows.labels.size());
    return {"mi",
            folder_.write("z.npy", npy("<f4", "(" + n + ", 10)", raw(rows.logits))).string(),
            folder_.write("y.npy", npy("<i4", "(" + n + ",)", raw(rows.labels))).string(),
            "--device",
            "cpu",
            "--json",
            "--trace",
            trace().string()};
  }
  std::filesystem::path trace() const { return folder_.path() / "trace.csv"; }

  TemporaryFolder folder_;
};

TEST_F(MiTrace, MakesAPathThatOtherCommandsRead) {
  const ProgramResult first = measure(LogitState::kFresh, {"--step", "0", "--epoch", "0"});
  ASSERT_EQ(first.exit_code, 0) << first.err;
  ASSERT_EQ(measure(LogitState::kTrained, {"--step", "50", "--epoch", "0.5"}).exit_code, 0);
  ASSERT_EQ(measure(LogitState::kTrained, {"--step", "50", "--split", "train"}).exit_code, 0);
  const ProgramResult last = measure(LogitState::kTrained, {"--step", "100", "--epoch", "1"});
  EXPECT_EQ(lines(trace()), 5u);

  const ProgramResult phases = run_program({"phases", trace().string(), "--json"});
  ASSERT_EQ(phases.exit_code, 0) << phases.err;
  const json run = json::parse(phases.out)["runs"][0];
  EXPECT_EQ(run["samples"], 3);
  EXPECT_EQ(run["convergence"]["epoch"], 1.0);
  const json measured = json::parse(last.out);
  EXPECT_NEAR(run["convergence"]["i_xt_bits"].get<double>(), measured["i_xt_bits"].get<double>(),
              1e-9);
  EXPECT_NEAR(run["convergence"]["accuracy"].get<double>(), measured["accuracy"].get<double>(),
              1e-6);
  EXPECT_EQ(run_program({"figure", "plane", trace().string(), "--out",
                         (folder_.path() / "plane.svg").string()})
                .exit_code,
            0);
}

TEST_F(MiTrace, WhatCannotBeAddedLeavesTheTraceAsItWas) {
  ASSERT_EQ(measure(LogitState::kFresh, {"--step", "10"}).exit_code, 0);
  const std::string before = read_file(trace());
  const auto refused = [&](const Arguments& more, const std::string& part) {
    const ProgramResult result = measure(LogitState::kFresh, more);
    EXPECT_NE(result.exit_code, 0);
    EXPECT_THAT(result.err, HasSubstr(part));
    EXPECT_EQ(read_file(trace()), before);
  };
  refused({"--step", "9"}, "has step 10 of the validation split already");
  refused({"--step", "10"}, "has step 10 of the validation split already");
  refused({"--step", "11", "--epoch", "9"}, "has epoch 10 of the validation split at step 10");
  refused({}, "--step");
  refused({"--step", "11", "--bins", "5,10"}, "one number of --bins");
  refused({"--step", "11", "--activations"}, "no accuracy");
  refused({"--step", "11", "--split", "a,b"}, "expected a word");
  refused({"--step", "11", "--epoch", "nan"}, "--epoch");
  refused({"--step", "11", "--trace", ""}, "--trace");
  std::ofstream(trace()) << "step,accuracy\n1,0.5\n";
  const ProgramResult other = measure(LogitState::kFresh, {"--step", "11"});
  EXPECT_EQ(other.exit_code, 3);
  EXPECT_THAT(other.err, HasSubstr("trace.csv: not a trace"));
  EXPECT_EQ(read_file(trace()), "step,accuracy\n1,0.5\n");
}

TEST_F(MiTrace, OnePathHasOneRulerAndTheSameRows) {
  ASSERT_EQ(measure(LogitState::kFresh, {"--step", "0"}).exit_code, 0);
  EXPECT_THAT(read_file(trace()),
              testing::ContainsRegex("rejected,bins,convention\n.*,10,paper\n"));
  const std::string before = read_file(trace());
  const auto refused = [&](const ProgramResult& result, const std::string& part) {
    expect_one_line(result, 2, {"trace.csv: ", part});
    EXPECT_EQ(read_file(trace()), before);
  };
  refused(measure(LogitState::kFresh, {"--step", "1", "--bins", "30"}),
          "10 bins by convention paper, this one 30 by paper");
  refused(measure(LogitState::kFresh, {"--step", "1", "--split", "train", "--bins", "30"}),
          "one ruler");  // in another split, too
  refused(measure(LogitState::kFresh, {"--step", "1", "--convention", "ib_cnn"}),
          "this one 10 by ib_cnn");
  refused(run_with(write_rows(LogitState::kFresh, 299), {"--step", "1"}),
          "validation split are of 300 rows, this one is of 299 rows");
  LogitRows relabelled = rows_of(LogitState::kFresh);
  std::fill_n(relabelled.labels.begin(), 100, 0);
  refused(run_with(command_for(relabelled), {"--step", "1"}), "of labels with H(Y) = ");
  // Another split has rows of its own, and rows that a diverging network loses are the same rows.
  EXPECT_EQ(
      run_with(write_rows(LogitState::kFresh, 299), {"--step", "1", "--split", "train"}).exit_code,
      0);
  LogitRows lost = rows_of(LogitState::kFresh);
  lost.logits[0] = std::nanf("");
  EXPECT_EQ(run_with(command_for(lost), {"--step", "1", "--skip-rejected"}).exit_code, 0);
  EXPECT_EQ(measure(LogitState::kTrained, {"--step", "2"}).exit_code, 0);
  EXPECT_EQ(
      run_program({"report", trace().string(), "--out", (folder_ / "r.html").string()}).exit_code,
      0);
  // Paths of two rulers have no common scale.
  const std::string other = (folder_ / "other.csv").string();
  Arguments thirty = write_rows(LogitState::kFresh);
  thirty.back() = other;
  ASSERT_EQ(run_with(thirty, {"--step", "0", "--bins", "30"}).exit_code, 0);
  EXPECT_THAT(run_program({"rank", trace().string(), other}).err,
              HasSubstr("the runs differ in bins (10, 30)"));
}

TEST_F(MiTrace, ATraceOfBeforeThereWereRulersGoesOn) {
  std::ofstream(trace()) << kMetricsHeader << "0,0,validation,1,0.5,5,2,3.3,9,9,300,0\n";
  expect_one_line(measure(LogitState::kFresh, {"--step", "1"}), 2, {"H(Y) = 3.300000"});
  std::ofstream(trace()) << kMetricsHeader;
  ASSERT_EQ(measure(LogitState::kFresh, {"--step", "1"}).exit_code, 0);
  ASSERT_EQ(measure(LogitState::kFresh, {"--step", "2", "--bins", "30"}).exit_code, 0);
  EXPECT_EQ(run_program({"phases", trace().string()}).exit_code, 0);
}

TEST_F(MiTrace, ManyAtOnceLoseNoSample) {
  const Arguments command = write_rows(LogitState::kFresh);
  std::vector<std::thread> calls;
  std::atomic<int> added = 0;
  for (const char* split : {"a", "b", "c", "d", "e", "f", "g", "h"}) {
    calls.emplace_back([&, split] {  // each a split of its own, so that any order will do
      Arguments all = command;
      all.insert(all.end(), {"--step", "1", "--split", split});
      added += run_program(all).exit_code == 0 ? 1 : 0;
    });
  }
  for (std::thread& call : calls) {
    call.join();
  }
  EXPECT_EQ(added, 8);
  EXPECT_EQ(lines(trace()), 9u);
}

TEST_F(MiTrace, ARunsOwnTraceAndFoldersAreRefused) {
  folder_.write("run.json", text_bytes("{}"));
  const ProgramResult run = measure(LogitState::kFresh, {"--step", "1"});
  expect_one_line(run, 2, {"trace.csv", "in the folder of a run"});
  EXPECT_FALSE(std::filesystem::exists(trace()));
  ASSERT_EQ(::mkfifo(trace().c_str(), 0600), 0);
  expect_one_line(measure(LogitState::kFresh, {"--step", "1"}), 2, {"trace.csv: no file"});
  std::filesystem::remove(trace());
  std::filesystem::create_directories(trace());
  expect_one_line(measure(LogitState::kFresh, {"--step", "1"}), 2, {"trace.csv: a folder"});
}

}  // namespace
}  // namespace infoplane::test
