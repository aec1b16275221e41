#include "apps/run_folders.h"

#include <fmt/format.h>

#include <fstream>
#include <set>

#include "apps/console.h"
#include "core/error.h"
#include "report/run_record.h"
#include "train/run_plan.h"

namespace infoplane::apps {

namespace fs = std::filesystem;

std::vector<fs::path> run_folders(const std::vector<fs::path>& named) {
  std::vector<fs::path> folders;
  std::set<fs::path> known;
  const auto add = [&](const fs::path& path) {
    std::error_code error;
    if (known.insert(fs::weakly_canonical(path / "", error)).second) {
      folders.push_back(path);
    }
  };
  for (const fs::path& path : named) {
    if (!has_plan(path)) {
      add(path);
      continue;
    }
    const std::vector<PlannedRun> runs = read_plan(path).runs;
    std::size_t found = 0;
    for (const PlannedRun& run : runs) {
      if (fs::exists(path / run.name / "metrics.csv")) {
        add(path / run.name);
        ++found;
      }
    }
    if (found == 0) {
      throw DataError(path.string() + ": none of its runs has a trace yet; start them with " +
                      "`infoplane resume " + path.string() + "`");
    }
    if (found < runs.size()) {
      warn({fmt::format("{}: {} of its {} runs have no trace yet", path.string(),
                        runs.size() - found, runs.size())});
    }
  }
  return folders;
}

std::vector<TraceRow> samples_of(const fs::path& run, const std::string& split) {
  const fs::path file = trace_file(run);
  std::vector<std::string> warnings;
  std::vector<TraceRow> rows = read_trace(file, &warnings);
  warn(warnings);
  if (rows.empty()) {
    throw DataError(file.string() + ": no sample yet");
  }
  std::erase_if(rows, [&](const TraceRow& row) { return row.split != split; });
  if (rows.empty()) {
    throw UsageError(file.string() + ": no sample of split '" + split + "'; see --split");
  }
  return rows;
}

std::optional<std::string> why_unfinished(const fs::path& run) {
  if (!fs::is_directory(run) || !fs::exists(run / "run.json")) {
    return std::nullopt;
  }
  const nlohmann::ordered_json description = description_of(run);
  const std::string status = text_or_empty(description, "status");
  if (status == "done") {
    return std::nullopt;
  }
  if (status == "running") {
    return "is not finished, or was killed";
  }
  const std::string reason = text_or_empty(description, "reason");
  return fmt::format("did not reach its end: {}{}{}", status.empty() ? "no status" : status,
                     reason.empty() ? "" : ", ", reason);
}

void warn_of_left_out(const fs::path& run, std::size_t left_out, std::size_t samples) {
  if (left_out > 0) {
    warn({fmt::format("{}: {} of {} samples {} a value that is no number, and {} left out",
                      run.string(), left_out, samples, left_out == 1 ? "has" : "have",
                      left_out == 1 ? "is" : "are")});
  }
}

nlohmann::ordered_json description_of(const fs::path& run) {
  std::ifstream stream(run / "run.json");
  nlohmann::ordered_json json = nlohmann::ordered_json::parse(stream, nullptr, false);
  return json.is_object() ? json : nlohmann::ordered_json::object();
}

Config begun_settings(const fs::path& run) {
  Config config;
  config.read_run(run / "config.toml");
  const nlohmann::ordered_json description = description_of(run);
  if (const auto device = description.find("device");
      device != description.end() && !text_or_empty(*device, "kind").empty()) {
    config.set("device", text_or_empty(*device, "kind"), "run.json");
  }
  return config;
}

void restore(Trainer& trainer, const Checkpoint& checkpoint, const fs::path& run) {
  naming(run, [&] { trainer.restore(checkpoint); });
}

}  // namespace infoplane::apps
