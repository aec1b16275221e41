#include "train/sweep.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "ops/context.h"
#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"
#include "train/run_cost.h"
#include "train/run_directory.h"
#include "train/run_jobs.h"

namespace infoplane::test {
namespace {

using testing::ElementsAre;

Config base() {
  Config config;
  config.set("model", "fc-3", "test");
  config.set("data", "mnist", "test");
  return config;
}

RunPlan plan(const std::vector<std::string>& axes, int jobs = 1, const Config& config = base()) {
  std::vector<SweepAxis> parsed;
  for (const std::string& axis : axes) {
    parsed.push_back(parse_axis(axis));
  }
  return plan_sweep(config, parsed, jobs);
}

TEST(Sweep, AxesAreListsAndRanges) {
  EXPECT_THAT(parse_axis("model=cnn-2,cnn-4").values, ElementsAre("cnn-2", "cnn-4"));
  EXPECT_THAT(parse_axis("seed=3..5").values, ElementsAre("3", "4", "5"));
  EXPECT_THAT(parse_axis("seed=1..2,7").values, ElementsAre("1", "2", "7"));
  EXPECT_THAT(parse_axis("seed=9223372036854775806..9223372036854775807").values,
              ElementsAre("9223372036854775806", "9223372036854775807"));
  EXPECT_THAT(parse_axis("data=folder:../x").values, ElementsAre("folder:../x"));
  for (const char* wrong :
       {"seed", "=1", "seed=", "seed=5..1", "seed=1,1", "seed=1,,2", "seed=1..3,2",
        "seed=1..99999999999", "seed=-9223372036854775808..9223372036854775807"}) {
    SCOPED_TRACE(wrong);
    expect_error<UsageError>([&] { parse_axis(wrong); }, {"--sweep", wrong});
  }
}

TEST(Sweep, RunsAreTheProductAndTheLastAxisChangesFastest) {
  const RunPlan sweep = plan({"model=fc-3,cnn-2", "seed=1..3"}, 2);
  ASSERT_EQ(sweep.runs.size(), 6u);
  EXPECT_THAT(sweep.axes, ElementsAre("model", "seed"));
  EXPECT_EQ(sweep.runs[4].name, "model-cnn-2_seed-2");
  EXPECT_EQ(sweep.runs[4].settings.model, "cnn-2");
  EXPECT_EQ(sweep.runs[4].settings.seed, 2u);
  EXPECT_THAT(sweep.runs[4].values, ElementsAre("cnn-2", "2"));
}

TEST(Sweep, ThreadsAreSharedUnlessTheyWereChosen) {
  const int cores = ops::physical_cores();
  EXPECT_EQ(plan({"seed=1..4"}, 1).runs[0].settings.threads, cores);
  EXPECT_EQ(plan({"seed=1..4"}, 2).runs[0].settings.threads, std::max(1, cores / 2));
  EXPECT_EQ(plan({"seed=1..3"}, 1000).jobs, 3);
  EXPECT_EQ(plan({"seed=1..1000"}, 1000).runs[0].settings.threads, std::max(1, cores / 1000));
  Config config = base();
  config.set("threads", "7", "test");
  EXPECT_EQ(plan({"seed=1..4"}, 2, config).runs[3].settings.threads, 7);
}

TEST(Sweep, PinnedRunsAreNotBesideEachOther) {
  Config config = base();
  config.set("pin", "true", "test");
  EXPECT_TRUE(plan({"seed=1..4"}, 1, config).runs[3].settings.pin);
  expect_error<UsageError>([&] { plan({"seed=1..4"}, 2, config); }, {"pin", "2 runs", "--jobs 1"});
  expect_error<UsageError>([&] { plan({"pin=false,true"}, 2); }, {"pin", "--jobs 1"});
}

TEST(Sweep, WrongKeysAndValuesNameTheOption) {
  expect_error<UsageError>([] { plan({"sed=1,2"}); }, {"--sweep", "'sed'", "'seed'"});
  expect_error<UsageError>([] { plan({"model=fc-3,fc3"}); }, {"'fc3'", "'fc-3'"});
  expect_error<UsageError>([] { plan({"lr=0.1,x"}); }, {"--sweep", "lr", "'x'"});
  expect_error<UsageError>([] { plan({"seed=1,01"}); }, {"seed-1 and seed-01", "one run"});
  expect_error<UsageError>([] { plan({"seed=1,2", "seed=3,4"}); }, {"seed", "twice"});
  expect_error<UsageError>([] { plan({"seed=1..1000", "epochs=1..1000"}); }, {"10000"});
}

TEST(Sweep, NamesAreSafeAndDistinct) {
  const RunPlan sweep = plan({"data=folder:a/b,folder:a b"});
  EXPECT_EQ(sweep.runs[0].name, "data-folder-a-b");
  EXPECT_EQ(sweep.runs[1].name, "data-folder-a-b-2");
}

TEST(Sweep, APlanIsReadBackAsItWasWritten) {
  const TemporaryFolder folder;
  const std::filesystem::path at = folder / "sweep";
  const RunPlan written = plan({"model=fc-3,cnn-2", "lr=0.1,0.05"}, 2);
  write_plan(at, written);
  EXPECT_TRUE(has_plan(at));
  const RunPlan read = read_plan(at);
  EXPECT_EQ(read.jobs, 2);
  EXPECT_EQ(read.axes, written.axes);
  ASSERT_EQ(read.runs.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(read.runs[i].name, written.runs[i].name);
    EXPECT_EQ(read.runs[i].values, written.runs[i].values);
    EXPECT_EQ(to_toml(read.runs[i].settings), to_toml(written.runs[i].settings));
  }
  expect_error<UsageError>([&] { write_plan(at, written); }, {"sweep", "infoplane resume"});
  for (const char* damaged : {"", "[]", "{\"jobs\":1}", R"({"jobs":0,"axes":[],"runs":[]})",
                              R"({"jobs":99999999999,"axes":[],"runs":[]})",
                              R"({"jobs":1,"axes":["seed"],"runs":[{"name":"x","values":[]}]})"}) {
    std::ofstream(at / "plan.json") << damaged;
    expect_error<DataError>([&] { read_plan(at); }, {"plan.json"});
  }
}

TEST(Sweep, ARunThatIsThereMayDifferInWhereItRanButNotInItsPrecision) {
  const TemporaryFolder folder;
  const std::filesystem::path at = folder / "sweep";
  RunPlan wanted = plan({"seed=1,2"});
  std::filesystem::create_directories(at / wanted.runs[0].name);
  const auto there = [&](const RunSettings& settings) {
    std::ofstream(at / wanted.runs[0].name / "config.toml") << to_toml(settings);
  };
  RunSettings other = wanted.runs[0].settings;
  other.cuda_graphs = false;
  other.determinism = Determinism::kFast;
  other.threads = 9;
  there(other);
  extend_plan(at, wanted);
  EXPECT_TRUE(has_plan(at));
  wanted.runs[0].settings.precision = Precision::kTf32;
  other.precision = Precision::kFp32;
  there(other);
  expect_error<UsageError>([&] { extend_plan(at, wanted); },
                           {"precision = \"fp32\"", "precision = \"tf32\""});
}

TEST(Sweep, ARemovedRunIsPlannedAgainOrLeftOut) {
  const TemporaryFolder folder;
  const std::filesystem::path at = folder / "sweep";
  write_plan(at, plan({"seed=1,2,3"}));
  std::filesystem::remove(at / "seed-1.toml");
  std::filesystem::remove(at / "seed-3.toml");
  expect_error<DataError>([&] { read_plan(at); }, {"seed-1.toml", "no such file"});
  extend_plan(at, plan({"seed=1,4"}));
  std::vector<std::string> names;
  for (const PlannedRun& run : read_plan(at).runs) {
    names.push_back(run.name);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"seed-1", "seed-4", "seed-2"}));
}

TEST(Sweep, ARunThatIsBegunKeepsWhatItBeganWith) {
  const TemporaryFolder folder;
  const RunPlan begun = plan({"seed=1,2,3"}, 3);
  for (const char* name : {"seed-1", "seed-2"}) {
    std::filesystem::create_directories(folder / name);
    std::ofstream(folder / name / "config.toml") << to_toml(begun.runs[0].settings);
  }
  std::ofstream(checkpoint_file(folder / "seed-1")) << "there";
  RunPlan now = begun;
  for (PlannedRun& run : now.runs) {
    run.settings.threads += 5;
  }
  const int threads = begun.runs[0].settings.threads;
  keep_begun_settings(folder.path(), now);
  EXPECT_EQ(now.runs[0].settings.threads, threads);
  EXPECT_EQ(now.runs[1].settings.threads, threads + 5);  // it has no checkpoint
  EXPECT_EQ(now.runs[2].settings.threads, threads + 5);
}

TEST(Sweep, ARunsErrorIsTheLastLineThatIsNoWarning) {
  EXPECT_EQ(error_line("infoplane: first\n{\"epoch\":1}\ninfoplane: last\n"
                       "infoplane: warning: INFOPLANE_EPOCS sets nothing\n"),
            "last");
  EXPECT_EQ(error_line("infoplane: warning: only this\nother\n"), "");
}

TEST(RunCost, RunsStartWhenOneBeforeThemEnds) {
  EXPECT_EQ(makespan_seconds({3.0, 1.0, 1.0, 2.0}, 1), 7.0);
  EXPECT_EQ(makespan_seconds({3.0, 1.0, 1.0, 2.0}, 2), 4.0);  // 3 | 1 1 2
  EXPECT_EQ(makespan_seconds({}, 2), 0.0);
}

TEST(RunCost, WhatIsLeftHasItsShareOfTheSamples) {
  const RunCost whole{100, 1000, 50, 0.5, 2.0, 1000};
  const RunCost rest = rest_of(whole, 600);
  EXPECT_EQ(rest.steps, 400);
  EXPECT_EQ(rest.samples, 20);
  EXPECT_EQ(rest.seconds(), 400 * 0.5 + 20 * 2.0);
  EXPECT_EQ(rest.seconds_per_epoch(), whole.seconds_per_epoch());
  EXPECT_EQ(rest_of(whole, 1000).seconds(), 0.0);
}

TEST(RunCost, CountsStepsAndSamplesAndReadsBack) {
  Context ctx = ops::make_context(Device::kCpu);
  DataSet data;
  data.name = "zeros";
  data.image = {1, 4, 4};
  data.classes = 3;
  for (Split* split : {&data.train, &data.validation}) {
    split->pixels.assign(20 * 16, 100);
    for (int i = 0; i < 20; ++i) {
      split->labels.push_back(i % 3);
    }
  }
  Config config = base();
  for (const auto& [key, value] :
       {std::pair("batch", "5"), {"epochs", "3"}, {"sample.every", "4"}}) {
    config.set(key, value, "test");
  }
  const RunCost cost = measure_cost(ctx, config.resolve(), data);
  EXPECT_EQ(cost.steps_per_epoch, 4);
  EXPECT_EQ(cost.steps, 12);
  EXPECT_EQ(cost.samples, 1 + 3);
  EXPECT_GT(cost.step_seconds, 0.0);
  EXPECT_GE(cost.sample_seconds, 0.0);
  EXPECT_GT(cost.disk_bytes, 0);
  EXPECT_NEAR(cost.seconds(), 12 * cost.step_seconds + 4 * cost.sample_seconds, 1e-9);
  EXPECT_NEAR(cost.seconds_per_epoch(), cost.seconds() / 3.0, 1e-9);
  EXPECT_EQ(cost_from_json(to_json(cost)).step_seconds, cost.step_seconds);

  // What is measured may be a part of the images, what is counted is all of them.
  for (Split* split : {&data.train, &data.validation}) {
    split->pixels.resize(5 * split->pixels.size(), 100);
    split->labels.resize(5 * split->labels.size(), 1);
  }
  config.set("batch", "2", "test");
  EXPECT_EQ(measure_cost(ctx, config.resolve(), data).steps_per_epoch, 50);

  // A full batch is measured on some of its passes.
  for (const auto& [key, value] : {std::pair("optimizer", "bgd"), {"micro_batch", "2"}}) {
    config.set(key, value, "test");
  }
  config.set("batch", "0", "test");
  const RunCost full_batch = measure_cost(ctx, config.resolve(), data);
  EXPECT_EQ(full_batch.steps_per_epoch, 1);
  EXPECT_EQ(full_batch.steps, 3);
  EXPECT_GT(full_batch.step_seconds, 0.0);
  EXPECT_THROW(cost_from_json({{"steps", 1}}), Error);
}

}  // namespace
}  // namespace infoplane::test
