#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "apps/commands.h"
#include "apps/console.h"
#include "apps/plan_runner.h"
#include "apps/signals.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/execution_keys.h"
#include "core/file_lock.h"
#include "core/shell_quoted.h"
#include "core/version.h"
#include "data/dataset.h"
#include "paper/cells.h"
#include "paper/claims.h"
#include "paper/experiments.h"
#include "paper/figures.h"
#include "paper/page.h"
#include "paper/results_json.h"
#include "paper/runs.h"
#include "paper/tables.h"
#include "train/checkpoint.h"
#include "train/run_directory.h"
#include "train/run_plan.h"

namespace infoplane::apps {
namespace {

namespace fs = std::filesystem;

struct ReproduceOptions {
  std::vector<std::string> items;
  std::string scale = "full";
  std::string data;
  int seeds = 1;
  std::vector<std::string> only;
  int jobs = 1;
  std::string device = "auto";
  std::string threads = "0";
  std::string data_dir;
  std::vector<std::string> assignments;
  fs::path out;
  bool no_training = false;
  bool dry_run = false;
  Output output;
};

paper::Study study_of(const ReproduceOptions& options) {
  paper::Study study;
  study.seeds = options.seeds;
  study.data = options.data;
  if (options.scale == "quick") {
    study.scale = paper::Scale::kQuick;
    study.data = options.data.empty() ? "fashion-mnist" : options.data;
  }
  if (!study.data.empty() && !options.no_training && !known_kind(study.data)) {
    DataOptions where;
    where.data_dir = options.data_dir;
    study.kind = image_kind(study.data, where);
  }
  study.overrides.set("device", options.device, "--device");
  study.overrides.set("threads", options.threads, "--threads");
  study.overrides.set("data_dir", options.data_dir, "--data-dir");
  for (const std::string& assignment : options.assignments) {
    for (const char* key : {"model", "data", "optimizer", "seed"}) {
      if (assignment.rfind(std::string(key) + "=", 0) == 0) {
        throw UsageError("--set " + assignment + ": the rows of the tables say that; see --only, " +
                         "--data and --seeds");
      }
    }
    study.overrides.set_assignment(assignment, "--set");
    const std::string key = assignment.substr(0, assignment.find('='));
    study.overridden = study.overridden || !(is_execution_key(key) || key == "precision");
  }
  return study;
}

std::vector<paper::Item> items_of(const ReproduceOptions& options, const paper::Study& study) {
  std::vector<std::string> names;
  for (const std::string& name : options.items) {
    if (name == "all") {
      names.insert(names.end(), paper::paper_items().begin(), paper::paper_items().end());
    } else {
      names.push_back(name);
    }
  }
  std::vector<paper::Item> items;
  for (const std::string& name : names) {
    const bool is_there = std::any_of(items.begin(), items.end(),
                                      [&](const paper::Item& item) { return item.name == name; });
    if (!is_there) {
      items.push_back(paper::make_item(name, study));
    }
  }
  return paper::keep_rows(items, options.only);
}

/// Those that are not done, as they are to be run.
RunPlan pending(const RunPlan& plan, const fs::path& folder) {
  RunPlan rest = plan;
  rest.runs.erase(std::remove_if(rest.runs.begin(), rest.runs.end(),
                                 [&](const PlannedRun& run) {
                                   return state_of(folder / run.name) == RunState::kDone;
                                 }),
                  rest.runs.end());
  keep_begun_settings(folder, rest);
  return rest;
}

/// What is left to do of each run, by the checkpoint that it has.
void leave_out_what_is_done(const RunPlan& plan, const fs::path& folder,
                            std::vector<RunCost>& costs) {
  for (std::size_t i = 0; i < costs.size(); ++i) {
    const fs::path run = folder / plan.runs[i].name;
    if (state_of(run) != RunState::kPartial) {
      continue;
    }
    try {
      costs[i] = rest_of(costs[i], read_checkpoint(checkpoint_file(run)).position.steps);
    } catch (const DataError&) {
      // The run itself will say what is wrong with its checkpoint.
    }
  }
}

/// What made the runs, a line a program and machine.
std::vector<std::string> provenance(const paper::Runs& runs,
                                    const std::vector<std::string>& command) {
  std::map<std::string, int> makers;
  for (const paper::TracedRun* run : runs.all()) {
    const auto& description = run->record.description;
    std::string device;
    if (description.contains("device") && description["device"].is_object()) {
      device = text_or_empty(description["device"], "name");
    }
    const std::string precision = text_or_empty(description, "precision");
    ++makers[fmt::format("infoplane {} ({}) on {}{}", text_or_empty(description, "version"),
                         text_or_empty(description, "commit"), device,
                         precision.empty() || precision == "fp32" ? "" : ", in " + precision)];
  }
  std::vector<std::string> words;
  std::transform(command.begin(), command.end(), std::back_inserter(words), shell_quoted);
  std::vector<std::string> lines{fmt::format("Command: {}", fmt::join(words, " ")),
                                 fmt::format("Tables by infoplane {} ({})", kVersion, kCommit)};
  for (const auto& [maker, count] : makers) {
    lines.push_back(fmt::format("{}: {} {}", maker, count, count == 1 ? "run" : "runs"));
  }
  return lines;
}

/// `why_not` says why no number of these runs can be held against the paper's; empty if it can.
void show_results(const std::vector<paper::Item>& items, const std::string& why_not,
                  const paper::Runs& runs, const fs::path& folder,
                  const std::vector<std::string>& command, const Output& output) {
  const fs::path results = folder / "results";
  create_folder(results);
  const std::vector<paper::Claim> claims = paper::test_claims(items, runs);
  std::vector<paper::Cell> cells;
  std::vector<paper::TextTable> tables;
  for (const paper::Item& item : items) {
    const std::vector<paper::Cell> own = paper::cells_of(item, runs);
    if (!own.empty()) {
      tables.push_back(paper::table_of(item, own, claims, why_not));
    }
    cells.insert(cells.end(), own.begin(), own.end());
  }
  if (!claims.empty()) {
    tables.push_back(paper::table_of(claims, why_not));
  }
  const std::vector<paper::DrawnFigure> figures = paper::draw_figures(items, runs, results);

  for (const paper::TextTable& table : tables) {
    output.say(paper::to_terminal(paper::brief(table)) + "\n");
  }
  if (paper::TextTable forensics = paper::forensics_of(cells, why_not); !forensics.rows.empty()) {
    tables.push_back(std::move(forensics));
  }
  const std::vector<std::string> source = provenance(runs, command);
  std::string markdown = "# The paper, reproduced\n\n";
  for (const std::string& line : source) {
    markdown += "- " + line + "\n";
  }
  markdown += "\n";
  for (const paper::TextTable& table : tables) {
    markdown += paper::to_markdown(table);
  }
  for (const paper::DrawnFigure& figure : figures) {
    markdown += figure.file.empty()
                    ? fmt::format("- {}: {}, {}\n", figure.item, figure.title, figure.not_run)
                    : fmt::format("{}: {}\n\n![{}]({}.png)\n\n", figure.item, figure.title,
                                  figure.title, figure.file.stem().string());
  }
  write_file_atomically(results / "tables.md", markdown);
  write_file_atomically(results / "cells.csv", paper::cells_csv(cells, why_not));
  write_file_atomically(results / "claims.csv", paper::claims_csv(claims, why_not));
  write_file_atomically(results / "paper.html", paper::results_page(tables, figures, source));
  for (const paper::DrawnFigure& figure : figures) {
    output.say(fmt::format("{}   {}\n", figure.item,
                           figure.file.empty() ? figure.not_run : figure.file.string()));
  }
  output.say(
      fmt::format("page   {0}/paper.html\ntables {0}/tables.md, {0}/cells.csv, "
                  "{0}/claims.csv\n",
                  results.string()));
  if (output.json) {
    std::cout << json_text(paper::results_json(cells, claims, figures, why_not));
  }
}

/// Throws DataError when not one run of the plan is in the folder.
void require_runs(const RunPlan& plan, const fs::path& folder, const ReproduceOptions& options) {
  const bool is_one_there = std::any_of(plan.runs.begin(), plan.runs.end(), [&](const auto& run) {
    return fs::exists(folder / run.name / "run.json");
  });
  if (!is_one_there) {
    throw DataError(fmt::format("{}: no runs of {} there; check --out, or leave --no-training out",
                                folder.string(), fmt::join(options.items, ", ")));
  }
}

int run(const ReproduceOptions& options, const std::vector<std::string>& command) {
  const paper::Study study = study_of(options);
  const std::vector<paper::Item> items = items_of(options, study);
  const RunPlan plan = paper::plan_runs(items, study, options.jobs);
  const fs::path folder =
      !options.out.empty()
          ? options.out
          : fs::path("runs") / (study.scale == paper::Scale::kQuick ? "paper-quick" : "paper");
  std::map<std::string, std::string> failed;
  std::string why_not = study.why_not_comparable();
  if (options.no_training) {
    require_runs(plan, folder, options);
    if (why_not.empty()) {
      why_not = find_other_settings(folder, plan);
    }
  } else {
    const std::atomic<bool>& stop = stop_on_signals();
    const RunPlan rest = pending(plan, folder);
    require_data(rest);
    std::optional<FolderLock> held;
    if (!options.dry_run) {
      create_folder(folder);
      held.emplace(folder);
      extend_plan(folder, plan);
    }
    std::vector<RunCost> costs = measure_plan(rest, options.output, stop);
    if (stop) {
      return kInterrupted;
    }
    leave_out_what_is_done(rest, folder, costs);
    if (options.dry_run && options.output.json) {
      std::cout << json_text(plan_json(rest, costs));
      return 0;
    }
    Output output = options.output;
    output.quiet = output.quiet && !options.dry_run;  // of a dry run the plan is the result
    if (!rest.runs.empty()) {
      print_plan(rest, costs, folder, output);
    }
    output.say(fmt::format("{} of {} runs are done\n\n", plan.runs.size() - rest.runs.size(),
                           plan.runs.size()));
    if (options.dry_run) {
      return 0;
    }
    const std::vector<JobStatus> statuses = run_plan(*held, rest, folder, options.output, stop);
    for (const JobStatus& status : statuses) {
      if (status.state == JobStatus::State::kFailed) {
        failed[status.name] = status.reason;
      }
    }
    if (stop || exit_code(statuses) == kInterrupted) {
      options.output.say(
          "the same command again goes on where this stopped; with --no-training it makes tables "
          "of "
          "what is done\n");
      return kInterrupted;
    }
  }
  show_results(items, why_not, paper::Runs(folder, items, failed), folder, command, options.output);
  return failed.empty() ? 0 : 1;
}

}  // namespace

void add_reproduce(CLI::App& app, int argc, const char* const* argv, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "reproduce", "Makes the paper's tables and figures from nothing but the data");
  command->footer(
      "What was done is not done again: the same command goes on where it stopped, and tables\n"
      "share their runs. docs/paper.md says what the columns mean.");
  auto options = std::make_shared<ReproduceOptions>();
  std::vector<std::string> known = paper::item_names();
  known.emplace_back("all");  // of the paper
  command->add_option("items", options->items, fmt::format("{}", fmt::join(known, ", ")))
      ->required()
      ->check(CLI::IsMember(known));
  command
      ->add_option("--scale", options->scale,
                   "full: the paper's settings; quick: a rehearsal in minutes on Fashion-MNIST")
      ->check(CLI::IsMember({"quick", "full"}))
      ->capture_default_str();
  command->add_option("--data", options->data, "Another data set in place of MNIST and CIFAR-10");
  command
      ->add_option("--seeds", options->seeds,
                   "Runs of each network; Figure 1 has 50 initialisations (quick: 3)")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--only", options->only, "Only this row, as 'cnn-9 sgd' or 'fc-3 mnist'")
      ->allow_extra_args(false);
  command->add_option("--jobs", options->jobs, "Runs at a time")
      ->check(CLI::Range(1, kMostJobs))
      ->capture_default_str();
  command->add_option("--device", options->device, "auto, cpu or cuda")->capture_default_str();
  command
      ->add_option("--threads", options->threads,
                   "Host threads of each run; 0: the physical cores over the jobs")
      ->capture_default_str();
  command->add_option("--data-dir", options->data_dir, "Look for the data here first");
  command->add_option("--set", options->assignments, "key=value, for any key of config.toml")
      ->allow_extra_args(false);
  command->add_option("--out", options->out,
                      "The folder (default: runs/paper; quick: runs/paper-quick)");
  command->add_flag("--no-training", options->no_training,
                    "Make the tables of the runs that are there");
  command->add_flag("--dry-run", options->dry_run, "Print what it would cost and train nothing")
      ->excludes("--no-training");
  command->add_flag("--json", options->output.json,
                    "Print one JSON object; tables and progress go to stderr");
  command->add_flag("--quiet", options->output.quiet, "Print nothing but warnings and errors");
  const std::vector<std::string> line(argv, argv + argc);
  command->callback([=, &exit_code] { exit_code = run(*options, line); });
}

}  // namespace infoplane::apps
