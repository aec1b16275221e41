#include "train/run_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/error.h"
#include "ops/context.h"
#include "train/begun_settings.h"
#include "train/run_directory.h"

namespace infoplane {
namespace {

using Json = nlohmann::ordered_json;

std::filesystem::path plan_file(const std::filesystem::path& folder) {
  return folder / "plan.json";
}

Json read_json(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return Json::parse(stream, nullptr, false);
}

std::filesystem::path settings_file(const std::filesystem::path& folder, const std::string& run) {
  return folder / (run + ".toml");
}

RunSettings read_settings(const std::filesystem::path& file) {
  Config config;
  config.read_run(file);
  return config.resolve();
}

/// The plan of a folder, its runs without their settings.
RunPlan read_names(const std::filesystem::path& folder) {
  const Json json = read_json(plan_file(folder));
  RunPlan plan;
  try {
    const auto jobs = json.at("jobs").get<std::int64_t>();
    if (jobs < 1 || jobs > kMostJobs) {
      throw DataError(fmt::format("{}: jobs is {}, expected 1 to {}; it is damaged",
                                  plan_file(folder).string(), jobs, kMostJobs));
    }
    plan.jobs = static_cast<int>(jobs);
    plan.axes = json.at("axes").get<std::vector<std::string>>();
    for (const Json& entry : json.at("runs")) {
      plan.runs.push_back({entry.at("name").get<std::string>(),
                           entry.at("values").get<std::vector<std::string>>(),
                           {}});
      if (plan.runs.back().values.size() != plan.axes.size()) {
        throw DataError(plan_file(folder).string() +
                        ": a run has another number of values than "
                        "there are axes; it is damaged");
      }
    }
  } catch (const Json::exception&) {
    throw DataError(plan_file(folder).string() + ": it is no plan of runs, or a damaged one");
  }
  return plan;
}

void write_files(const std::filesystem::path& folder, const RunPlan& plan) {
  Json json{{"jobs", plan.jobs}, {"axes", plan.axes}, {"runs", Json::array()}};
  for (const PlannedRun& run : plan.runs) {
    write_file_atomically(settings_file(folder, run.name), to_toml(run.settings));
    json["runs"].push_back({{"name", run.name}, {"values", run.values}});
  }
  write_file_atomically(plan_file(folder),
                        json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

/// What of a run that is there differs from the plan; empty when nothing does, or it is not there.
std::string difference(const std::filesystem::path& folder, const PlannedRun& run) {
  const std::filesystem::path file = folder / run.name / "config.toml";
  if (!std::filesystem::exists(file)) {
    return "";
  }
  const std::vector<std::string> there = computing_lines(read_settings(file));
  const std::vector<std::string> wanted = computing_lines(run.settings);
  const auto [a, b] = std::mismatch(there.begin(), there.end(), wanted.begin(), wanted.end());
  return a == there.end() && b == wanted.end()
             ? ""
             : (folder / run.name).string() + " is there with '" + (a == there.end() ? "" : *a) +
                   "', wanted is '" + (b == wanted.end() ? "" : *b) + "'";
}

}  // namespace

void create_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw Error("cannot create the folder " + folder.string() + ": " + error.message() +
                "; check its parent's permissions or choose another --out");
  }
}

std::filesystem::path create_numbered_folder(const std::filesystem::path& name) {
  create_folder(name.parent_path());
  std::filesystem::path path = name;
  std::error_code error;
  for (int number = 2; !std::filesystem::create_directory(path, error) && !error; ++number) {
    path = name.string() + "-" + std::to_string(number);
  }
  create_folder(path);  // which says why it cannot be
  return path;
}

void share_cores(RunPlan& plan) {
  const int share = std::max(1, ops::physical_cores() / plan.jobs);
  for (PlannedRun& run : plan.runs) {
    if (run.settings.pin && plan.jobs > 1) {
      throw UsageError("pin: " + std::to_string(plan.jobs) +
                       " runs at a time would be pinned to the same cores; take --jobs 1, or do "
                       "not pin");
    }
    if (run.settings.threads == 0) {
      run.settings.threads = share;
    }
  }
}

void require_new_folder(const std::filesystem::path& folder) {
  std::error_code error;
  if (std::filesystem::exists(folder, error) && !std::filesystem::is_empty(folder, error)) {
    throw UsageError(folder.string() + " is already there; " +
                     (has_plan(folder) ? "`infoplane resume " + folder.string() +
                                             "` goes on with it, or choose another --out"
                                       : std::string("choose another --out")));
  }
}

void write_plan(const std::filesystem::path& folder, const RunPlan& plan) {
  require_new_folder(folder);
  create_folder(folder);
  write_files(folder, plan);
}

void extend_plan(const std::filesystem::path& folder, const RunPlan& plan) {
  for (const PlannedRun& run : plan.runs) {
    if (const std::string other = difference(folder, run); !other.empty()) {
      throw UsageError(other + "; choose another --out");
    }
  }
  create_folder(folder);
  RunPlan all = plan;
  if (has_plan(folder)) {
    for (PlannedRun& other : read_names(folder).runs) {
      const bool is_known =
          std::any_of(plan.runs.begin(), plan.runs.end(),
                      [&](const PlannedRun& run) { return run.name == other.name; });
      if (!is_known && other.values.size() == plan.axes.size() &&
          std::filesystem::exists(settings_file(folder, other.name))) {
        other.settings = read_settings(settings_file(folder, other.name));
        all.runs.push_back(std::move(other));
      }
    }
  }
  write_files(folder, all);
}

void keep_begun_settings(const std::filesystem::path& folder, RunPlan& plan) {
  for (PlannedRun& run : plan.runs) {
    if (state_of(folder / run.name) == RunState::kPartial) {
      run.settings = read_settings(folder / run.name / "config.toml");
    }
  }
}

std::string find_other_settings(const std::filesystem::path& folder, const RunPlan& plan) {
  for (const PlannedRun& run : plan.runs) {
    if (std::string other = difference(folder, run); !other.empty()) {
      return other;
    }
  }
  return "";
}

RunPlan read_plan(const std::filesystem::path& folder) {
  RunPlan plan = read_names(folder);
  for (PlannedRun& run : plan.runs) {
    run.settings = read_settings(settings_file(folder, run.name));
  }
  return plan;
}

bool has_plan(const std::filesystem::path& folder) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(plan_file(folder), ignored);
}

RunState state_of(const std::filesystem::path& run) {
  const Json json = read_json(run / "run.json");
  if (json.is_object() && json.contains("status") && json["status"] == "done") {
    return RunState::kDone;
  }
  std::error_code ignored;
  return std::filesystem::exists(checkpoint_file(run), ignored) ? RunState::kPartial
                                                                : RunState::kNew;
}

}  // namespace infoplane
