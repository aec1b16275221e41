// What a run leaves when a checkpoint is interrupted or cannot be written, and that it resumes to
// the same bytes.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/file_lock.h"
#include "tests/support/bytes.h"
#include "tests/support/sanitized.h"
#include "tests/support/small_runs.h"

namespace infoplane::test {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

// Epochs of eight steps.
const Arguments kEveryEpoch = {"--epochs", kSanitized ? "10" : "30", "--sample-every",
                               "5",        "--checkpoint-every",     "1"};
constexpr std::size_t kRowsOfHalf = (kSanitized ? 10 : 30) * 8 / 5 / 2;

class CheckpointSafety : public SmallRuns {
 protected:
  std::filesystem::path checkpoint(const std::string& name) const {
    return out(name) / "checkpoint.safetensors";
  }
  std::filesystem::path being_written(const std::string& name, pid_t process) const {
    return checkpoint(name).string() + ".tmp" + std::to_string(process);
  }

  /// A run of every epoch in its first half, stopped, with a checkpoint. On a busy machine it may
  /// be further when that is seen: then another one begins. Null where none was caught.
  std::unique_ptr<Program> stopped_run() const {
    for (int i = 0; i < 20; ++i) {
      auto program = std::make_unique<Program>(train(kEveryEpoch));
      if (!wait_until([&] { return std::filesystem::exists(checkpoint("run")); })) {
        break;
      }
      ::kill(program->process(), SIGSTOP);
      siginfo_t info{};
      ::waitid(P_PID, static_cast<id_t>(program->process()), &info, WSTOPPED | WEXITED | WNOWAIT);
      if (info.si_code == CLD_STOPPED && lines(out() / "metrics.csv") < kRowsOfHalf) {
        return program;
      }
      program.reset();
      std::filesystem::remove_all(out());
    }
    return nullptr;
  }

  /// What a run that nothing happened to leaves.
  void expect_same_as_whole(const std::string& name, const Arguments& options) {
    ASSERT_EQ(run_program(train(options, "whole")).exit_code, 0);
    for (const char* file : {"metrics.csv", "per_class.csv"}) {
      EXPECT_EQ(read_file(out(name) / file), read_file(out("whole") / file)) << file;
    }
    EXPECT_EQ(json::parse(read_file(out(name) / "run.json"))["status"], "done");
    for (const auto& entry : std::filesystem::directory_iterator(out(name))) {
      EXPECT_THAT(entry.path().string(), testing::Not(HasSubstr(".tmp")));
    }
  }

  void expect_resumes_to_the_end(const std::string& name, const Arguments& options) {
    const ProgramResult resumed = run_program({"resume", out(name).string()});
    EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
    EXPECT_EQ(resumed.err, "");
    expect_same_as_whole(name, options);
  }
};

// A pipe in the place of the temporary file holds the writer within its write.
TEST_F(CheckpointSafety, KilledWhileItWritesTheCheckpointItGoesOnFromTheOneBefore) {
  const auto program = stopped_run();
  ASSERT_NE(program, nullptr);
  const std::filesystem::path pipe = out() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_TRUE(wait_until([&] {  // not at once where it was stopped within a write
    const Held held(program->process());
    std::error_code error;
    std::filesystem::create_symlink(pipe, being_written("run", program->process()), error);
    return !error;
  }));
  char begin[1000];
  EXPECT_TRUE(wait_until([&] { return ::read(reader, begin, sizeof begin) > 0; }));
  ::kill(program->process(), SIGKILL);
  EXPECT_EQ(program->wait().exit_code, 128 + SIGKILL);
  ::close(reader);
  std::filesystem::remove(pipe);
  EXPECT_TRUE(std::filesystem::is_symlink(being_written("run", program->process())));
  expect_resumes_to_the_end("run", kEveryEpoch);
}

TEST_F(CheckpointSafety, EverySignalThatAsksLeavesACheckpoint) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    Program program(train({"--epochs", "100000", "--sample-every", "5", "--checkpoint-every",
                           "100000"}));  // none on the way
    ASSERT_TRUE(wait_until([&] { return lines(out() / "metrics.csv") > 4; }));
    EXPECT_FALSE(std::filesystem::exists(checkpoint("run")));
    ::kill(program.process(), signal);
    EXPECT_EQ(program.wait().exit_code, 130);
    EXPECT_TRUE(std::filesystem::exists(checkpoint("run")));
    std::filesystem::remove_all(out());
  }
}

TEST_F(CheckpointSafety, AFullDiskLosesNothingThatWasThere) {
  const std::filesystem::path disk = folder_.path() / "disk";
  std::filesystem::create_directories(disk);
  // FC-3's checkpoint has 1.6 MB: one fits, a second one beside it does not.
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=2600k") != 0) {
    GTEST_SKIP() << "only root can mount a small disk";
  }
  struct Mounted {
    ~Mounted() { ::umount2(disk.c_str(), MNT_DETACH); }
    const std::filesystem::path& disk;
  } const mounted{disk};
  const ProgramResult result = run_program(train(kEveryEpoch, "disk/run"));
  EXPECT_EQ(result.exit_code, 1);
  // A warning an epoch, and why it ended.
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("infoplane: warning: cannot write"), HasSubstr("No space left"),
                    HasSubstr("free some space; the run goes on, its last checkpoint is of step 8"),
                    HasSubstr("\ninfoplane: cannot write")));
  EXPECT_EQ(json::parse(read_file(out("disk/run") / "run.json"))["status"], "failed");
  EXPECT_THAT(read_file(out("disk/run") / "events.jsonl"), HasSubstr("\"event\":\"warning\""));
  ASSERT_EQ(::mount("tmpfs", disk.c_str(), "tmpfs", MS_REMOUNT, "size=16m"), 0);
  expect_resumes_to_the_end("disk/run", kEveryEpoch);
}

// The same without root: files may not grow beyond a megabyte.
TEST_F(CheckpointSafety, AFileThatMayNotGrowLosesNothingThatWasThere) {
  const auto program = stopped_run();
  ASSERT_NE(program, nullptr);
  const rlimit limit{1 << 20, 1 << 20};
  ASSERT_EQ(::prlimit(program->process(), RLIMIT_FSIZE, &limit, nullptr), 0);
  ::kill(program->process(), SIGCONT);
  const ProgramResult result = program->wait();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, AllOf(HasSubstr("warning: "), HasSubstr("File too large"),
                                HasSubstr("the run goes on"), HasSubstr("ulimit")));
  expect_resumes_to_the_end("run", kEveryEpoch);
}

/// Makes a folder read-only for whoever runs this test, until it is destroyed.
class ReadOnly {
 public:
  explicit ReadOnly(std::filesystem::path folder) : folder_(std::move(folder)) {
    const char* path = folder_.c_str();
    if (::geteuid() != 0) {
      ok_ = ::chmod(path, 0555) == 0;
    } else if (::mount(path, path, nullptr, MS_BIND, nullptr) == 0) {  // modes do not stop root
      mounted_ = true;
      ok_ = ::mount(nullptr, path, nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr) == 0;
    }
  }
  ~ReadOnly() {
    if (mounted_) {
      ::umount2(folder_.c_str(), MNT_DETACH);
    } else {
      ::chmod(folder_.c_str(), 0755);
    }
  }
  ReadOnly(const ReadOnly&) = delete;
  ReadOnly& operator=(const ReadOnly&) = delete;
  bool ok() const { return ok_; }

 private:
  std::filesystem::path folder_;
  bool mounted_ = false;
  bool ok_ = false;
};

TEST_F(CheckpointSafety, AReadOnlyFolderLosesNothingThatWasThere) {
  {
    const auto program = stopped_run();
    ASSERT_NE(program, nullptr);
    const ReadOnly read_only(out());
    if (!read_only.ok()) {
      GTEST_SKIP() << "a folder cannot be made read-only for root here";
    }
    ::kill(program->process(), SIGCONT);
    const ProgramResult result = program->wait();
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.err,
                AllOf(HasSubstr("warning: "), HasSubstr("checkpoint.safetensors"),
                      HasSubstr("check the folder and its permissions; the run goes on")));
  }
  EXPECT_EQ(json::parse(read_file(out() / "run.json"))["status"], "running");  // as it was
  expect_resumes_to_the_end("run", kEveryEpoch);
}

TEST_F(CheckpointSafety, ARunAtWorkIsNotResumed) {
  Program program(train({"--epochs", "100000", "--checkpoint-every", "1"}));
  ASSERT_TRUE(wait_until([&] { return std::filesystem::exists(checkpoint("run")); }));
  expect_one_line(run_program({"resume", out().string()}), 2, {"another process", "run"});
  ::kill(program.process(), SIGTERM);
  EXPECT_EQ(program.wait().exit_code, 130);
}

TEST_F(CheckpointSafety, WithoutACheckpointItSaysWhetherTheRunIsAtWorkOrHasEnded) {
  {
    Program program(train({"--epochs", "100000", "--checkpoint-every", "100000"}));
    ASSERT_TRUE(wait_until([&] { return std::filesystem::exists(out() / "run.json"); }));
    expect_one_line(run_program({"resume", out().string()}), 2, {"another process"});
    ::kill(program.process(), SIGKILL);
    program.wait();
  }
  expect_one_line(run_program({"resume", out().string()}), 3,
                  {"before its first checkpoint", "infoplane train --config"});
  expect_one_line(run_program({"resume", out("nowhere").string()}), 3, {"there is no run"});
}

TEST_F(CheckpointSafety, ARefusedResumeCutsNothing) {
  Program program(train({"--epochs", "100000", "--checkpoint-every", "1"}));
  ASSERT_TRUE(wait_until([&] { return std::filesystem::exists(checkpoint("run")); }));
  ::kill(program.process(), SIGKILL);
  program.wait();
  std::ofstream(out() / "metrics.csv", std::ios::app) << "what the checkpoint does not know\n";
  const std::string before = read_file(out() / "metrics.csv");
  json facts = json::parse(read_file(out() / "run.json"));
  facts["data"]["sha256"] = "0000";
  std::ofstream(out() / "run.json") << facts;
  expect_one_line(run_program({"resume", out().string()}), 3, {"not the one the run began with"});
  EXPECT_EQ(read_file(out() / "metrics.csv"), before);
}

// The loss of an epoch is that before its last update, so it may be finite for the last time.
TEST_F(CheckpointSafety, ADivergedNetworkTakesNoCheckpointsPlace) {
  const Arguments bgd = {"--optimizer", "bgd", "--batch", "0", "--checkpoint-every", "1"};
  const auto with = [&bgd](const Arguments& more) {
    Arguments all = bgd;
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  expect_one_line(run_program(train(with({"--lr", "1e38", "--epochs", "1", "--quiet"}))), 1,
                  {"training diverged", "--lr"});
  EXPECT_FALSE(std::filesystem::exists(checkpoint("run")));
  EXPECT_EQ(json::parse(read_file(out() / "run.json"))["status"], "failed");
  EXPECT_THAT(read_file(out() / "report.html"), HasSubstr("training diverged"));
}

TEST_F(CheckpointSafety, LatestIsTheUnfinishedRunOrSweepThatWasWrittenToLast) {
  // Which one was taken shows in what is wrong with it.
  const auto resumed = [&] {
    const std::string command = "cd '" + folder_.path().string() + "' && " +
                                shell_command({"resume", "latest"}) + " >said 2>&1";
    EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 3);
    return read_file(folder_ / "said");
  };
  const auto now = std::filesystem::file_time_type::clock::now();
  const auto write = [&](const std::string& file, const std::string& text, int seconds) {
    const auto path = folder_.write("runs/" + file, text_bytes(text));
    std::filesystem::last_write_time(path, now + std::chrono::seconds(seconds));
  };
  EXPECT_THAT(resumed(), HasSubstr("nothing below runs/"));
  write("z/checkpoint.safetensors", "", 1);
  write("z/run.json", R"({"status":"interrupted"})", 1);
  write("a/checkpoint.safetensors", "", 2);
  write("a/run.json", R"({"status":"running"})", 0);
  write("done/checkpoint.safetensors", "", 3);
  write("done/run.json", R"({"status":"done"})", 3);
  EXPECT_THAT(resumed(), HasSubstr("runs/a/checkpoint.safetensors"));
  write("z/run.json", R"({"status":"interrupted"})", 4);
  EXPECT_THAT(resumed(), HasSubstr("runs/z/checkpoint.safetensors"));
  write("diverged/checkpoint.safetensors", "", 5);
  write("diverged/run.json", R"({"status":"failed","reason":"training diverged: so"})", 5);
  write("held/checkpoint.safetensors", "", 6);
  {
    const FolderLock lock(folder_ / "runs/held");
    EXPECT_THAT(resumed(),
                AllOf(HasSubstr("runs/z/checkpoint.safetensors"), HasSubstr("latest: runs/z\n")));
  }
  EXPECT_THAT(resumed(), HasSubstr("runs/held/checkpoint.safetensors"));
  std::filesystem::remove_all(folder_ / "runs/held");
  write("old/plan.json", R"({"jobs":1,"axes":[],"runs":[{"name":"r","values":[]}]})", -9);
  write("old/r.toml", "pin_it = true", -9);  // of another version
  EXPECT_THAT(resumed(), HasSubstr("runs/z/checkpoint.safetensors"));
  write("b/plan.json", "{}", 5);
  EXPECT_THAT(resumed(), HasSubstr("runs/b/plan.json"));
}

TEST_F(CheckpointSafety, EventsAreThoseOfARunThatWasNeverKilled) {
  const Arguments options = {"--epochs", kSanitized ? "40" : "150", "--checkpoint-every", "2"};
  Program program(train(options, "killed"));
  ASSERT_TRUE(wait_until([&] { return lines(out("killed") / "events.jsonl") > 6; }));
  ::kill(program.process(), SIGKILL);
  program.wait();
  std::ofstream(out("killed") / "events.jsonl", std::ios::app) << R"({"time":"torn)";
  ASSERT_EQ(run_program({"resume", out("killed").string()}).exit_code, 0);
  ASSERT_EQ(run_program(train(options, "whole")).exit_code, 0);
  const auto events_of = [&](const char* run) {
    std::istringstream stream(read_file(out(run) / "events.jsonl"));
    std::vector<std::pair<std::string, std::int64_t>> events;
    std::int64_t step = 0;
    for (std::string line; std::getline(stream, line);) {
      const json event = json::parse(line);
      EXPECT_GE(event["step"].get<std::int64_t>(), step);
      step = event["step"];
      EXPECT_EQ(event["epoch"].get<double>(), static_cast<double>(step) / 8.0);
      EXPECT_THAT(event["time"].get<std::string>(), testing::MatchesRegex("....-..-..T..:..:..Z"));
      events.emplace_back(event["event"], step);
    }
    return events;
  };
  auto killed = events_of("killed");
  const auto is_resume = [](const auto& event) { return event.first == "resume"; };
  EXPECT_EQ(std::erase_if(killed, is_resume), 1u);
  EXPECT_EQ(killed, events_of("whole"));
  EXPECT_EQ(killed.front().first, "start");
  EXPECT_EQ(killed.back().first, "end");
  EXPECT_THAT(read_file(out("whole") / "events.jsonl"),
              AllOf(HasSubstr("convergence"), HasSubstr(R"("status":"done")")));
}

}  // namespace
}  // namespace infoplane::test
