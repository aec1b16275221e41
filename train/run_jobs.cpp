#include "train/run_jobs.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <thread>

#include "core/error.h"
#include "train/child_process.h"
#include "train/run_directory.h"

namespace infoplane {
namespace {

namespace fs = std::filesystem;

constexpr auto kPoll = std::chrono::milliseconds(50);
constexpr int kInterruptedCode = 130;
constexpr int kTerminatedCode = 128 + SIGTERM;  // before it could take the signal

std::string read_text(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

/// The end of a log, where the newest line is, of what was written behind its first `begin` bytes.
std::string tail(const fs::path& file, std::streamoff begin) {
  constexpr std::streamoff kBytes = 8192;
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  stream.seekg(std::max<std::streamoff>(begin, stream.tellg() - kBytes));
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// Takes over what the log's last lines say: `train --json` writes an object an epoch.
void read_log(const fs::path& log, std::streamoff begin, JobStatus& status) {
  const std::string text = tail(log, begin);
  status.reason = error_line(text);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (json.is_object() && json.contains("epoch") && json["epoch"].is_number_integer()) {
      status.epochs_done = json["epoch"].get<std::int64_t>();
    }
  }
}

class Jobs {
 public:
  Jobs(const FolderLock& held, const fs::path& folder, const RunPlan& plan,
       const JobOptions& options)
      : held_(held), folder_(folder), plan_(plan), options_(options) {
    for (const PlannedRun& run : plan.runs) {
      JobStatus status;
      status.name = run.name;
      if (state_of(folder / run.name) == RunState::kDone) {
        status.state = JobStatus::State::kDone;
        status.epochs_done = run.settings.epochs;
      }
      statuses_.push_back(status);
    }
    processes_.resize(plan.runs.size());
    log_begins_.resize(plan.runs.size());
  }

  std::vector<JobStatus> carry_out() {
    bool asked_to_stop = false;
    while (true) {
      if (options_.stop && !asked_to_stop) {
        asked_to_stop = true;
        for (const std::unique_ptr<ChildProcess>& process : processes_) {
          if (process) {
            process->terminate();
          }
        }
      }
      const bool started = !options_.stop && start_next();
      const bool ended = collect();
      options_.on_change(statuses_);
      if (running() == 0 && !started && !ended) {
        break;
      }
      std::this_thread::sleep_for(kPoll);
    }
    return statuses_;
  }

 private:
  std::int64_t running() const {
    return std::count_if(processes_.begin(), processes_.end(),
                         [](const auto& process) { return process != nullptr; });
  }

  bool start_next() {
    const auto next = std::find_if(statuses_.begin(), statuses_.end(), [](const JobStatus& status) {
      return status.state == JobStatus::State::kWaiting;
    });
    if (next == statuses_.end() || running() >= plan_.jobs) {
      return false;
    }
    const fs::path run = folder_ / next->name;
    const RunState state = state_of(run);
    const auto i = static_cast<std::size_t>(next - statuses_.begin());
    if (state == RunState::kDone) {  // by hand, since this began
      next->state = JobStatus::State::kDone;
      next->epochs_done = plan_.runs[i].settings.epochs;
      return true;
    }
    std::vector<std::string> arguments;
    if (state == RunState::kPartial) {
      arguments = {"resume", run.string()};
    } else {
      if (!remove_remains(run, *next)) {
        return true;
      }
      arguments = {"train", "--config", run.string() + ".toml", "--out", run.string()};
    }
    arguments.insert(arguments.end(), {"--json", "--quiet"});
    const fs::path log = run.string() + ".log";
    std::error_code not_there;
    const std::uintmax_t bytes = fs::file_size(log, not_there);
    log_begins_[i] = not_there ? 0 : static_cast<std::streamoff>(bytes);
    processes_[i] = std::make_unique<ChildProcess>(options_.program, arguments, log, log, &held_);
    next->state = JobStatus::State::kRunning;
    return true;
  }

  /// What a run without a checkpoint left, unless a process is still at work there.
  static bool remove_remains(const fs::path& run, JobStatus& status) {
    try {
      if (fs::exists(run)) {
        const FolderLock lock(run);
        for (const fs::directory_entry& entry : fs::directory_iterator(run)) {
          if (!RunDirectory::writes(entry.path().filename().string())) {
            throw Error(entry.path().string() +
                        ": no run wrote that; move it away, or choose another --out");
          }
        }
        fs::remove_all(run);
      }
      return true;
    } catch (const std::exception& error) {
      status.state = JobStatus::State::kFailed;
      status.reason = error.what();
      return false;
    }
  }

  bool collect() {
    bool ended = false;
    for (std::size_t i = 0; i < processes_.size(); ++i) {
      if (!processes_[i]) {
        continue;
      }
      JobStatus& status = statuses_[i];
      read_log(folder_ / (status.name + ".log"), log_begins_[i], status);
      const std::optional<int> code = processes_[i]->exit_code();
      if (!code) {
        continue;
      }
      processes_[i].reset();
      ended = true;
      read_log(folder_ / (status.name + ".log"), log_begins_[i], status);
      if (*code == 0) {
        status.state = JobStatus::State::kDone;
        status.reason.clear();
      } else if (*code == kInterruptedCode || (options_.stop && *code == kTerminatedCode)) {
        status.state = JobStatus::State::kInterrupted;
      } else {
        status.state = JobStatus::State::kFailed;
        if (status.reason.empty()) {
          status.reason = "it ended with exit code " + std::to_string(*code);
        }
      }
    }
    return ended;
  }

  const FolderLock& held_;
  fs::path folder_;
  const RunPlan& plan_;
  const JobOptions& options_;
  std::vector<JobStatus> statuses_;
  std::vector<std::unique_ptr<ChildProcess>> processes_;  ///< of the runs at work
  std::vector<std::streamoff> log_begins_;                ///< where what they print begins
};

}  // namespace

std::string error_line(const std::string& text) {
  const std::string program = "infoplane: ";
  std::istringstream lines(text);
  std::string error;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(program) && !line.starts_with(program + "warning: ")) {
      error = line.substr(program.size());
    }
  }
  return error;
}

std::vector<JobStatus> carry_out(const FolderLock& held, const fs::path& folder,
                                 const RunPlan& plan, const JobOptions& options) {
  return Jobs(held, folder, plan, options).carry_out();
}

ProcessResult run_process(const fs::path& program, const std::vector<std::string>& arguments,
                          const std::atomic<bool>& stop) {
  const TemporaryFolder folder;
  const fs::path out = folder.path() / "out";
  const fs::path err = folder.path() / "err";
  ChildProcess process(program, arguments, out, err);
  std::optional<int> code;
  for (bool asked = false; !(code = process.exit_code());) {
    if (stop && !asked) {
      asked = true;
      process.terminate();
    }
    std::this_thread::sleep_for(kPoll);
  }
  return {*code, read_text(out), read_text(err)};
}

}  // namespace infoplane
