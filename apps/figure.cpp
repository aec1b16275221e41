#include "report/figure.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <vector>

#include "apps/commands.h"
#include "apps/console.h"
#include "apps/phase_options.h"
#include "apps/run_folders.h"
#include "core/error.h"
#include "core/shell_quoted.h"

namespace infoplane::apps {
namespace {

struct FigureCommandOptions {
  std::vector<std::filesystem::path> runs;
  std::filesystem::path out;
  double width_mm = 160.0;
  double height_mm = 110.0;
  FigureOptions figure;
  bool json = false;
};

void run(const FigureCommandOptions& options) {
  if (options.out.empty() && !options.json) {
    throw UsageError("figure: name a file with --out FILE.svg, .pdf or .png, or ask for --json");
  }
  const std::vector<std::string>& panels = figure_panels();
  const auto named =
      std::find_first_of(options.runs.begin(), options.runs.end(), panels.begin(), panels.end());
  if (named != options.runs.end() && !std::filesystem::exists(*named)) {
    throw UsageError(fmt::format("figure: the panel comes first: `infoplane figure {} {} ...`",
                                 named->string(), shell_quoted(options.figure.panel)));
  }
  require_figure_panel(options.figure.panel);  // before minutes of reading
  if (!options.out.empty()) {
    require_figure_file(options.out, options.width_mm, options.height_mm);
  }
  const Figure figure = make_figure(read_runs(run_folders(options.runs)), options.figure);
  if (!options.out.empty()) {
    write_figure(figure, options.out, options.width_mm, options.height_mm);
  }
  warn(figure.warnings);
  if (options.json) {
    std::cout << json_text(figure.data);
  } else {
    fmt::print("figure   {}    {:g} x {:g} mm\n", options.out.string(), options.width_mm,
               options.height_mm);
  }
}

}  // namespace

void add_figure(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "figure", "Draws one panel of a report as SVG, PDF or PNG at a stated size, for papers");
  auto options = std::make_shared<FigureCommandOptions>();
  command
      ->add_option("panel", options->figure.panel,
                   fmt::format("{}", fmt::join(figure_panels(), ", ")))
      ->required();
  command
      ->add_option("runs", options->runs,
                   "Folders of runs or sweeps; those that differ in the seed alone become a mean "
                   "with a band")
      ->required();
  command->add_option("--out", options->out, "The file: .svg, .pdf or .png");
  command->add_option("--width", options->width_mm, "Millimetres")->capture_default_str();
  command->add_option("--height", options->height_mm, "Millimetres")->capture_default_str();
  command->add_option("--title", options->figure.title, "A title above the plot");
  command->add_option(
      "--split", options->figure.lines.split,
      "validation, train, or another that a trace names (default: all there are; of "
      "classes and layers the first of a run's files)");
  command
      ->add_option("--smooth", options->figure.lines.smooth,
                   "Samples of a moving mean to show, odd; 1: as measured")
      ->capture_default_str();
  command->add_flag("--each-seed", options->figure.lines.each_seed,
                    "Every run, no means; of the plane and of curves");
  command->add_flag("--linear", options->figure.linear_steps, "Steps on a linear axis; of curves");
  add_phase_options(*command, options->figure.lines.rule);
  command->add_flag("--json", options->json, "Print the panel's data as one JSON object");
  command->callback([options] { run(*options); });
}

}  // namespace infoplane::apps
