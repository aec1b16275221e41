#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "paper/cells.h"
#include "paper/claims.h"
#include "paper/figures.h"

namespace infoplane::paper {

/// Everything that was found, as one object: cells, claims, figures. What is not known is null.
nlohmann::ordered_json results_json(const std::vector<Cell>& cells,
                                    const std::vector<Claim>& claims,
                                    const std::vector<DrawnFigure>& figures,
                                    const std::string& why_not);

}  // namespace infoplane::paper
