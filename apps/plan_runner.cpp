#include "apps/plan_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>

#include "apps/console.h"
#include "apps/signals.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "train/child_process.h"

namespace infoplane::apps {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// By the link, which leads to the program that runs, also where another has taken its name.
constexpr char kThisProgram[] = "/proc/self/exe";

/// What decides how long a step takes: the settings without those that are mere numbers to it.
std::string cost_key(RunSettings settings) {
  settings.seed = 0;
  settings.lr = settings.momentum = settings.weight_decay = settings.lr_factor = 0.0f;
  settings.lr_every = settings.checkpoint_every = settings.stop_after_transition = 0;
  return to_toml(settings);
}

/// The error that a child ended with, with its exit code's meaning.
[[noreturn]] void rethrow(const std::string& run, const ProcessResult& result) {
  const std::string error = error_line(result.err);
  const std::string reason =
      run + ": " + (error.empty() ? "exit code " + std::to_string(result.exit_code) : error);
  switch (result.exit_code) {
    case 2: throw UsageError(reason);
    case 3: throw DataError(reason);
    default: throw Error(reason);
  }
}

/// The sums over a plan. Runs that share one GPU are taken to gain nothing from each other.
struct PlanCost {
  double one_by_one_seconds = 0.0;
  double seconds = 0.0;
  std::int64_t disk_bytes = 0;
};

PlanCost total(const RunPlan& plan, const std::vector<RunCost>& costs) {
  PlanCost sum;
  std::vector<double> seconds;
  bool all_on_host = true;
  for (std::size_t i = 0; i < costs.size(); ++i) {
    seconds.push_back(costs[i].seconds());
    sum.disk_bytes += costs[i].disk_bytes;
    all_on_host = all_on_host && plan.runs[i].settings.device == "cpu";
  }
  sum.one_by_one_seconds = makespan_seconds(seconds, 1);
  sum.seconds = makespan_seconds(seconds, all_on_host ? plan.jobs : 1);
  return sum;
}

/// One line on a terminal, elsewhere a line when a run begins or ends.
class PlanProgress {
 public:
  PlanProgress(const RunPlan& plan, const Output& output)
      : plan_(plan), output_(output), line_(output.stream()) {}

  void show(const std::vector<JobStatus>& statuses) {
    if (output_.quiet) {
      return;
    }
    double epochs = 0.0;
    double done = 0.0;
    int finished = 0;
    std::string running;
    for (std::size_t i = 0; i < statuses.size(); ++i) {
      const JobStatus& status = statuses[i];
      epochs += static_cast<double>(plan_.runs[i].settings.epochs);
      done += static_cast<double>(status.epochs_done);
      finished += status.state == JobStatus::State::kDone ? 1 : 0;
      if (status.state == JobStatus::State::kRunning) {
        running += fmt::format("  {} {}/{}", status.name, status.epochs_done,
                               plan_.runs[i].settings.epochs);
      }
      report_change(i, status);
    }
    if (first_done_ < 0.0) {
      first_done_ = done;
    }
    const double elapsed = std::chrono::duration<double>(Clock::now() - start_).count();
    const double gained = done - first_done_;
    line_.show(fmt::format("{}/{} runs", finished, statuses.size()), done / epochs,
               fmt::format("ETA {}{}",
                           gained > 0.0 ? duration_text(elapsed * (epochs - done) / gained) : "-",
                           running));
  }

  void end() { line_.clear(); }

 private:
  using Clock = std::chrono::steady_clock;

  void report_change(std::size_t i, const JobStatus& status) {
    if (line_.is_terminal()) {
      return;
    }
    std::string& before = states_[i];
    if (const std::string now = to_text(status.state); before != now) {
      before = now;
      if (status.state != JobStatus::State::kWaiting) {
        output_.say(fmt::format("{:<12} {}\n", now, status.name));
      }
    }
  }

  const RunPlan& plan_;
  const Output& output_;
  ProgressLine line_;
  std::map<std::size_t, std::string> states_;
  Clock::time_point start_ = Clock::now();
  double first_done_ = -1.0;
};

}  // namespace

void require_data(const RunPlan& plan) {
  for (const PlannedRun& run : plan.runs) {
    try {
      require_dataset(run.settings.data, data_options(run.settings));
    } catch (const UsageError& error) {
      throw UsageError(run.name + ": " + error.what());
    } catch (const DataError& error) {
      throw DataError(run.name + ": " + error.what());
    }
  }
}

std::vector<RunCost> measure_plan(const RunPlan& plan, const Output& output,
                                  const std::atomic<bool>& stop) {
  const TemporaryFolder folder;
  ProgressLine line(output.stream());
  std::map<std::string, RunCost> known;
  std::vector<RunCost> costs;
  for (const PlannedRun& run : plan.runs) {
    const std::string key = cost_key(run.settings);
    if (known.count(key) == 0) {
      if (!output.quiet) {
        line.show("measuring " + run.name,
                  static_cast<double>(costs.size()) / static_cast<double>(plan.runs.size()), "");
      }
      const fs::path config = folder.path() / "config.toml";
      write_file_atomically(config, to_toml(run.settings));
      const ProcessResult result = run_process(
          kThisProgram, {"train", "--config", config.string(), "--dry-run", "--json"}, stop);
      line.clear();
      if (stop) {
        return {};
      }
      if (result.exit_code != 0) {
        rethrow(run.name, result);
      }
      known[key] = cost_from_json(Json::parse(result.out, nullptr, false));
    }
    costs.push_back(known.at(key));
  }
  return costs;
}

void print_plan(const RunPlan& plan, const std::vector<RunCost>& costs, const fs::path& folder,
                const Output& output) {
  output.say(fmt::format("{} runs, {} at a time, in {}\n\n{:>7} {:>7} {:>11} {:>9} {:>10}  {}\n",
                         plan.runs.size(), plan.jobs, folder.string(), "threads", "epochs",
                         "s an epoch", "time", "disk", "run"));
  for (std::size_t i = 0; i < costs.size(); ++i) {
    output.say(fmt::format("{:>7} {:>7} {:>11.3f} {:>9} {:>10}  {}\n",
                           plan.runs[i].settings.threads, plan.runs[i].settings.epochs,
                           costs[i].seconds_per_epoch(), duration_text(costs[i].seconds()),
                           megabytes_text(costs[i].disk_bytes), plan.runs[i].name));
  }
  const PlanCost sum = total(plan, costs);
  output.say(fmt::format(
      "\nabout {} in all ({} one after the other), {} of disk\n"
      "Measured by a few steps of each kind of run, with nothing beside them: several at a time\n"
      "slow each other down where they share memory or a GPU.\n\n",
      duration_text(sum.seconds), duration_text(sum.one_by_one_seconds),
      megabytes_text(sum.disk_bytes)));
}

Json plan_json(const RunPlan& plan, const std::vector<RunCost>& costs) {
  const PlanCost sum = total(plan, costs);
  Json json{{"jobs", plan.jobs},
            {"seconds", sum.seconds},
            {"seconds_one_by_one", sum.one_by_one_seconds},
            {"disk_bytes", sum.disk_bytes},
            {"runs", Json::array()}};
  for (std::size_t i = 0; i < costs.size(); ++i) {
    Json run{{"name", plan.runs[i].name}, {"threads", plan.runs[i].settings.threads}};
    run.update(to_json(costs[i]));
    json["runs"].push_back(run);
  }
  return json;
}

int exit_code(const std::vector<JobStatus>& statuses) {
  const auto any = [&](JobStatus::State state) {
    return std::any_of(statuses.begin(), statuses.end(),
                       [&](const JobStatus& status) { return status.state == state; });
  };
  if (any(JobStatus::State::kFailed)) {
    return 1;
  }
  return any(JobStatus::State::kInterrupted) || any(JobStatus::State::kWaiting) ? kInterrupted : 0;
}

const char* to_text(JobStatus::State state) {
  switch (state) {
    case JobStatus::State::kWaiting: return "waiting";
    case JobStatus::State::kRunning: return "running";
    case JobStatus::State::kDone: return "done";
    case JobStatus::State::kInterrupted: return "interrupted";
    case JobStatus::State::kFailed: return "failed";
  }
  return "";
}

std::vector<JobStatus> run_plan(const FolderLock& held, const RunPlan& plan, const fs::path& folder,
                                const Output& output, const std::atomic<bool>& stop) {
  PlanProgress progress(plan, output);
  const std::vector<JobStatus> statuses = carry_out(
      held, folder, plan,
      {kThisProgram, stop, [&](const std::vector<JobStatus>& now) { progress.show(now); }});
  progress.end();
  for (const JobStatus& status : statuses) {
    if (status.state == JobStatus::State::kFailed) {
      std::cerr << "infoplane: " << status.name << ": " << status.reason << '\n';
    }
  }
  return statuses;
}

}  // namespace infoplane::apps
