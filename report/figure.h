#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "report/canvas.h"
#include "report/figure_lines.h"

namespace infoplane {

struct FigureOptions {
  std::string panel;          ///< one of figure_panels()
  std::string title;          ///< empty: none, as papers have captions
  bool linear_steps = false;  ///< steps on a linear axis, not on a logarithmic one
  LineOptions lines;
};

/// One panel of a report, for a page of its own.
struct Figure {
  std::string title;  ///< in words, for readers that do not see it
  std::function<void(draw::Canvas&, draw::PageSize)> draw;
  nlohmann::ordered_json data;             ///< what is drawn, unrounded; of classes all
  std::vector<std::string> warnings = {};  ///< a line each, of what a reader may take wrongly
  std::string panel = {};                  ///< as FigureOptions names it; empty: none of these
  bool shows_runs = false;  ///< several, each by a line of its own: fewer take less room
};

/// plane, loss, accuracy, ixt, ity, inversions, inversion-samples, classes, class-paths, layers.
const std::vector<std::string>& figure_panels();

/// Throws UsageError, naming the nearest, for a name that is none of them.
void require_figure_panel(const std::string& name);

/// Throws UsageError for a file that ends in none of .svg, .pdf and .png, and for a size outside 40
/// to 1000 mm.
void require_figure_file(const std::filesystem::path& file, double width_mm, double height_mm);

/// Throws UsageError for an unknown panel, for a split without samples and for options that change
/// nothing on the panel; DataError for one that the runs have nothing for.
Figure make_figure(const std::vector<RunRecord>& runs, const FigureOptions& options);

/// Writes SVG with text as text, PDF with its fonts inside, or PNG with 300 pixels an inch, as the
/// file's ending says; labels are 8 points high at any size, those of bars 5 at least. Throws as
/// require_figure_file(), UsageError for a size that legend and labels fill, and Error naming the
/// file when it cannot be written.
void write_figure(const Figure& figure, const std::filesystem::path& file, double width_mm,
                  double height_mm);

}  // namespace infoplane
