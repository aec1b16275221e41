#include "report/seed_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string_view>

#include "core/data_name.h"
#include "core/execution_keys.h"

namespace infoplane {
namespace {

using Settings = std::map<std::string, std::string>;

/// What a run computes: without its seed, and without what only says where and how fast.
Settings configuration(const RunRecord& run) {
  Settings settings = run.settings;
  if (settings.empty()) {
    return settings;  // nobody knows what it computed
  }
  std::erase_if(settings, [](const auto& setting) {
    return setting.first == "seed" || is_execution_key(setting.first);
  });
  settings.emplace("precision", "fp32");  // of a run from before there was the key
  if (run.description.contains("data") && run.description["data"].is_object() &&
      !is_drawn_from_seed(settings["data"])) {
    settings["data.sha256"] = text_or_empty(run.description["data"], "sha256");
  }
  return settings;
}

std::string value_of(const Settings& settings, const std::string& key) {
  const auto found = settings.find(key);
  return found == settings.end() ? "" : found->second;
}

/// The settings in which groups of one label differ, appended to their labels; and their paths
/// where that does not tell them apart.
void tell_apart(std::vector<SeedGroup>& groups, const std::vector<Settings>& settings,
                const std::vector<RunRecord>& runs) {
  std::map<std::string, std::vector<std::size_t>> namesakes;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    namesakes[groups[g].label].push_back(g);
  }
  for (const auto& [label, members] : namesakes) {
    std::set<std::string> keys;
    for (const std::size_t g : members) {
      for (const auto& setting : settings[g]) {
        keys.insert(setting.first);
      }
    }
    keys.erase("data.sha256");
    for (const std::string& key : keys) {
      const std::string first = value_of(settings[members.front()], key);
      const bool differs = std::any_of(members.begin(), members.end(), [&](std::size_t g) {
        return value_of(settings[g], key) != first;
      });
      for (const std::size_t g : members) {
        const std::string value = value_of(settings[g], key);
        if (differs && !value.empty()) {
          groups[g].label += fmt::format(", {} {}", key, value);
        }
      }
    }
  }
  std::map<std::string, int> counts;
  for (const SeedGroup& group : groups) {
    ++counts[group.label];
  }
  for (SeedGroup& group : groups) {
    if (counts[group.label] > 1) {
      group.label += " (" + runs[group.runs.front()].path.string() + ")";
    }
  }
}

}  // namespace

std::vector<SeedGroup> group_by_configuration(const std::vector<RunRecord>& runs) {
  std::vector<SeedGroup> groups;
  std::vector<Settings> settings;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const Settings own = configuration(runs[i]);
    auto found = own.empty() ? settings.end() : std::find(settings.begin(), settings.end(), own);
    if (found == settings.end()) {
      groups.push_back({runs[i].label, {}, {}});
      found = settings.insert(settings.end(), own);
    }
    SeedGroup& group = groups[static_cast<std::size_t>(found - settings.begin())];
    group.runs.push_back(i);
    const bool is_repeated =
        std::any_of(group.seeds.begin(), group.seeds.end(),
                    [&](std::size_t other) { return runs[other].seed == runs[i].seed; });
    if (!is_repeated) {
      group.seeds.push_back(i);
    }
  }
  tell_apart(groups, settings, runs);
  return groups;
}

std::string name_in_group(std::size_t run, const SeedGroup& group,
                          const std::vector<RunRecord>& runs) {
  const std::optional<std::int64_t>& seed = runs[run].seed;
  std::string path = runs[run].path.string();
  if (!seed) {
    return path;
  }
  const auto same = std::ranges::count_if(
      group.runs, [&](std::size_t other) { return runs[other].seed == seed; });
  return same == 1 ? fmt::format("seed {}", *seed) : fmt::format("seed {} ({})", *seed, path);
}

std::vector<std::string> labels_without_common_part(const std::vector<SeedGroup>& groups) {
  constexpr std::string_view kComma = ", ";
  if (groups.size() < 2) {
    return std::vector<std::string>(groups.size());
  }
  const std::string& first = groups.front().label;
  std::size_t same = 0;
  for (std::size_t comma = first.find(kComma); comma != std::string::npos;
       comma = first.find(kComma, comma + 1)) {
    const std::size_t end = comma + kComma.size();
    const bool is_common = std::all_of(groups.begin(), groups.end(), [&](const SeedGroup& group) {
      return group.label.size() > end && group.label.compare(0, end, first, 0, end) == 0;
    });
    if (!is_common) {
      break;
    }
    same = end;
  }
  std::vector<std::string> labels(groups.size());
  std::transform(groups.begin(), groups.end(), labels.begin(),
                 [&](const SeedGroup& group) { return group.label.substr(same); });
  return labels;
}

std::vector<const SplitRecord*> splits_of_seeds(const SeedGroup& group,
                                                const std::vector<RunRecord>& runs,
                                                const std::string& split) {
  std::vector<const SplitRecord*> splits;
  for (const std::size_t run : group.seeds) {
    const SplitRecord* found = runs[run].find(split);
    if (found != nullptr && !found->rows.empty()) {
      splits.push_back(found);
    }
  }
  return splits;
}

std::vector<std::string> notes_of_means(const SeedGroup& group,
                                        const std::vector<RunRecord>& runs) {
  std::vector<std::string> notes;
  const auto add = [&](const std::string& note) {
    if (std::find(notes.begin(), notes.end(), note) == notes.end()) {
      notes.push_back(note);
    }
  };
  if (group.seeds.size() < 2) {
    return notes;
  }
  if (group.seeds.size() < group.runs.size()) {
    std::string repeated;
    for (const std::size_t run : group.runs) {
      if (std::ranges::count(group.seeds, run) == 0) {
        repeated += (repeated.empty() ? "" : ", ") + runs[run].path.string();
      }
    }
    add(fmt::format("The mean takes the first run of each seed: it is without {}.", repeated));
  }
  for (const std::string& split : splits_of(runs)) {
    if (splits_of_seeds(group, runs, split).empty()) {
      continue;
    }
    std::int64_t first_end = std::numeric_limits<std::int64_t>::max();
    std::int64_t last_end = 0;
    std::string shortest;
    for (const std::size_t run : group.seeds) {
      const std::string name = name_in_group(run, group, runs);
      const SplitRecord* found = runs[run].find(split);
      if (found == nullptr || found->rows.empty()) {
        const bool is_bare = std::all_of(runs[run].splits.begin(), runs[run].splits.end(),
                                         [](const SplitRecord& any) { return any.rows.empty(); });
        add(is_bare ? fmt::format("The mean is without {}, which has no sample yet.", name)
                    : fmt::format("The mean of the {} split is without {}, which has no sample of "
                                  "it.",
                                  split, name));
        continue;
      }
      const std::int64_t end = found->rows.back().step;
      if (end < first_end) {
        first_end = end;
        shortest = name;
      }
      last_end = std::max(last_end, end);
    }
    if (first_end < last_end) {
      add(fmt::format("The mean ends at step {}, where {} is.", first_end, shortest));
    }
  }
  return notes;
}

SeedCurve over_seeds(const std::vector<const SplitRecord*>& splits, const Columns& columns) {
  SeedCurve curve;
  std::vector<std::size_t> rows(splits.size(), 0);
  for (std::size_t first = 0; first < splits.front()->rows.size(); ++first) {
    const TraceRow& row = splits.front()->rows[first];
    std::vector<double> values;
    for (std::size_t i = 0; i < splits.size(); ++i) {
      const std::vector<TraceRow>& other = splits[i]->rows;
      while (rows[i] < other.size() && other[rows[i]].step < row.step) {
        ++rows[i];
      }
      if (rows[i] < other.size() && other[rows[i]].step == row.step) {
        values.push_back(columns[i][rows[i]]);
      }
    }
    if (values.size() < splits.size()) {
      continue;
    }
    const bool finite =
        std::all_of(values.begin(), values.end(), [](double x) { return std::isfinite(x); });
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    curve.steps.push_back(row.step);
    curve.epochs.push_back(row.epoch);
    curve.values.push_back(finite ? mean_interval(values) : MeanInterval{kNone, kNone, 0});
  }
  return curve;
}

}  // namespace infoplane
