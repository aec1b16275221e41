#pragma once

#include <string>
#include <vector>

#include "paper/figures.h"
#include "paper/tables.h"

namespace infoplane::paper {

/// One HTML page that needs nothing else: tables, figures, claims, forensics, and where the numbers
/// come from. Reads the figures' files. Throws Error when one cannot be read.
std::string results_page(const std::vector<TextTable>& tables,
                         const std::vector<DrawnFigure>& figures,
                         const std::vector<std::string>& provenance);

}  // namespace infoplane::paper
