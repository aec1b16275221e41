#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "train/settings.h"

namespace infoplane {

constexpr int kMostJobs = 1024;

/// One run of a plan; its folder lies in the plan's.
struct PlannedRun {
  std::string name;                 ///< of its folder
  std::vector<std::string> values;  ///< of the plan's axes
  RunSettings settings;
};

/// Runs that belong together, such as those of a sweep, in the order in which they start.
struct RunPlan {
  std::vector<std::string> axes;  ///< what the runs differ in; means are over `seed`
  int jobs = 1;                   ///< runs at a time
  std::vector<PlannedRun> runs;
};

/// Gives runs that leave `threads` open the physical cores over the runs at a time. Throws
/// UsageError when one is to be pinned and others run beside it: all would take the first cores.
void share_cores(RunPlan& plan);

/// Throws UsageError when the folder is there and holds something.
void require_new_folder(const std::filesystem::path& folder);

/// A new folder of that name, or of the first that is free among NAME-2, NAME-3, ... Throws as
/// create_folder() does.
std::filesystem::path create_numbered_folder(const std::filesystem::path& name);

/// Throws Error, saying what to do, when it cannot be created.
void create_folder(const std::filesystem::path& folder);

/// Creates the folder with what is needed to carry the plan out, now or later: `plan.json`, and
/// `NAME.toml` for every run. Throws as require_new_folder does, and Error when it cannot be
/// written.
void write_plan(const std::filesystem::path& folder, const RunPlan& plan);

/// The same for a folder that may hold runs already: a plan that is there keeps its runs (but those
/// whose settings were removed), and what was done is left as it is. Throws UsageError, naming run
/// and setting, when a run of that name is there with other settings; where and how fast it runs
/// may differ (device, threads, pin, cuda_graphs, determinism, data_dir, checkpoint_every).
void extend_plan(const std::filesystem::path& folder, const RunPlan& plan);

/// Gives the runs that have a checkpoint the settings with which they began: they go on with them,
/// on the same device and with as many threads, so that they end as if never stopped.
void keep_begun_settings(const std::filesystem::path& folder, RunPlan& plan);

/// What of the runs that are there differs from the plan, of the first that does, as extend_plan
/// compares them; empty when nothing does.
std::string find_other_settings(const std::filesystem::path& folder, const RunPlan& plan);

/// Throws DataError when the folder holds no plan, or a damaged one.
RunPlan read_plan(const std::filesystem::path& folder);

/// Whether a folder holds a plan.
bool has_plan(const std::filesystem::path& folder);

enum class RunState {
  kNew,      ///< nothing to go on from
  kPartial,  ///< has a checkpoint
  kDone
};

/// How far the run in this folder has come, by what it left there.
RunState state_of(const std::filesystem::path& run);

}  // namespace infoplane
