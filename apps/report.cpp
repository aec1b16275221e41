#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <vector>

#include "apps/commands.h"
#include "apps/console.h"
#include "apps/phase_options.h"
#include "apps/run_folders.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "report/report_page.h"

namespace infoplane::apps {
namespace {

struct ReportCommandOptions {
  std::vector<std::filesystem::path> runs;
  std::filesystem::path out;
  ReportOptions report;
  bool json = false;
};

/// Of one run or sweep: in its folder, if it has one; of several: here.
std::filesystem::path default_file(const std::vector<std::filesystem::path>& runs) {
  return runs.size() == 1 && std::filesystem::is_directory(runs.front())
             ? runs.front() / "report.html"
             : std::filesystem::path("report.html");
}

void run(const ReportCommandOptions& options) {
  const std::filesystem::path file =
      !options.out.empty() || options.json ? options.out : default_file(options.runs);
  if (!file.empty() && file.extension() != ".html" && file.extension() != ".htm") {
    throw UsageError("--out " + file.string() +
                     ": a report is HTML; name a file that ends in .html");
  }
  const auto data = report_data(read_runs(run_folders(options.runs)), options.report);
  if (!file.empty()) {
    write_file_atomically(file, report_page(data));
  }
  if (options.json) {
    std::cout << json_text(data);
    return;
  }
  fmt::print("report   {}    one file, for any browser, offline\n", file.string());
}

}  // namespace

void add_report(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "report", "Writes one HTML file about runs: plane, curves, phases, inversions, classes");
  auto options = std::make_shared<ReportCommandOptions>();
  command
      ->add_option(
          "runs", options->runs,
          fmt::format("Folders of runs or sweeps, or {}; those that differ in the seed, or in "
                      "where they ran, are averaged",
                      kTraceColumns))
      ->required();
  command->add_option("--out", options->out,
                      "The file (default: report.html in the folder, if one is named, else here)");
  add_phase_options(*command, options->report.rule);
  command
      ->add_option("--smooth", options->report.display_window,
                   "Samples of the moving mean that the page shows as smoothed, odd")
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print the report's data as one JSON object");
  command->callback([options] { run(*options); });
}

}  // namespace infoplane::apps
