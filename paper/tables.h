#pragma once

#include <string>
#include <vector>

#include "paper/cells.h"
#include "paper/claims.h"
#include "paper/text_table.h"

namespace infoplane::paper {

/// The cells of an item: of percentages, a row each, with the verdict of the claim that it
/// supports; of Table 4, a row for each of the two points. `why_not` is
/// Study::why_not_comparable().
TextTable table_of(const Item& item, const std::vector<Cell>& cells,
                   const std::vector<Claim>& claims, const std::string& why_not);

/// The claims, a row each.
TextTable table_of(const std::vector<Claim>& claims, const std::string& why_not);

/// What numbers come from: a row for every cell with readings, a column for each reading, and the
/// range over seeds. A reading changes one thing; of a number that is compared, the last column
/// names the reading that comes nearest to the paper's.
TextTable forensics_of(const std::vector<Cell>& cells, const std::string& why_not);

/// All numbers of all cells, unrounded, a line a cell.
std::string cells_csv(const std::vector<Cell>& cells, const std::string& why_not);

/// All claims, unrounded, a line each.
std::string claims_csv(const std::vector<Claim>& claims, const std::string& why_not);

}  // namespace infoplane::paper
