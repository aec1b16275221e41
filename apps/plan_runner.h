#pragma once

#include <atomic>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "apps/progress.h"
#include "core/file_lock.h"
#include "train/run_cost.h"
#include "train/run_jobs.h"
#include "train/run_plan.h"

namespace infoplane::apps {

/// Throws what a run would, naming it, when its data are not there. To be called before anything is
/// measured or written: what is missing is said at once, not after minutes.
void require_data(const RunPlan& plan);

/// The cost of every run: each kind is measured once, by this program in a process of its own, so
/// that this one holds no device while the runs are at work. Empty when it was interrupted. Throws
/// what a run would fail of, naming it.
std::vector<RunCost> measure_plan(const RunPlan& plan, const Output& output,
                                  const std::atomic<bool>& stop);

/// Prints what a plan will cost, run by run and in all.
void print_plan(const RunPlan& plan, const std::vector<RunCost>& costs,
                const std::filesystem::path& folder, const Output& output);
nlohmann::ordered_json plan_json(const RunPlan& plan, const std::vector<RunCost>& costs);

/// Carries the plan out in its folder (train/run_jobs.h), with progress. Says on stderr why a run
/// failed. Returns where each run ended.
std::vector<JobStatus> run_plan(const FolderLock& held, const RunPlan& plan,
                                const std::filesystem::path& folder, const Output& output,
                                const std::atomic<bool>& stop);

/// 0 when every run is done, 1 when one failed, else 130: the plan was interrupted.
int exit_code(const std::vector<JobStatus>& statuses);

const char* to_text(JobStatus::State state);

}  // namespace infoplane::apps
