#include "report/report_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analysis/interval.h"
#include "core/error.h"
#include "core/shell_quoted.h"
#include "core/version.h"
#include "report/class_json.h"
#include "report/findings_json.h"
#include "report/seed_groups.h"
#include "report/trace_json.h"

namespace infoplane {
namespace {

/// Class rows make most of a report; so many cells of them, shared among all splits, keep one of
/// ten runs well below 1.5 MB.
constexpr std::size_t kClassCells = 20'000;

/// How many samples of a split keep their classes.
std::size_t class_samples(const std::vector<RunRecord>& runs) {
  std::size_t classes = 0;  // over all splits
  for (const RunRecord& run : runs) {
    for (const SplitRecord& split : run.splits) {
      std::set<std::int64_t> known;
      for (const ClassRow& row : split.class_rows) {
        known.insert(row.class_index);
      }
      classes += known.size();
    }
  }
  return kClassCells / std::max<std::size_t>(classes, 1);
}

Json run_json(const RunRecord& run, std::size_t group, const ReportOptions& options,
              std::size_t most_class_samples) {
  Json json;
  json["path"] = run.path.string();
  json["label"] = run.label;  // for readers of --json
  json["group"] = group;
  json["seed"] = run.seed ? Json(*run.seed) : Json(nullptr);
  std::vector<std::string> notes = run.warnings;
  notes.insert(notes.end(), run.notes.begin(), run.notes.end());
  json["notes"] = notes;
  json["provenance"] = run.description;
  if (json["provenance"].contains("command") && json["provenance"]["command"].is_array()) {
    std::string line;
    for (const Json& argument : json["provenance"]["command"]) {
      line += (line.empty() ? "" : " ") +
              shell_quoted(argument.is_string() ? argument.get<std::string>() : argument.dump());
    }
    json["provenance"]["command"] = line;
  }
  json["config"] = run.config;
  if (!run.config.empty()) {
    json["rerun"] = "infoplane train --config " + shell_quoted((run.path / "config.toml").string());
  }
  json["splits"] = Json::array();
  for (const SplitRecord& split : run.splits) {
    Json series = series_json(split, options.display_window);
    series["phases"] = phases_json(split, options.rule);
    series["inversions"] = inversions_json(find_inversions(split), Digits::kShown);
    series["classes"] = classes_json(split, most_class_samples);
    series["layers"] = layers_json(split);
    json["splits"].push_back(std::move(series));
  }
  return json;
}

Json group_json(const SeedGroup& group, const std::vector<RunRecord>& runs,
                const ReportOptions& options) {
  Json json = {{"label", group.label},
               {"runs", group.runs},
               {"seeds", group.seeds},
               {"notes", notes_of_means(group, runs)},
               {"splits", Json::array()}};
  for (const std::string& name : splits_of(runs)) {
    const std::vector<const SplitRecord*> splits = splits_of_seeds(group, runs, name);
    if (splits.size() > 1) {
      Json seeds = seeds_json(splits, options.display_window);
      seeds["phases"] = phases_json(phases_over_seeds(splits, options.rule));
      json["splits"].push_back(std::move(seeds));
    }
  }
  return json;
}

std::string title_of(const std::vector<SeedGroup>& groups, const std::vector<RunRecord>& runs) {
  if (groups.size() > 1) {
    return fmt::format("{} configurations, {} runs", groups.size(), runs.size());
  }
  const std::string& label = groups.front().label;
  if (runs.size() > 1) {
    const std::size_t seeds = groups.front().seeds.size();
    return seeds == 1 ? fmt::format("{}, {} runs", label, runs.size())
                      : fmt::format("{}, {} seeds", label, seeds);
  }
  return runs.front().seed ? fmt::format("{}, seed {}", label, *runs.front().seed) : label;
}

}  // namespace

Json report_data(const std::vector<RunRecord>& runs, const ReportOptions& options) {
  if (runs.empty()) {
    throw UsageError("report: no run is given");
  }
  const std::vector<SeedGroup> groups = group_by_configuration(runs);
  std::vector<std::size_t> group_of(runs.size());
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (const std::size_t run : groups[g].runs) {
      group_of[run] = g;
    }
  }
  Json json;
  json["title"] = title_of(groups, runs);
  json["version"] = kVersion;
  json["commit"] = kCommit;
  json["rule"] = {{"window", options.rule.window}, {"min_drop_bits", options.rule.min_drop_bits}};
  json["display_window"] = options.display_window;
  json["student_t_975"] = Json::array();  // for means over some of the seeds; [0]: of two
  for (std::size_t degrees = 1; degrees < runs.size(); ++degrees) {
    json["student_t_975"].push_back(student_t_975(static_cast<int>(degrees)));
  }
  json["groups"] = Json::array();
  for (const SeedGroup& group : groups) {
    json["groups"].push_back(group_json(group, runs, options));
  }
  json["runs"] = Json::array();
  const std::size_t most_class_samples = class_samples(runs);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    json["runs"].push_back(run_json(runs[i], group_of[i], options, most_class_samples));
  }
  return json;
}

}  // namespace infoplane
