#include "analysis/phases.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "apps/commands.h"
#include "apps/console.h"
#include "apps/phase_options.h"
#include "apps/run_folders.h"
#include "report/findings_json.h"
#include "report/run_record.h"
#include "report/seed_groups.h"

namespace infoplane::apps {
namespace {

using Json = nlohmann::ordered_json;

struct PhasesOptions {
  std::vector<std::filesystem::path> runs;
  std::string split = "validation";
  PhaseRule rule;
  bool json = false;
};

std::vector<PathPoint> path_of(const std::filesystem::path& run, const std::string& split) {
  std::vector<PathPoint> path;
  for (const TraceRow& row : samples_of(run, split)) {
    path.push_back({row.epoch, row.i_xt_bits, row.i_ty_bits, row.accuracy});
  }
  return path;
}

void print(const std::string& run, const Phases& phases, const PhaseSensitivity& sensitivity) {
  const auto line = [](const char* name, const PathPoint& point) {
    fmt::print("  {:<12} {:>8.2f} {:>10.4f} {:>10.4f} {:>9.4f}\n", name, point.epoch,
               point.i_xt_bits, point.i_ty_bits, point.accuracy);
  };
  fmt::print("{}, {} sample{}\n  {:<12} {:>8} {:>10} {:>10} {:>9}\n", run, phases.samples,
             phases.samples == 1 ? "" : "s", "", "epoch", "I(X;T) bit", "I(T;Y) bit", "accuracy");
  line("transition", phases.transition);
  line("convergence", phases.convergence);
  if (phases.slope) {
    fmt::print("  slope        {:.4f} bit of I(T;Y) a bit of I(X;T)\n", *phases.slope);
  } else {
    fmt::print("  slope        none: no compression phase\n");
  }
  fmt::print(
      "  sensitivity  {} of {} rules see compression; transition at epoch {:.2f} to {:.2f}, "
      "height {:.4f} to {:.4f} bit\n\n",
      sensitivity.compressing, sensitivity.rules, sensitivity.least_transition_epoch,
      sensitivity.most_transition_epoch, sensitivity.least_height_bits,
      sensitivity.most_height_bits);
}

/// The two indicators over several runs, such as seeds, that have reached their ends: over those
/// that compress, as the transition of the others is their end.
Json intervals(const std::vector<Phases>& all) {
  std::vector<double> heights;
  std::vector<double> slopes;
  for (const Phases& phases : all) {
    if (phases.slope) {
      heights.push_back(phases.transition.i_ty_bits);
      slopes.push_back(*phases.slope);
    }
  }
  return {{"height_bits", interval_json(heights, Digits::kAll)},
          {"slope", interval_json(slopes, Digits::kAll)}};
}

void print_interval(const char* name, const Json& interval) {
  if (!interval.is_null() && interval["repeats"] > 1) {
    fmt::print("{:<12} {:.4f} +- {:.4f} over {} runs (95%)\n", name, interval["mean"].get<double>(),
               interval["half_width"].get<double>(), interval["repeats"].get<int>());
  }
}

/// Whether these are repeats, of which a mean can be taken: runs of one configuration with a seed
/// each. Of traces in CSV nobody knows better than who named them.
bool are_repeats(const std::vector<std::filesystem::path>& runs) {
  if (runs.size() < 2) {
    return true;
  }
  std::vector<RunRecord> records;
  for (const std::filesystem::path& run : runs) {
    if (std::filesystem::exists(run / "config.toml")) {
      records.push_back(read_run(run));
    }
  }
  if (records.empty()) {
    return true;
  }
  const std::vector<SeedGroup> groups = group_by_configuration(records);
  return records.size() == runs.size() && groups.size() == 1 &&
         groups.front().seeds.size() == runs.size();
}

void run(const PhasesOptions& options) {
  const std::vector<std::filesystem::path> runs = run_folders(options.runs);
  std::vector<std::filesystem::path> finished;
  std::vector<Phases> of_finished;
  Json report{
      {"rule", {{"window", options.rule.window}, {"min_drop_bits", options.rule.min_drop_bits}}},
      {"runs", Json::array()}};
  for (const std::filesystem::path& path : runs) {
    const std::vector<PathPoint> points = path_of(path, options.split);
    const Phases phases = naming(path, [&] { return find_phases(points, options.rule); });
    warn_of_left_out(path, points.size() - phases.samples, points.size());
    const std::optional<std::string> unfinished = why_unfinished(path);
    if (unfinished) {
      warn({fmt::format("{}: {}{}", path.string(), *unfinished,
                        runs.size() > 1 ? "; it is not in the means" : "")});
    } else {
      finished.push_back(path);
      of_finished.push_back(phases);
    }
    const PhaseSensitivity sensitivity = phase_sensitivity(points, options.rule);
    Json json{{"run", path.string()}, {"finished", !unfinished}};
    json.update(phases_json(phases, sensitivity, Digits::kAll));
    report["runs"].push_back(std::move(json));
    if (!options.json) {
      print(path.string(), phases, sensitivity);
    }
  }
  const bool repeats = are_repeats(finished);
  report["intervals"] = repeats ? intervals(of_finished) : Json();
  if (options.json) {
    std::cout << json_text(report);
    return;
  }
  if (repeats) {
    print_interval("height", report["intervals"]["height_bits"]);
    print_interval("slope", report["intervals"]["slope"]);
  }
  fmt::print(
      "rule         transition: where I(X;T), smoothed over {} samples, is first largest, the "
      "highest of them,\n             if the path ends at least {} bit below that mean; else its "
      "end\n",
      options.rule.window, options.rule.min_drop_bits);
}

}  // namespace

void add_phases(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "phases", "Finds the transition and convergence points of runs on the information plane");
  auto options = std::make_shared<PhasesOptions>();
  command
      ->add_option(
          "runs", options->runs,
          fmt::format("Folders of runs or sweeps, or {}; of seeds of one setting also means "
                      "with intervals, over those that are done",
                      kTraceColumns))
      ->required();
  command->add_option("--split", options->split, "validation, train, or another that a trace names")
      ->capture_default_str();
  add_phase_options(*command, options->rule);
  command->add_flag("--json", options->json, "Print one JSON object");
  command->callback([options] { run(*options); });
}

}  // namespace infoplane::apps
