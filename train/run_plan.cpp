#include "train/run_plan.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/error.h"
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

}  // namespace

void require_new_folder(const std::filesystem::path& folder) {
  std::error_code error;
  if (std::filesystem::exists(folder, error) && !std::filesystem::is_empty(folder, error)) {
    throw UsageError(folder.string() + " is already there; `infoplane resume " + folder.string() +
                     "` goes on with it, or choose another --out");
  }
}

void write_plan(const std::filesystem::path& folder, const RunPlan& plan) {
  require_new_folder(folder);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw Error("cannot create the folder " + folder.string() + ": " + error.message() +
                "; check its parent's permissions or choose another --out");
  }
  Json json{{"jobs", plan.jobs}, {"axes", plan.axes}, {"runs", Json::array()}};
  for (const PlannedRun& run : plan.runs) {
    write_file_atomically(folder / (run.name + ".toml"), to_toml(run.settings));
    json["runs"].push_back({{"name", run.name}, {"values", run.values}});
  }
  write_file_atomically(plan_file(folder), json.dump(2) + "\n");
}

RunPlan read_plan(const std::filesystem::path& folder) {
  const Json json = read_json(plan_file(folder));
  RunPlan plan;
  try {
    plan.jobs = json.at("jobs").get<int>();
    plan.axes = json.at("axes").get<std::vector<std::string>>();
    for (const Json& entry : json.at("runs")) {
      PlannedRun run{entry.at("name").get<std::string>(),
                     entry.at("values").get<std::vector<std::string>>(),
                     {}};
      if (run.values.size() != plan.axes.size()) {
        throw DataError(plan_file(folder).string() +
                        ": a run has another number of values than "
                        "there are axes; it is damaged");
      }
      Config config;
      config.read_toml(folder / (run.name + ".toml"));
      run.settings = config.resolve();
      plan.runs.push_back(std::move(run));
    }
  } catch (const Json::exception&) {
    throw DataError(plan_file(folder).string() + ": it is no plan of runs, or a damaged one");
  }
  return plan;
}

bool has_plan(const std::filesystem::path& folder) {
  return std::filesystem::is_regular_file(plan_file(folder));
}

RunState state_of(const std::filesystem::path& run) {
  const Json json = read_json(run / "run.json");
  if (json.is_object() && json.contains("status") && json["status"] == "done") {
    return RunState::kDone;
  }
  return std::filesystem::exists(checkpoint_file(run)) ? RunState::kPartial : RunState::kNew;
}

}  // namespace infoplane
