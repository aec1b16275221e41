// `infoplane train --sweep` as a user meets it, also when it is stopped or killed.

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>

#include <map>
#include <nlohmann/json.hpp>

#include "tests/support/csv_cells.h"
#include "tests/support/environment.h"
#include "tests/support/sanitized.h"
#include "tests/support/small_runs.h"

namespace infoplane::test {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class SweepCommand : public SmallRuns {
 protected:
  std::filesystem::path run(const std::string& name) const { return out("sweep") / name; }

  std::string status(const std::string& name) const {
    const json run_json = json::parse(read_file(run(name) / "run.json"), nullptr, false);
    return run_json.is_object() ? run_json.value("status", "") : "";
  }

  /// Holds each of the first two runs of a sweep once it has some samples; fewer where one ended.
  std::map<std::string, Held> hold_runs(const Program& program) const {
    std::map<std::string, Held> held;
    wait_until([&] {
      for (const pid_t child : children_of(program.process())) {
        const std::string command = read_file("/proc/" + std::to_string(child) + "/cmdline");
        for (const char* name : {"seed-1", "seed-2"}) {
          if (command.find(run(name).string()) != std::string::npos &&
              lines(run(name) / "metrics.csv") > 5) {
            held.try_emplace(name, child);
          }
        }
      }
      return held.size() == 2;
    });
    return held;
  }

  Arguments sweep(const Arguments& more) const { return train(more, "sweep"); }
};

TEST_F(SweepCommand, RunsAllAndEndsWithIntervals) {
  const ScopedVariable not_for_children("INFOPLANE_SEED", "77");  // below flags, and --sweep is one
  const ProgramResult result = run_program(
      sweep({"--epochs", "2", "--sweep", "lr=0.1,0.05", "--sweep", "seed=1..3", "--jobs", "2"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  EXPECT_THAT(result.out, AllOf(HasSubstr("6 runs, 2 at a time"), HasSubstr("in all"),
                                HasSubstr("done         lr-0.1_seed-3"), HasSubstr(" +- "),
                                HasSubstr("6 of 6 runs are done")));
  EXPECT_EQ(status("lr-0.05_seed-2"), "done");
  // A run of the sweep is the run of its settings.
  ASSERT_EQ(run_program(train({"--epochs", "2", "--lr", "0.05", "--seed", "2"}, "alone")).exit_code,
            0);
  EXPECT_EQ(read_file(run("lr-0.05_seed-2") / "metrics.csv"),
            read_file(out("alone") / "metrics.csv"));
  const ProgramResult again = run_program({"resume", out("sweep").string(), "--json"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  const json report = json::parse(again.out);
  ASSERT_EQ(report["groups"].size(), 2u);
  EXPECT_EQ(report["groups"][0]["values"], json({{"lr", "0.1"}}));
  EXPECT_EQ(report["groups"][0]["repeats"], 3);
  double sum = 0.0;
  for (const char* seed : {"1", "2", "3"}) {
    const auto metrics = read_file(run(std::string("lr-0.1_seed-") + seed) / "metrics.csv");
    sum += std::stod(last_csv_cells(metrics).at(4));
  }
  EXPECT_NEAR(report["groups"][0]["accuracy"]["mean"].get<double>(), sum / 3.0, 1e-9);
}

TEST_F(SweepCommand, ItsFolderStandsForItsRuns) {
  ASSERT_EQ(run_program(sweep({"--epochs", "1", "--sweep", "seed=3,1"})).exit_code, 0);
  const std::string folder = out("sweep").string();
  const auto phases = [&] {
    const ProgramResult result = run_program({"phases", folder, "--json"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return std::pair(json::parse(result.out), result.err);
  };
  const auto [all, quiet] = phases();
  EXPECT_EQ(quiet, "");
  ASSERT_EQ(all["runs"].size(), 2u);
  EXPECT_FALSE(all["intervals"].is_null());  // they are repeats
  EXPECT_EQ(all["runs"][0]["run"], run("seed-3").string());
  EXPECT_EQ(all["runs"][1]["run"], run("seed-1").string());
  const ProgramResult rank = run_program({"rank", folder, run("seed-1").string(), "--json"});
  EXPECT_EQ(json::parse(rank.out)["runs"].size(), 2u);  // named twice, it counts once
  EXPECT_THAT(run_program({"figure", "plane", folder, "--json"}).out, HasSubstr("half_width"));
  EXPECT_EQ(
      json::parse(run_program({"figure", "plane", folder, "--each-seed", "--json"}).out)["paths"]
          .size(),
      2u);
  const json inversions = json::parse(run_program({"inversions", folder, "--json"}).out);
  EXPECT_EQ(inversions["runs"].size(), 2u);
  EXPECT_EQ(inversions["runs"][1]["run"], run("seed-1").string());
  EXPECT_EQ(run_program({"report", folder}).exit_code, 0);
  EXPECT_TRUE(std::filesystem::exists(out("sweep") / "report.html"));

  ASSERT_EQ(run_program(train({"--epochs", "1", "--lr", "0.05", "--seed", "2"}, "other")).exit_code,
            0);
  const ProgramResult mixed = run_program({"phases", folder, out("other").string(), "--json"});
  EXPECT_TRUE(json::parse(mixed.out)["intervals"].is_null());  // they are no repeats

  std::filesystem::remove(run("seed-1") / "metrics.csv");
  const auto [rest, warning] = phases();
  EXPECT_EQ(rest["runs"].size(), 1u);
  EXPECT_THAT(warning, HasSubstr("1 of its 2 runs have no trace yet"));
  std::filesystem::remove(run("seed-3") / "metrics.csv");
  expect_one_line(run_program({"rank", folder}), 3, {folder, "infoplane resume"});
}

TEST_F(SweepCommand, ADryRunShowsThePlanAndLeavesNothing) {
  const Arguments options =
      sweep({"--epochs", "5", "--sweep", "seed=1..4", "--jobs", "2", "--dry-run"});
  const ProgramResult text = run_program(options);
  ASSERT_EQ(text.exit_code, 0) << text.err;
  EXPECT_THAT(text.out,
              AllOf(HasSubstr("seed-4"), HasSubstr("MB of disk"), Not(HasSubstr("done"))));
  Arguments as_json = options;
  as_json.push_back("--json");
  const json plan = json::parse(run_program(as_json).out);
  ASSERT_EQ(plan["runs"].size(), 4u);
  EXPECT_EQ(plan["runs"][0]["steps"], 40);
  EXPECT_GT(plan["runs"][0]["step_seconds"].get<double>(), 0.0);
  EXPECT_NEAR(plan["seconds_one_by_one"].get<double>(), 2.0 * plan["seconds"].get<double>(), 1e-9);
  EXPECT_FALSE(std::filesystem::exists(out("sweep")));
  Arguments quiet = options;
  quiet.push_back("--quiet");
  EXPECT_EQ(run_program(quiet).out.substr(0, 6), text.out.substr(0, 6));  // it is the result
  const ProgramResult single = run_program(train({"--epochs", "5", "--dry-run"}));
  EXPECT_THAT(single.out, HasSubstr("5 epochs of 8 steps"));
  EXPECT_FALSE(std::filesystem::exists(out()));
}

TEST_F(SweepCommand, ARunsFolderIsNoLargerThanWasSaid) {
  const Arguments run = {"--epochs", "10", "--sample-every", "1", "--sample-layers", "--readings"};
  Arguments dry_run = train(run);
  dry_run.insert(dry_run.end(), {"--dry-run", "--json"});
  const auto said = json::parse(run_program(dry_run).out)["disk_bytes"].get<std::uintmax_t>();
  ASSERT_EQ(run_program(train(run)).exit_code, 0);
  std::uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(out())) {
    bytes += entry.is_regular_file() ? entry.file_size() : 0;
  }
  EXPECT_LE(bytes, said);
  EXPECT_GT(3 * bytes, said);
}

TEST_F(SweepCommand, ADryRunTakesAnySize) {
  const auto plan = [&](const char* micro_batch) {
    return run_program(train({"--optimizer", "bgd", "--batch", "0", "--dry-run", "--micro-batch",
                              micro_batch, "--epochs", "2"}));
  };
  const ProgramResult result = plan("256");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("2 epochs of 1 steps"));
  const ProgramResult refused = plan("3000000000000000000");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("is larger than the batch of 256 images"));
}

TEST_F(SweepCommand, SaysWhichOptionsItReplaces) {
  const auto warning = [&](const std::vector<std::string>& more) {
    Arguments arguments = sweep(more);
    arguments.emplace_back("--dry-run");
    return run_program(arguments).err;
  };
  EXPECT_THAT(warning({"--seed", "7", "--sweep", "seed=1,2"}),
              HasSubstr("--sweep seed=... replaces what --seed says"));
  EXPECT_THAT(warning({"--set", "lr=1", "--sweep", "lr=1,2"}), HasSubstr("what --set says"));
  EXPECT_EQ(warning({"--sweep", "seed=1,2"}), "");
  EXPECT_EQ(warning({"--seed", "7", "--repeats", "2"}), "");
}

TEST_F(SweepCommand, RepeatsAreASweepOverSeeds) {
  const Arguments options = sweep({"--repeats", "3", "--seed", "5", "--dry-run", "--json"});
  const json plan = json::parse(run_program(options).out);
  ASSERT_EQ(plan["runs"].size(), 3u);
  EXPECT_EQ(plan["runs"][0]["name"], "seed-5");
  EXPECT_EQ(plan["runs"][2]["name"], "seed-7");
  EXPECT_GE(plan["jobs"], 1);
  const json one = json::parse(run_program(sweep({"--repeats", "2", "--jobs", "1", "--sweep",
                                                  "lr=0.1,0.2", "--dry-run", "--json"}))
                                   .out);
  EXPECT_EQ(one["runs"].size(), 4u);
  EXPECT_EQ(one["jobs"], 1);
  expect_one_line(run_program(sweep({"--repeats", "2", "--sweep", "seed=1..3"})), 2,
                  {"--repeats", "seed=1..3", "leave"});
}

/// Long enough to be caught at work by whoever waits for the first samples.
const std::string kLongEpochs = kSanitized ? "50" : "200";
const Arguments kLong = {"--epochs", kLongEpochs, "--sample-every", "20",     "--checkpoint-every",
                         "5",        "--sweep",   "seed=1..3",      "--jobs", "2"};

TEST_F(SweepCommand, InterruptedEveryRunLeavesACheckpointAndResumesToTheSameBytes) {
  Program program(sweep(kLong));
  {
    const auto held = hold_runs(program);
    ASSERT_EQ(held.size(), 2u);
    ::kill(program.process(), SIGINT);
  }
  const ProgramResult stopped = program.wait();
  EXPECT_EQ(stopped.exit_code, 130) << stopped.err;
  EXPECT_THAT(stopped.out, HasSubstr("infoplane resume " + out("sweep").string()));
  for (const char* name : {"seed-1", "seed-2"}) {
    EXPECT_EQ(status(name), "interrupted");
    EXPECT_TRUE(std::filesystem::exists(run(name) / "checkpoint.safetensors"));
  }
  EXPECT_FALSE(std::filesystem::exists(run("seed-3")));
  expect_one_line(run_program({"resume", out("sweep").string(), "--epochs", "1"}), 2,
                  {"is a sweep", "--epochs"});
  const ProgramResult resumed = run_program({"resume", out("sweep").string()});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  ASSERT_EQ(
      run_program(train({"--epochs", kLongEpochs, "--sample-every", "20", "--seed", "2"}, "alone"))
          .exit_code,
      0);
  EXPECT_EQ(read_file(run("seed-2") / "metrics.csv"), read_file(out("alone") / "metrics.csv"));
  EXPECT_EQ(status("seed-3"), "done");
}

TEST_F(SweepCommand, StoppedItSaysWhichRunFailedAllTheSame) {
  Program program(sweep(kLong));
  {
    const auto held = hold_runs(program);
    ASSERT_EQ(held.size(), 2u);
    const rlimit limit{1 << 20, 1 << 20};  // a checkpoint has more
    ASSERT_EQ(::prlimit(held.at("seed-1").process(), RLIMIT_FSIZE, &limit, nullptr), 0);
    ::kill(program.process(), SIGINT);
  }
  const ProgramResult stopped = program.wait();
  EXPECT_EQ(stopped.exit_code, 1);
  EXPECT_THAT(stopped.err, AllOf(HasSubstr("infoplane: seed-1: "), HasSubstr("File too large")));
  EXPECT_THAT(stopped.out,
              AllOf(HasSubstr("failed       seed-1"), HasSubstr("interrupted  seed-2")));
}

TEST_F(SweepCommand, ARunThatWasFinishedByHandMeanwhileIsLeftAlone) {
  Program program(sweep(kLong));
  std::string by_hand;
  {
    const auto held = hold_runs(program);
    ASSERT_EQ(held.size(), 2u);
    ASSERT_EQ(run_program({"train", "--config", run("seed-3").string() + ".toml", "--out",
                           run("seed-3").string(), "--quiet"})
                  .exit_code,
              0);
    by_hand = read_file(run("seed-3") / "run.json");
  }
  EXPECT_EQ(program.wait().exit_code, 0);
  EXPECT_EQ(read_file(run("seed-3") / "run.json"), by_hand);
}

TEST_F(SweepCommand, KilledItTakesItsRunsAlongAndResumes) {
  Program program(sweep(kLong));
  {
    const auto held = hold_runs(program);
    ASSERT_EQ(held.size(), 2u);
    ::kill(program.process(), SIGKILL);
    program.wait();
    // What is left of it is still at work.
    expect_one_line(run_program({"resume", out("sweep").string()}), 2, {"another process"});
  }
  for (const char* name : {"seed-1", "seed-2"}) {
    EXPECT_TRUE(wait_until([&] { return status(name) == "interrupted"; })) << status(name);
  }
  ProgramResult resumed;
  wait_until([&] {
    resumed = run_program({"resume", out("sweep").string()});
    return resumed.exit_code != 2;
  });
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(status("seed-3"), "done");
}

TEST_F(SweepCommand, ARunThatFailsDoesNotKeepTheOthers) {
  const ProgramResult result =
      run_program(sweep({"--epochs", "40", "--sweep", "lr=1e30,0.05", "--json"}));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, AllOf(HasSubstr("infoplane: lr-1e30: "), HasSubstr("diverged")));
  const json report = json::parse(result.out);
  EXPECT_EQ(report["runs"][0]["state"], "failed");
  EXPECT_EQ(report["runs"][1]["state"], "done");
  EXPECT_EQ(report["groups"].size(), 1u);
}

TEST_F(SweepCommand, WrongUseIsOneLine) {
  const auto wrong = [&](const Arguments& more, int code, const std::vector<std::string>& parts) {
    expect_one_line(run_program(sweep(more)), code, parts);
    EXPECT_FALSE(std::filesystem::exists(out("sweep")));
  };
  wrong({"--sweep", "sed=1,2"}, 2, {"--sweep", "'sed'", "'seed'"});
  wrong({"--sweep", "seed"}, 2, {"--sweep", "FIRST..LAST"});
  wrong({"--sweep", "batch=32,1000"}, 2, {"batch-1000", "256"});
  wrong({"--sweep", "data_dir=/none,/nowhere"}, 3, {"data_dir--none", "/none"});
  wrong({"--jobs", "2"}, 2, {"--jobs", "--sweep"});
  wrong({"--sweep", "seed=1,2", "--jobs", "0"}, 2, {"--jobs"});
  std::filesystem::create_directories(out("sweep"));
  std::ofstream(out("sweep") / "precious") << "kept";
  expect_one_line(run_program(sweep({"--sweep", "seed=1,2"})), 2, {"sweep", "another --out"});
}

}  // namespace
}  // namespace infoplane::test
