#include "paper/runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "train/run_plan.h"

namespace infoplane::paper {
namespace {

/// Whether the row is about the first samples of a run, and the run has come so far.
bool has_samples(const TracedRun& run, const Row& row) {
  const Trace* trace = run.find(row.split);
  return row.samples > 0 && trace != nullptr && trace->size() >= row.samples;
}

/// Whether there is something to look at; to go on from it is another question.
bool is_there(const std::filesystem::path& run) {
  std::error_code ignored;
  return std::filesystem::exists(run / "run.json", ignored) &&
         std::filesystem::exists(run / "metrics.csv", ignored);
}

bool has_begun(const TracedRun& run) {
  return !run.record.splits.empty() && !run.record.splits.front().rows.empty() &&
         run.record.settings.count("epochs") != 0;
}

}  // namespace

std::string how_far(const TracedRun& run) {
  return fmt::format("epoch {:.1f} of {}", run.record.splits.front().rows.back().epoch,
                     run.record.settings.at("epochs"));
}

Row whole(const Row& row) {
  Row result = row;
  result.samples = 0;
  return result;
}

Runs::Runs(const std::filesystem::path& folder, const std::vector<Item>& items,
           const std::map<std::string, std::string>& failed) {
  for (const Item& item : items) {
    for (const Row& row : item.rows) {
      find(folder, row, failed);
      find(folder, whole(row), failed);
    }
  }
}

void Runs::find(const std::filesystem::path& folder, const Row& row,
                const std::map<std::string, std::string>& failed) {
  if (why_not_.count(key(row)) != 0) {
    return;
  }
  const Experiment& experiment = row.experiment;
  std::string why =
      experiment.impossible.empty() ? "its runs were not made" : experiment.impossible;
  for (int seed = 1; seed <= experiment.repeats; ++seed) {
    const std::string name = run_name(experiment, seed);
    if (is_there(folder / name)) {
      const TracedRun& run = read(folder, name);
      if (state_of(folder / name) == RunState::kDone || has_samples(run, row)) {
        of_rows_[key(row)].push_back(&run);
        continue;
      }
      why = "its run is not done";
      if (has_begun(run)) {
        begun_.emplace(experiment.name, &run);
        why = "its run is at " + how_far(run);
      }
    }
    if (const auto found = failed.find(name); found != failed.end()) {
      why = found->second;
    }
  }
  why_not_[key(row)] = why;
}

const TracedRun& Runs::read(const std::filesystem::path& folder, const std::string& name) {
  const auto found = traced_.find(name);
  return found != traced_.end()
             ? found->second
             : traced_.emplace(name, read_traced_run(folder / name)).first->second;
}

/// What two rows have in common that the same runs serve.
std::string Runs::key(const Row& row) {
  return row.samples == 0 ? row.experiment.name
                          : fmt::format("{} {} {}", row.experiment.name, row.split, row.samples);
}

const std::vector<const TracedRun*>& Runs::of(const Row& row) const {
  static const std::vector<const TracedRun*> none;
  const auto found = of_rows_.find(key(row));
  return found == of_rows_.end() ? none : found->second;
}

const TracedRun* Runs::begun(const Row& row) const {
  const auto found = begun_.find(row.experiment.name);
  return found == begun_.end() ? nullptr : found->second;
}

std::vector<const TracedRun*> Runs::all() const {
  std::set<const TracedRun*> used;
  std::vector<const TracedRun*> all;
  const auto add = [&](const TracedRun* run) {
    if (used.insert(run).second) {
      all.push_back(run);
    }
  };
  for (const auto& [row, runs] : of_rows_) {
    std::for_each(runs.begin(), runs.end(), add);
  }
  for (const auto& [experiment, run] : begun_) {
    add(run);
  }
  return all;
}

const std::string& Runs::why_not_run(const Row& row) const { return why_not_.at(key(row)); }

}  // namespace infoplane::paper
