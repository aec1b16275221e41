#include "report/figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/nearest.h"
#include "report/chart_frame.h"
#include "report/figure_panels.h"
#include "report/seed_groups.h"

namespace infoplane {
namespace {

struct Panel {
  const char* name;
  Figure (*make)(const std::vector<RunRecord>& runs, const FigureOptions& options);
  bool has_lines = false;   ///< smoothed, and of each seed if that is asked for
  bool has_steps = false;   ///< along an axis
  bool is_of_one = false;   ///< one configuration
  bool has_phases = false;  ///< marks the transition
};

constexpr Panel kPanels[] = {
    {"plane", panel::plane, true, false, false, true},
    {"loss", panel::curve<0>, true, true},
    {"accuracy", panel::curve<1>, true, true},
    {"ixt", panel::curve<2>, true, true},
    {"ity", panel::curve<3>, true, true},
    {"inversions", panel::inversions},
    {"inversion-samples", panel::inversion_samples},
    {"classes", panel::classes, false, false, true},
    {"class-paths", panel::class_paths, false, false, true},
    {"layers", panel::layers, false, false, true},
};

/// Throws UsageError for an option that changes nothing on this panel.
void require_options_for(const Panel& panel, const FigureOptions& options) {
  const auto refuse = [&](bool is_asked, const char* option) {
    if (is_asked) {
      throw UsageError(
          fmt::format("figure {}: {} changes nothing there; leave it out", panel.name, option));
    }
  };
  refuse(!panel.has_lines && options.lines.smooth > 1, "--smooth");
  refuse(!panel.has_lines && options.lines.each_seed, "--each-seed");
  refuse(!panel.has_steps && options.linear_steps, "--linear");
  const PhaseRule usual;
  refuse(!panel.has_phases && options.lines.rule.window != usual.window, "--window");
  refuse(!panel.has_phases && options.lines.rule.min_drop_bits != usual.min_drop_bits,
         "--min-drop");
}

}  // namespace

void require_figure_panel(const std::string& name) {
  const std::vector<std::string>& panels = figure_panels();
  if (std::find(panels.begin(), panels.end(), name) == panels.end()) {
    throw UsageError(fmt::format("figure: no panel '{}'; {}", name, suggestion(name, panels)));
  }
}

const std::vector<std::string>& figure_panels() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const Panel& panel : kPanels) {
      list.emplace_back(panel.name);
    }
    return list;
  }();
  return names;
}

Figure make_figure(const std::vector<RunRecord>& runs, const FigureOptions& options) {
  require_figure_panel(options.panel);
  const Panel& panel = *std::find_if(std::begin(kPanels), std::end(kPanels),
                                     [&](const Panel& any) { return options.panel == any.name; });
  require_options_for(panel, options);
  Figure figure = panel.make(runs, options);
  figure.panel = panel.name;
  if (panel.has_lines && !options.lines.each_seed) {
    for (const SeedGroup& group : group_by_configuration(runs)) {
      std::ranges::move(notes_of_means(group, runs), std::back_inserter(figure.warnings));
    }
  }
  for (const RunRecord& run : runs) {
    for (const std::string& warning : run.warnings) {
      const bool is_named = warning.starts_with(run.path.string());  // as lines of a file are
      figure.warnings.push_back(is_named ? warning : run.path.string() + ": " + warning);
    }
  }
  for (std::string& warning : figure.warnings) {
    warning = fmt::format("figure {}: {}", panel.name, warning);
  }
  figure.shows_runs = runs.size() > 1 && !panel.is_of_one;
  if (!options.title.empty()) {
    figure.title = options.title;
  }
  return figure;
}

void require_figure_file(const std::filesystem::path& file, double width_mm, double height_mm) {
  const std::string ending = file.extension().string();
  if (ending != ".svg" && ending != ".pdf" && ending != ".png") {
    throw UsageError("figure: " + file.string() + ": write .svg, .pdf or .png");
  }
  constexpr double kLeast = 40.0;
  constexpr double kMost = 1000.0;
  if (!(width_mm >= kLeast && width_mm <= kMost && height_mm >= kLeast && height_mm <= kMost)) {
    throw UsageError(
        fmt::format("figure: {} x {} mm; use {} to {} mm", width_mm, height_mm, kLeast, kMost));
  }
}

void write_figure(const Figure& figure, const std::filesystem::path& file, double width_mm,
                  double height_mm) {
  require_figure_file(file, width_mm, height_mm);
  // Drawings think in labels of 12 points; they are to have 8.
  constexpr double kScale = 8.0 / 12.0;
  constexpr double kPoints = 72.0 / 25.4;  // a millimetre
  const draw::PageSize page = {width_mm * kPoints / kScale, height_mm * kPoints / kScale};
  const auto drawing = [&](draw::Canvas& canvas) {
    try {
      figure.draw(canvas, page);
    } catch (const draw::NoRoom&) {
      throw UsageError(fmt::format(
          "figure {}: its legend and labels leave no room at {:g} x {:g} mm; take a larger --width "
          "or --height{}",
          figure.panel, width_mm, height_mm, figure.shows_runs ? ", or fewer runs" : ""));
    }
  };
  const std::string ending = file.extension().string();
  if (ending == ".svg") {
    std::string svg = draw::draw_svg_with_text(page, kScale, drawing);
    svg.insert(svg.find('>', svg.find("<svg")) + 1,
               "\n<title>" + draw::xml_text(figure.title) + "</title>");
    write_file_atomically(file, svg);
  } else if (ending == ".pdf") {
    write_file_atomically(file, draw::draw_pdf(page, kScale, figure.title, drawing));
  } else {
    write_file_atomically(file, draw::draw_png(page, kScale, 300.0, drawing));
  }
}

}  // namespace infoplane
