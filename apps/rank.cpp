#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <limits>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "analysis/phases.h"
#include "analysis/rank_correlation.h"
#include "analysis/ranking.h"
#include "apps/checks.h"
#include "apps/commands.h"
#include "apps/console.h"
#include "apps/phase_options.h"
#include "apps/run_folders.h"
#include "core/error.h"
#include "report/csv_table.h"
#include "report/run_record.h"

namespace infoplane::apps {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct RankOptions {
  std::vector<fs::path> runs;
  std::string split = "validation";
  double at_epoch = std::numeric_limits<double>::infinity();
  PhaseRule rule;
  bool json = false;
};

/// A run as it stood at the epoch asked for, and what became of it.
struct Candidate {
  std::string run;
  Phases phases;
  double epoch = 0.0;     ///< of the last sample looked at
  double accuracy = 0.0;  ///< of that sample
  std::optional<double> final_accuracy;
  bool has_later = false;  ///< samples after that one
  std::string bins;        ///< these two empty where they are not known
  std::string data;
  std::int64_t rows = 0;  ///< of a sample
};

/// What a run was measured by, and on what.
void read_ruler(const fs::path& run, const std::vector<TraceRow>& rows, Candidate& candidate) {
  for (const TraceRow& row : rows) {
    candidate.rows = std::max(candidate.rows, row.n + row.rejected);
  }
  if (fs::exists(run / "config.toml")) {
    const std::map<std::string, std::string> settings = read_settings(run / "config.toml");
    const auto find = [&](const char* key) {
      const auto found = settings.find(key);
      return found == settings.end() ? std::string() : found->second;
    };
    candidate.bins = find("bins");
    candidate.data = find("data");
    return;
  }
  const CsvTable table(trace_file(run));
  if (table.has("bins") && table.rows() > 0) {
    candidate.bins = table.text(0, "bins");
  }
}

/// Informations in bins of other widths, or of other images, have no common scale.
void warn_of_different_rulers(const std::vector<Candidate>& runs) {
  std::set<std::string> bins;
  std::set<std::string> data;
  std::set<std::int64_t> rows;
  for (const Candidate& run : runs) {
    bins.insert(run.bins);
    data.insert(run.data);
    rows.insert(run.rows);
  }
  bins.erase("");
  data.erase("");
  std::vector<std::string> differences;
  if (bins.size() > 1) {
    differences.push_back(fmt::format("bins ({})", fmt::join(bins, ", ")));
  }
  if (data.size() > 1) {
    differences.push_back(fmt::format("data ({})", fmt::join(data, ", ")));
  }
  if (rows.size() > 1) {
    differences.push_back(fmt::format("rows of a sample ({})", fmt::join(rows, ", ")));
  }
  if (!differences.empty()) {
    warn({fmt::format("the runs differ in {}: their informations have no common scale",
                      fmt::join(differences, " and "))});
  }
}

/// Whether the trace of a run reaches its last epoch. A trace alone is taken to.
bool is_finished(const fs::path& run) {
  if (!fs::is_directory(run)) {
    return true;
  }
  const Json json = description_of(run);
  // One that is done with a reason ended before its last epoch (--stop-after-transition).
  return text_or_empty(json, "status") == "done" && !json.contains("reason");
}

Candidate candidate_of(const fs::path& run, const RankOptions& options) {
  std::vector<PathPoint> path;
  std::optional<double> final_accuracy;  // none: the network has diverged by then
  bool has_later = false;
  std::size_t left_out = 0;
  const std::vector<TraceRow> rows = samples_of(run, options.split);
  for (const TraceRow& row : rows) {
    const PathPoint point = {row.epoch, row.i_xt_bits, row.i_ty_bits, row.accuracy};
    if (!is_finite(point)) {
      final_accuracy.reset();
      ++left_out;
      continue;
    }
    final_accuracy = row.accuracy;
    if (row.epoch <= options.at_epoch) {
      path.push_back(point);
    } else {
      has_later = true;
    }
  }
  if (path.empty()) {
    throw DataError(
        fmt::format("{}: no finite sample of split '{}'{}", run.string(), options.split,
                    std::isfinite(options.at_epoch)
                        ? fmt::format(" up to epoch {}; see --at-epoch", options.at_epoch)
                        : ""));
  }
  warn_of_left_out(run, left_out, rows.size());
  if (const std::optional<std::string> unfinished = why_unfinished(run)) {
    warn({run.string() + ": " + *unfinished});
  }
  Candidate candidate{run.string(),
                      find_phases(path, options.rule),
                      path.back().epoch,
                      path.back().accuracy,
                      std::nullopt,
                      has_later,
                      {},
                      {},
                      0};
  read_ruler(run, rows, candidate);
  if (is_finished(run)) {
    candidate.final_accuracy = final_accuracy;
  }
  return candidate;
}

/// How well an order agrees with the final accuracies, over the runs where they are known.
struct Agreement {
  std::string name;
  double kendall_tau_b;
  double spearman_rho;
};

Agreement agreement(const std::string& name, const std::vector<Candidate>& runs,
                    const std::vector<double>& merit) {
  std::vector<double> x;
  std::vector<double> y;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].final_accuracy) {
      x.push_back(merit[i]);
      y.push_back(*runs[i].final_accuracy);
    }
  }
  return {name, kendall_tau_b(x, y), spearman_rho(x, y)};
}

/// The first place has the most merit.
std::vector<double> merit_of(const std::vector<int>& places) {
  std::vector<double> merit;
  std::transform(places.begin(), places.end(), std::back_inserter(merit),
                 [](int place) { return -static_cast<double>(place); });
  return merit;
}

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json to_json(const Candidate& run, int place) {
  return {{"place", place},
          {"run", run.run},
          {"epoch", run.epoch},
          {"compresses", run.phases.compresses},
          {"transition_epoch", run.phases.transition.epoch},
          {"height_bits", run.phases.transition.i_ty_bits},
          {"slope", run.phases.slope ? Json(*run.phases.slope) : Json()},
          {"accuracy", run.accuracy},
          {"final_accuracy", run.final_accuracy ? Json(*run.final_accuracy) : Json()}};
}

void print_row(const Candidate& run, int place) {
  fmt::print("{:>5} {:>10} {:>10.4f} {:>11} {:>8.4f} {:>8}  {}\n", place,
             run.phases.compresses ? fmt::format("{:.2f}", run.phases.transition.epoch) : "-",
             run.phases.transition.i_ty_bits,
             run.phases.slope ? fmt::format("{:.4f}", *run.phases.slope) : "-", run.accuracy,
             run.final_accuracy ? fmt::format("{:.4f}", *run.final_accuracy) : "-", run.run);
}

void print_end(const std::vector<Agreement>& agreements, std::size_t known) {
  if (known < 2) {
    fmt::print("\nFinal accuracy is known of {}: no rank correlation.\n",
               known == 0 ? "no run" : "one run");
  } else {
    fmt::print("\nrank correlation with the final accuracy of {} runs   tau-b      rho\n", known);
    const auto text = [](double value) {
      return std::isfinite(value) ? fmt::format("{:.3f}", value) : std::string("-");
    };
    for (const Agreement& agreement : agreements) {
      fmt::print("  {:<50} {:>7} {:>8}\n", agreement.name, text(agreement.kendall_tau_b),
                 text(agreement.spearman_rho));
    }
  }
  fmt::print(
      "\ntransition: its epoch, where there is a second phase; then, final: the accuracy at the "
      "last\n"
      "sample looked at, and that of the whole run\n"
      "\nrule  Runs with a second phase first, the most negative slope dI(T;Y)/dI(X;T) before the\n"
      "      others, equal ones by the height I(T;Y) of their transition; then those without,\n"
      "      the highest first. The paper names the two indicators, not how to combine them.\n");
}

void run(const RankOptions& options) {
  std::vector<Candidate> runs;
  std::vector<Phases> phases;
  std::vector<double> accuracy;
  for (const fs::path& path : run_folders(options.runs)) {
    runs.push_back(candidate_of(path, options));
    phases.push_back(runs.back().phases);
    accuracy.push_back(runs.back().accuracy);
  }
  warn_of_different_rulers(runs);
  const Ranking ranking = rank_models(phases);
  std::vector<Agreement> agreements = {agreement("both", runs, merit_of(ranking.places)),
                                       agreement("height", runs, merit_of(ranking.heights)),
                                       agreement("slope", runs, merit_of(ranking.slopes))};
  if (std::any_of(runs.begin(), runs.end(), [](const Candidate& run) { return run.has_later; })) {
    // What one would look at without the plane; of whole runs it is the final accuracy itself.
    agreements.push_back(agreement("accuracy at the same epoch", runs, accuracy));
  }
  const auto known =
      static_cast<std::size_t>(std::count_if(runs.begin(), runs.end(), [](const Candidate& run) {
        return run.final_accuracy.has_value();
      }));
  std::vector<std::size_t> order(runs.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return ranking.places[a] < ranking.places[b];
  });
  if (!options.json) {
    fmt::print("{:>5} {:>10} {:>10} {:>11} {:>8} {:>8}  {}\n", "place", "transition", "height bit",
               "slope", "then", "final", "run");
    for (const std::size_t i : order) {
      print_row(runs[i], ranking.places[i]);
    }
    print_end(agreements, known);
    return;
  }
  Json report{
      {"at_epoch", number_or_null(options.at_epoch)},
      {"rule", {{"window", options.rule.window}, {"min_drop_bits", options.rule.min_drop_bits}}},
      {"runs", Json::array()},
      {"final_accuracy_known", known},
      {"rank_correlation", Json::object()}};
  for (const std::size_t i : order) {
    report["runs"].push_back(to_json(runs[i], ranking.places[i]));
  }
  for (const Agreement& agreement : agreements) {
    report["rank_correlation"][agreement.name] = {
        {"kendall_tau_b", number_or_null(agreement.kendall_tau_b)},
        {"spearman_rho", number_or_null(agreement.spearman_rho)}};
  }
  std::cout << json_text(report);
}

}  // namespace

void add_rank(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "rank", "Orders models by their paths' transition height and the slope after it");
  auto options = std::make_shared<RankOptions>();
  command
      ->add_option("runs", options->runs,
                   fmt::format("Folders of runs or sweeps, or {}; one a model", kTraceColumns))
      ->required();
  command
      ->add_option("--at-epoch", options->at_epoch,
                   "Look at the paths up to this epoch only; else at all of them")
      ->check(is_number);
  command->add_option("--split", options->split, "validation, train, or another that a trace names")
      ->capture_default_str();
  add_phase_options(*command, options->rule);
  command->add_flag("--json", options->json, "Print one JSON object");
  command->callback([options] { run(*options); });
}

}  // namespace infoplane::apps
