#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "paper/experiments.h"
#include "paper/runs.h"

namespace infoplane::paper {

/// A figure of the paper, or one of its parts.
struct DrawnFigure {
  std::string item;            ///< "fig4"
  std::string title;           ///< what it shows
  std::filesystem::path file;  ///< SVG, with a PNG beside it; empty when it was not run
  std::string not_run;         ///< then, why
};

/// Draws every part of the figures among the items into `folder`, from the runs that are
/// there; a network that was not run is missing in it, and of one whose run is not done paths are
/// drawn as far as they go: the title says so. Throws Error when a file cannot be written.
std::vector<DrawnFigure> draw_figures(const std::vector<Item>& items, const Runs& runs,
                                      const std::filesystem::path& folder);

}  // namespace infoplane::paper
