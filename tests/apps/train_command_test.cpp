// `infoplane train` as a user meets it: exit codes, one-line errors, what is left in the run
// folder.

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/mount.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "core/rng.h"
#include "tests/support/bytes.h"
#include "tests/support/one_processor.h"
#include "tests/support/program.h"
#include "tests/support/sanitized.h"
#include "tests/support/small_runs.h"

namespace infoplane::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

using TrainCommand = SmallRuns;

TEST_F(TrainCommand, LeavesACompleteRunFolder) {
  const ProgramResult result = run_program(train({"--epochs", "3", "--lr", "0.05"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  EXPECT_THAT(result.warning_of_part, HasSubstr("but there are 256 and 100 in "));
  EXPECT_THAT(result.out, HasSubstr("I(X;T)"));
  EXPECT_THAT(result.out, HasSubstr((out() / "plane.svg").string()));
  const json run = json::parse(read_file(out() / "run.json"));
  EXPECT_EQ(run["status"], "done");
  EXPECT_EQ(run["data"]["train"], 256);
  EXPECT_EQ(run["cuda_graphs"], true);
  EXPECT_EQ(run["precision"], "fp32");  // of the CPU
  EXPECT_EQ(run["determinism"], "bitwise");
  EXPECT_THAT(read_file(out() / "config.toml"), HasSubstr("\nprecision = \"fp32\"\n"));
  EXPECT_EQ(run["data"]["sha256"].get<std::string>().size(), 64u);
  // Step 0, then every ten of the first epoch (here none), then the last of 24.
  EXPECT_EQ(lines(out() / "metrics.csv"), 1u + 2u);
  EXPECT_EQ(lines(out() / "per_class.csv"), 1u + 2u * 10u);
  EXPECT_THAT(read_file(out() / "plane.svg"), HasSubstr("<svg"));
  EXPECT_THAT(read_file(out() / "plane.png"), StartsWith("\x89PNG"));
}

TEST_F(TrainCommand, GraphsCanBeLeftOutAndTheRunSaysSo) {
  ASSERT_EQ(run_program(train({"--epochs", "2", "--set", "cuda_graphs=false"}, "a")).exit_code, 0);
  ASSERT_EQ(run_program(train({"--epochs", "2"}, "b")).exit_code, 0);
  EXPECT_EQ(json::parse(read_file(out("a") / "run.json"))["cuda_graphs"], false);
  EXPECT_THAT(read_file(out("a") / "config.toml"), HasSubstr("\ncuda_graphs = false\n"));
  EXPECT_EQ(read_file(out("a") / "metrics.csv"), read_file(out("b") / "metrics.csv"));
  const ProgramResult wrong = run_program(train({"--set", "cuda_graphs=perhaps"}, "c"));
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("true or false"));
}

TEST_F(TrainCommand, TheCpuKnowsNoTf32AndOneDeterminism) {
  ASSERT_EQ(run_program(train({"--epochs", "2", "--determinism", "fast"}, "fast")).exit_code, 0);
  ASSERT_EQ(run_program(train({"--epochs", "2", "--precision", "fp32"}, "a")).exit_code, 0);
  EXPECT_EQ(read_file(out("fast") / "metrics.csv"), read_file(out("a") / "metrics.csv"));
  EXPECT_EQ(json::parse(read_file(out("fast") / "run.json"))["determinism"], "bitwise");
  EXPECT_THAT(read_file(out("fast") / "config.toml"), HasSubstr("\ndeterminism = \"fast\"\n"));
  for (const char* extra : {"--quiet", "--dry-run"}) {
    expect_one_line(run_program(train({"--precision", "tf32", extra}, "tf32")), 2,
                    {"not compute in tf32", "fp32", "--device cuda"});
  }
  if (why_the_program_has_no_bf16().empty()) {
    ASSERT_EQ(run_program(train({"--epochs", "2", "--precision", "bf16"}, "bf16")).exit_code, 0);
    EXPECT_NE(read_file(out("bf16") / "metrics.csv"), read_file(out("a") / "metrics.csv"));
    EXPECT_EQ(json::parse(read_file(out("bf16") / "run.json"))["precision"], "bf16");
  }
  expect_one_line(run_program(train({"--precision", "tf32", "--sweep", "seed=1,2"}, "tf32")), 2,
                  {"precision", "fp32", "--device cuda"});
  EXPECT_FALSE(std::filesystem::exists(out("tf32")));
  expect_one_line(run_program(train({"--precision", "fp16"}, "fp16")), 2,
                  {"--precision", "fp32, tf32, bf16"});
  expect_one_line(run_program(train({"--determinism", "no"}, "no")), 2,
                  {"--determinism", "bitwise, fast"});
}

TEST_F(TrainCommand, RepeatsToTheByteAndFromItsOwnConfiguration) {
  const Arguments options = {"--epochs", "2", "--sample-every", "3", "--sample-train"};
  ASSERT_EQ(run_program(train(options, "a")).exit_code, 0);
  ASSERT_EQ(run_program(train(options, "b")).exit_code, 0);
  ASSERT_EQ(run_program({"train", "--config", (out("a") / "config.toml").string(), "--out",
                         out("c").string()})
                .exit_code,
            0);
  ASSERT_EQ(
      run_program(
          train({"--epochs", "2", "--sample-every", "3", "--sample-train", "--seed", "2"}, "d"))
          .exit_code,
      0);
  const std::string metrics = read_file(out("a") / "metrics.csv");
  EXPECT_THAT(metrics, HasSubstr(",train,"));
  EXPECT_EQ(metrics, read_file(out("b") / "metrics.csv"));
  EXPECT_EQ(metrics, read_file(out("c") / "metrics.csv"));
  EXPECT_NE(metrics, read_file(out("d") / "metrics.csv"));
  EXPECT_EQ(read_file(out("a") / "per_class.csv"), read_file(out("b") / "per_class.csv"));
}

TEST_F(TrainCommand, PinnedItComputesTheSameAndMoreThreadsThanCoresAreRefused) {
  ASSERT_EQ(run_program(train({"--epochs", "2"}, "free")).exit_code, 0);
  ASSERT_EQ(run_program(train({"--epochs", "2", "--pin"}, "pinned")).exit_code, 0);
  EXPECT_EQ(read_file(out("pinned") / "metrics.csv"), read_file(out("free") / "metrics.csv"));
  EXPECT_EQ(json::parse(read_file(out("free") / "run.json"))["pin"], false);
  EXPECT_EQ(json::parse(read_file(out("pinned") / "run.json"))["pin"], true);
  EXPECT_THAT(read_file(out("pinned") / "config.toml"), HasSubstr("pin = true"));
  expect_one_line(run_program(train({"--threads", "4000", "--pin"}, "none")), 2,
                  {"pin: 4000 threads", "--threads"});
  EXPECT_FALSE(std::filesystem::exists(out("none")));
}

TEST_F(TrainCommand, JsonIsAnObjectAnEpochAndNothingElse) {
  const ProgramResult result = run_program(train({"--epochs", "2", "--json"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  std::istringstream stream(result.out);
  int epochs = 0;
  for (std::string line; std::getline(stream, line); ++epochs) {
    EXPECT_EQ(json::parse(line)["epoch"], epochs + 1);
  }
  EXPECT_EQ(epochs, 2);
}

TEST_F(TrainCommand, InterruptedItEndsCleanlyWithWhatItHas) {
  Program program(train({"--epochs", "100000", "--sample-every", "epoch"}));
  ASSERT_TRUE(wait_until([&] { return lines(out() / "metrics.csv") >= 4; }));
  ::kill(program.process(), SIGINT);
  const ProgramResult result = program.wait();
  EXPECT_EQ(result.exit_code, 130);
  EXPECT_THAT(result.out,
              testing::ContainsRegex("\nstopped at step [0-9]+ \\(epoch [0-9.]+ of 100000\\); "
                                     "`infoplane resume .*run` goes on from there\n"));
  EXPECT_EQ(json::parse(read_file(out() / "run.json"))["status"], "interrupted");
  EXPECT_GE(lines(out() / "metrics.csv"), 4u);
  EXPECT_TRUE(std::filesystem::exists(out() / "plane.svg"));
}

// Runs of about a hundred samples, killed somewhere behind one of the first sixty: within a step, a
// sample, a checkpoint, an epoch's end.
TEST_F(TrainCommand, KilledAtAnyMomentItResumesToTheSameBytes) {
  constexpr std::uint64_t kRuns = kSanitized ? 3 : 10;
  const Arguments options = {"--epochs", "60",    "--sample-every",
                             "5",        "--set", "checkpoint_every=1"};
  ASSERT_EQ(run_program(train(options, "whole")).exit_code, 0);
  const std::string whole = read_file(out("whole") / "metrics.csv");
  const RandomStream random{1, kTestStream, 0};
  std::set<std::size_t> moments;  // rows of samples that a kill left
  std::uint64_t kills = 0;
  for (std::uint64_t i = 0; i < kRuns; ++i) {
    const std::string name = "killed" + std::to_string(i);
    Program program(train(options, name));
    const std::size_t rows = 1 + (60 * i + random.word(2 * i) % 60) / kRuns;
    ASSERT_TRUE(wait_until([&] {
      return std::filesystem::exists(out(name) / "checkpoint.safetensors") &&
             lines(out(name) / "metrics.csv") > rows;
    }));
    std::this_thread::sleep_for(std::chrono::microseconds(random.word(2 * i + 1) % 5000));
    ::kill(program.process(), SIGKILL);
    kills += program.wait().exit_code == 128 + SIGKILL ? 1 : 0;
    EXPECT_TRUE(whole.starts_with(read_file(out(name) / "metrics.csv")));
    moments.insert(lines(out(name) / "metrics.csv"));
    const ProgramResult resumed = run_program({"resume", out(name).string()});
    EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
    EXPECT_EQ(read_file(out(name) / "metrics.csv"), whole);
    EXPECT_EQ(read_file(out(name) / "per_class.csv"), read_file(out("whole") / "per_class.csv"));
    EXPECT_EQ(json::parse(read_file(out(name) / "run.json"))["status"], "done");
    std::filesystem::remove_all(out(name));
  }
  EXPECT_GE(kills, kRuns - kRuns / 4) << "runs were done before they were killed";
  EXPECT_GE(moments.size(), (kRuns + 1) / 2) << "runs were killed at the same moment";
}

TEST_F(TrainCommand, AResumedRunsLayersAndReadingsAreTheUninterruptedOnes) {
  const auto run = [&](const char* epochs, const char* name) {
    return run_program(train({"--epochs", epochs, "--sample-every", "epoch", "--sample-layers",
                              "--readings", "--set", "checkpoint_every=1"},
                             name));
  };
  ASSERT_EQ(run("4", "whole").exit_code, 0);
  const std::string whole = read_file(out("whole") / "layers.csv");
  EXPECT_THAT(whole, StartsWith("step,epoch,split,layer,units,i_xt_bits,i_ty_bits,symbols,"
                                "singletons,n,rejected,low,high\n"));
  EXPECT_EQ(std::count(whole.begin(), whole.end(), '\n'), 1 + 5);  // one hidden layer
  const std::string readings = read_file(out("whole") / "readings.csv");
  EXPECT_EQ(std::count(readings.begin(), readings.end(), '\n'), 1 + 5 * 12);
  // A run that went no further than two epochs, with rows after its checkpoint.
  ASSERT_EQ(run("2", "part").exit_code, 0);
  std::ofstream(out("part") / "layers.csv", std::ios::app) << "what was written later\n";
  std::ofstream(out("part") / "readings.csv", std::ios::app) << "what was written later\n";
  std::string config = read_file(out("part") / "config.toml");
  config.replace(config.find("epochs = 2"), 10, "epochs = 4");
  std::ofstream(out("part") / "config.toml") << config;
  std::string run_json = read_file(out("part") / "run.json");
  run_json.replace(run_json.find("done"), 4, "interrupted");
  std::ofstream(out("part") / "run.json") << run_json;
  expect_one_line(run_program({"resume", out("part").string(), "--epochs", "1"}), 2,
                  {"--epochs 1", "its epoch 2"});
  const ProgramResult resumed = run_program({"resume", out("part").string()});
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(read_file(out("part") / "layers.csv"), whole);
  EXPECT_EQ(read_file(out("part") / "readings.csv"), readings);
  ASSERT_EQ(run_program(train({"--epochs", "1"}, "without")).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(out("without") / "layers.csv"));
  EXPECT_FALSE(std::filesystem::exists(out("without") / "readings.csv"));
}

TEST_F(TrainCommand, ADoneRunGoesOnToMoreEpochsAsIfItHadHadThemFromTheStart) {
  const Arguments sampled = {"--sample-every", "4", "--sample-layers"};
  const auto with_epochs = [&](const char* epochs) {
    Arguments arguments = sampled;
    arguments.insert(arguments.end(), {"--epochs", epochs});
    return arguments;
  };
  ASSERT_EQ(run_program(train(with_epochs("4"), "whole")).exit_code, 0);
  ASSERT_EQ(run_program(train(with_epochs("2"), "part")).exit_code, 0);
  const ProgramResult resumed = run_program({"resume", out("part").string(), "--epochs", "4"});
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  for (const char* file : {"metrics.csv", "per_class.csv", "layers.csv", "config.toml"}) {
    EXPECT_EQ(read_file(out("part") / file), read_file(out("whole") / file)) << file;
  }
  EXPECT_EQ(json::parse(read_file(out("part") / "run.json"))["status"], "done");
  const ProgramResult again = run_program({"resume", out("part").string(), "--epochs", "3"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(again.out, HasSubstr("all 4 epochs are done"));
  EXPECT_EQ(read_file(out("part") / "config.toml"), read_file(out("whole") / "config.toml"));
}

TEST_F(TrainCommand, AReportThatCannotBeMadeUndoesNoRun) {
  ASSERT_EQ(run_program(train({"--epochs", "1"})).exit_code, 0);
  std::filesystem::remove(out() / "report.html");
  std::filesystem::create_directory(out() / "report.html");
  expect_one_line(run_program({"resume", out().string(), "--epochs", "2", "--quiet"}), 1,
                  {"report.html"});
  EXPECT_EQ(json::parse(read_file(out() / "run.json"))["status"], "done");
}

TEST_F(TrainCommand, ResumingWithOtherSettingsIsOneLineAndLosesNothing) {
  ASSERT_EQ(run_program(train({"--epochs", "2"})).exit_code, 0);
  std::string config = read_file(out() / "config.toml");
  const std::size_t bins = config.find("bins = 10");
  ASSERT_NE(bins, std::string::npos);
  config.replace(bins, 9, "bins = 20");
  std::ofstream(out() / "config.toml") << config;
  const std::string metrics = read_file(out() / "metrics.csv");
  expect_one_line(run_program({"resume", out().string(), "--epochs", "3"}), 3,
                  {out().string(), "'bins = 10'", "'bins = 20'"});
  EXPECT_EQ(read_file(out() / "metrics.csv"), metrics);
  EXPECT_EQ(read_file(out() / "config.toml"), config);
}

TEST_F(TrainCommand, ResumingWhatIsNoRunIsOneLine) {
  expect_one_line(run_program({"resume", folder_.path().string()}), 3, {"no run", "folder"});
  ASSERT_EQ(run_program(train({"--epochs", "1"})).exit_code, 0);
  const ProgramResult done = run_program({"resume", out().string()});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("are done"));
  std::ofstream(out() / "checkpoint.safetensors") << "torn";
  expect_one_line(run_program({"resume", out().string()}), 3, {"checkpoint.safetensors"});
}

TEST_F(TrainCommand, AFolderOfAnotherVersionResumesWithAWarningOrIsRefused) {
  ASSERT_EQ(run_program(train({"--epochs", "2", "--set", "checkpoint_every=1"})).exit_code, 0);
  const auto replace = [&](const char* file, const std::string& from, const std::string& to) {
    std::string text = read_file(out() / file);
    ASSERT_NE(text.find(from), std::string::npos) << file;
    text.replace(text.find(from), from.size(), to);
    std::ofstream(out() / file, std::ios::binary) << text;
  };
  const Arguments resume = {"resume", out().string()};
  replace("checkpoint.safetensors", "infoplane checkpoint 1", "infoplane checkpoint 9");
  expect_one_line(run_program(resume), 3, {"checkpoint.safetensors", "another version"});
  replace("checkpoint.safetensors", "infoplane checkpoint 9", "infoplane checkpoint 1");
  replace("config.toml", "epochs = 2", "epochs = 4\nlearning_rate = 1");
  expect_one_line(run_program(resume), 2, {"config.toml:", "unknown key 'learning_rate'"});
  replace("config.toml", "learning_rate = 1", "");
  replace("run.json", "\"done\"", "\"interrupted\"");
  const std::string version = json::parse(read_file(out() / "run.json"))["version"];
  replace("run.json", "\"version\": \"" + version, "\"version\": \"0.0.1");
  replace("run.json", "\"oneDNN\": \"", "\"oneDNN\": \"1.");
  replace("run.json", "\"instructions\": \"", "\"instructions\": \"mmx, ");
  std::ofstream(out() / "metrics.csv", std::ios::app) << "17,2.1,valid";  // torn: cut off again
  const ProgramResult resumed = run_program(resume);
  EXPECT_EQ(resumed.exit_code, 0);
  EXPECT_THAT(resumed.err,
              testing::MatchesRegex(
                  "infoplane: warning: .*begun with infoplane 0.0.1 \\(.*\\), this is .*\n"
                  "infoplane: warning: .*begun with oneDNN 1.[0-9.]+, this is .*\n"
                  "infoplane: warning: .*begun with instructions mmx, .*, this is .*\n"));
  EXPECT_THAT(read_file(out() / "metrics.csv"), testing::Not(HasSubstr("valid\n")));
  EXPECT_EQ(run_program({"phases", out().string()}).err, "");
}

TEST_F(TrainCommand, SamplesSpacedOverAllEpochsKeepTheirNumber) {
  const ProgramResult done = run_program(train({"--epochs", "2", "--sample-every", "log:5"}));
  ASSERT_EQ(done.exit_code, 0);
  EXPECT_THAT(done.out, testing::Not(HasSubstr("stopped at step")));
  for (const char* epochs : {"3", "1"}) {
    expect_one_line(run_program({"resume", out().string(), "--epochs", epochs}), 2,
                    {"samples are spaced over all of them (sample.every = log:5)"});
  }
  EXPECT_EQ(run_program({"resume", out().string(), "--epochs", "2"}).exit_code, 0);
}

TEST_F(TrainCommand, MoreThreadsThanProcessorsAreWarnedOf) {
  const OneProcessor one;
  const ProgramResult two = run_program(train({"--epochs", "1", "--threads", "2"}, "two"));
  const ProgramResult alone = run_program(train({"--epochs", "1", "--threads", "1"}, "alone"));
  expect_one_line(two, 0, {"warning: threads: 2, but this process may use 1 processor"});
  EXPECT_EQ(alone.err, "");
}

TEST_F(TrainCommand, ARunKnowsWhatBeganItAndWhatWentOnWithIt) {
  ASSERT_EQ(run_program(train({"--epochs", "1"})).exit_code, 0);
  const std::string file = (out() / "run.json").string();
  json begun = json::parse(read_file(file));
  EXPECT_EQ(begun["instructions"],
            json::parse(run_program({"doctor", "--json"}).out)["devices"][0]["instructions"]);
  EXPECT_FALSE(begun.contains("resumed"));
  begun["commit"] = "0123456789ab";
  begun["resumed"] = {"2026-01-01T00:00:00Z"};  // as earlier versions wrote it
  std::ofstream(file) << begun;
  const ProgramResult result = run_program({"resume", out().string(), "--epochs", "2"});
  ASSERT_EQ(result.exit_code, 0);
  const json then = json::parse(read_file(file));
  ASSERT_EQ(then["resumed"].size(), 2u);
  EXPECT_EQ(then["resumed"][0], begun["resumed"][0]);
  const json& resumed = then["resumed"][1];
  EXPECT_EQ(then["commit"], "0123456789ab");
  EXPECT_NE(resumed["commit"], "0123456789ab");
  for (const char* key : {"version", "host", "device", "instructions", "libraries"}) {
    EXPECT_EQ(resumed[key], begun[key]) << key;
  }
  EXPECT_THAT(resumed["time"].get<std::string>(), testing::EndsWith("Z"));
  const bool is_known = resumed["commit"] != "unknown";
  EXPECT_THAT(result.err,
              testing::MatchesRegex(is_known ? "infoplane: warning: .*begun with infoplane .* "
                                               "\\(0123456789ab\\), this is .*\n"
                                             : ""));
  EXPECT_EQ(run_program({"report", out().string()}).exit_code, 0);
}

TEST_F(TrainCommand, PhasesOfARunAreFound) {
  ASSERT_EQ(run_program(train({"--epochs", "6", "--sample-every", "2"}, "a")).exit_code, 0);
  ASSERT_EQ(
      run_program(train({"--epochs", "6", "--sample-every", "2", "--seed", "2"}, "b")).exit_code,
      0);
  const ProgramResult result =
      run_program({"phases", out("a").string(), out("b").string(), "--min-drop", "0", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json report = json::parse(result.out);
  ASSERT_EQ(report["runs"].size(), 2u);
  EXPECT_EQ(report["runs"][0]["samples"], 25);  // step 0 and every second of 48
  EXPECT_EQ(report["runs"][0]["convergence"]["epoch"], 6.0);
  EXPECT_EQ(report["intervals"]["height_bits"]["repeats"], 2);
  EXPECT_THAT(run_program({"phases", out("a").string()}).out, HasSubstr("sensitivity"));
  expect_one_line(run_program({"phases", out("a").string(), "--split", "train"}), 2, {"'train'"});
  expect_one_line(run_program({"phases", out("a").string(), "--window", "4"}), 2, {"4", "odd"});
}

TEST_F(TrainCommand, WrongUseIsOneLineWithTheNearestName) {
  const auto wrong = [&](const Arguments& arguments, const std::vector<std::string>& parts) {
    expect_one_line(run_program(arguments), 2, parts);
    EXPECT_FALSE(std::filesystem::exists(out()));
  };
  wrong({"trian"}, {"'trian'", "'train'"});
  wrong(train({"--epoch", "3"}), {"'--epoch'", "'--epochs'"});
  wrong({"train", "fc3", "--data", "mnist"}, {"'fc3'", "'fc-3'"});
  wrong({"train", "fc-3", "--data", "mnits"}, {"mnits", "mnist"});
  wrong({"train", "fc-3"}, {"data"});
  wrong(train({"--epochs", "none"}), {"--epochs", "'none'"});
  wrong(train({"--set", "learning=1"}), {"--set", "'learning'"});
  wrong(train({"--batch", "1000"}), {"1000", "256"});
  wrong(train({"--optimizer", "bgd"}), {"--batch", "bgd"});
}

TEST_F(TrainCommand, WhatIsMissingIsOneLineAndExitCodeThree) {
  expect_one_line(run_program({"train", "cnn-2", "--data", "cifar10", "--data-dir",
                               folder_.path().string(), "--out", out().string()}),
                  3, {"cifar10", "infoplane data get cifar10"});
  expect_one_line(run_program(train({"--limit", "1"})), 3, {"1 training"});
  EXPECT_FALSE(std::filesystem::exists(out()));
}

TEST_F(TrainCommand, CudaWithoutOneSaysWhatIsMissing) {
  const ProgramResult doctor = run_program({"doctor", "--json"});
  const json cuda = json::parse(doctor.out)["devices"][1];
  if (cuda["available"].get<bool>()) {
    GTEST_SKIP() << "there is a GPU";
  }
  expect_one_line(run_program(train({"--device", "cuda"})), 3,
                  {"--device cuda", cuda["missing"].get<std::string>().c_str()});
  EXPECT_FALSE(std::filesystem::exists(out()));
}

TEST_F(TrainCommand, RefusesAFolderThatIsThereOrCannotBe) {
  std::filesystem::create_directories(out());
  std::ofstream(out() / "precious") << "kept";
  expect_one_line(run_program(train({"--epochs", "1"})), 2, {out().c_str(), "--out"});
  EXPECT_EQ(read_file(out() / "precious"), "kept");
  std::ofstream(out("file")) << "no folder";
  expect_one_line(run_program(train({"--epochs", "1"}, "file/run")), 1, {"file/run", "--out"});
}

TEST_F(TrainCommand, AFullDiskIsOneLineAndKeepsWholeSamples) {
  const std::filesystem::path disk = folder_.path() / "disk";
  std::filesystem::create_directories(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=64k") != 0) {
    GTEST_SKIP() << "only root can mount a small disk";
  }
  const ProgramResult result =
      run_program(train({"--epochs", "2000", "--sample-every", "1"}, "disk/run"));
  const std::string metrics = read_file(disk / "run" / "metrics.csv");
  const std::string per_class = read_file(disk / "run" / "per_class.csv");
  ::umount(disk.c_str());
  expect_one_line(result, 1, {"disk/run", "No space left", "free some space"});
  EXPECT_GT(std::count(metrics.begin(), metrics.end(), '\n'), 10);
  EXPECT_EQ(metrics.back(), '\n');
  EXPECT_EQ(per_class.back(), '\n');
}

TEST_F(TrainCommand, MemoryDoesNotGrowOverFiveThousandSteps) {
  if (kSanitized) {
    GTEST_SKIP() << "the sanitizers keep what was freed";
  }
  const auto peak_kib = [&](const std::string& epochs) {
    const ProgramResult result =
        run_program(train({"--epochs", epochs, "--sample-every", "log:8"}, "run-" + epochs));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.peak_kib;
  };
  const long short_run = peak_kib("10");  // 80 steps
  // 5,120 steps, 0.8 KiB each. Runs of one length differ by up to 2 MiB: Linux counts what is
  // resident in batches, and may have a huge page for one run and none for the other.
  EXPECT_LT(peak_kib("640"), short_run + 4096);
}

TEST_F(TrainCommand, TrainsOnSixtyThousandImagesWithinFourHundredMebibytes) {
  if (kSanitized) {
    GTEST_SKIP() << "the sanitizers' memory is not the program's";
  }
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist")) {
    GTEST_SKIP() << "Debian's dataset-fashion-mnist is not installed";
  }
  const auto peak_kib = [](const Arguments& arguments) {
    const ProgramResult result = run_program(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.peak_kib;
  };
  const long all = peak_kib({"train", "fc-3", "--data", "fashion-mnist", "--epochs", "1",
                             "--device", "cpu", "--threads", "1", "--out", out("all").string()});
  EXPECT_LT(all, 400 * 1024);
  // The images have 52 MiB. The rest is the program's own, which a run on few images has, too.
  EXPECT_LT(all, peak_kib(train({"--epochs", "1"}, "few")) + 150 * 1024);
}

TEST(Program, HelpAndVersion) {
  std::istringstream list(run_program({"--help"}).out);
  std::string line;
  while (std::getline(list, line) && line != "Subcommands:") {
  }
  int commands = 0;
  while (std::getline(list, line) && !line.empty()) {
    const std::string command = line.substr(2, line.find(' ', 2) - 2);
    const ProgramResult help = run_program({command, "--help"});
    EXPECT_EQ(help.exit_code, 0) << command;
    EXPECT_THAT(help.out, HasSubstr("infoplane " + command));
    if (command != "data" && command != "bench") {  // which have some
      EXPECT_THAT(help.out, testing::Not(HasSubstr("COMMAND --help"))) << command;
    }
    ++commands;
  }
  EXPECT_EQ(commands, 16);
  EXPECT_THAT(run_program({"--help"}).out, HasSubstr("`infoplane COMMAND --help`"));
  EXPECT_THAT(run_program({"data", "--help"}).out, HasSubstr("`infoplane data COMMAND --help`"));
  EXPECT_THAT(run_program({"--version"}).out, StartsWith("infoplane 0."));
  EXPECT_EQ(run_program({}).exit_code, 2);
}

TEST(Program, ModelsListsAndShowsLayers) {
  const json list = json::parse(run_program({"models", "--json"}).out);
  EXPECT_EQ(list.size(), 12u);
  EXPECT_EQ(list[0]["lr"], 0.1);
  const json cnn = json::parse(run_program({"models", "cnn-16", "--json"}).out);
  EXPECT_EQ(cnn["parameters"], 14728266);
  // VGG-16 on 32 x 32: 0.626 GFLOP forward in its convolutions.
  EXPECT_NEAR(cnn["flop"].get<double>(), 0.626e9, 0.01e9);
  expect_one_line(run_program({"models", "cnn-16", "--data", "mnist"}), 2, {"cnn-16"});
  const TemporaryFolder folder;
  for (const char* image : {"ant/1.pgm", "ant/2.pgm", "bee/1.pgm", "cat/1.pgm"}) {
    folder.write(image, text_bytes("P5 3 2 255\nabcdef"));
  }
  const std::string data = "folder:" + folder.path().string();
  const json own = json::parse(run_program({"models", "fc-3", "--data", data, "--json"}).out);
  EXPECT_EQ(own["layers"][1]["parameters"], 6 * 256 + 256);
  EXPECT_EQ(own["layers"].back()["output"], "[3]");
  const json planned = json::parse(run_program({"models", "cnn-9", "--plan", "--json"}).out);
  EXPECT_EQ(planned["plan"]["batch"], 128);
  EXPECT_GT(planned["plan"]["arena_bytes"], 0);
  EXPECT_EQ(planned["layers"][0]["algorithms"].size(), 2u);  // nobody wants the images' gradient
  EXPECT_EQ(planned["layers"][4]["algorithms"].size(), 3u);  // a convolution's passes
  EXPECT_EQ(planned["layers"][1]["algorithms"], json({"with the relu behind it"}));
  EXPECT_EQ(planned["layers"][2]["algorithms"].size(), 0u);  // which has no step of its own
  const json alexnet = json::parse(run_program({"models", "alexnet", "--plan", "--json"}).out);
  ASSERT_EQ(alexnet["layers"][3]["algorithms"].size(), 4u);
  EXPECT_EQ(alexnet["layers"][3]["algorithms"][3], "with the relu behind it");
  if (why_the_program_has_no_bf16().empty()) {
    const json narrow = json::parse(run_program({"models", "cnn-9", "--plan", "--precision", "bf16",
                                                 "--device", "cpu", "--json"})
                                        .out);
    EXPECT_EQ(narrow["plan"]["precision"], "bf16");
    EXPECT_THAT(narrow["layers"].dump(), HasSubstr("columns, oneDNN"));
  }
  expect_one_line(run_program({"models", "--plan"}), 2, {"--plan", "NAME"});
}

}  // namespace
}  // namespace infoplane::test
