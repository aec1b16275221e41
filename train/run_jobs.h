#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/file_lock.h"
#include "train/run_plan.h"

namespace infoplane {

/// Where a run of a plan that is being carried out stands.
struct JobStatus {
  enum class State { kWaiting, kRunning, kDone, kInterrupted, kFailed };
  std::string name;
  State state = State::kWaiting;
  std::int64_t epochs_done = 0;
  std::string reason;  ///< why it failed, one line
};

struct JobOptions {
  std::filesystem::path program;  ///< `infoplane` itself
  const std::atomic<bool>& stop;  ///< becomes true: let every run write its checkpoint and end
  /// Called several times a second, and whenever a run begins or ends.
  std::function<void(const std::vector<JobStatus>&)> on_change;
};

/// Carries out the plan in `folder`: each run is a process of its own, `plan.jobs` at a time, whose
/// output goes to NAME.log. A run that is done is left alone, one with a checkpoint goes on from
/// it, and what a run without one left is removed first, unless there is something that no run
/// writes. A run that fails does not keep the others from starting. Returns where each run ended.
///
/// The processes do not see variables INFOPLANE_<KEY>, which would overrule the plan, nor the
/// terminal's Ctrl-C: when `stop` becomes true each gets SIGTERM once. They also get it when this
/// process dies. `held` is the folder's, so that no other process carries out or changes the plan
/// meanwhile; they hold it, too, and so does what is left of them when this process was killed.
std::vector<JobStatus> carry_out(const FolderLock& held, const std::filesystem::path& folder,
                                 const RunPlan& plan, const JobOptions& options);

/// The last line in which `infoplane` reports an error, without its name before it; empty where
/// there is none. Warnings are not errors.
std::string error_line(const std::string& text);

/// What a program that was waited for left.
struct ProcessResult {
  int exit_code = 0;  ///< 128 + signal when it was killed
  std::string out;
  std::string err;
};

/// Runs the program in the same way and waits for it; `stop` ends it with SIGTERM.
ProcessResult run_process(const std::filesystem::path& program,
                          const std::vector<std::string>& arguments, const std::atomic<bool>& stop);

}  // namespace infoplane
