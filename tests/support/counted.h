#pragma once

#include <cstdint>
#include <vector>

#include "ops/joint_counts.h"
#include "tests/support/sanitized.h"

namespace infoplane::test {

/// Bins for ten classes: 184,756 symbols, or 8,008 under sanitizers, where the simulated GPU takes
/// a second to walk through the others.
inline constexpr int kTenClassBins = kSanitized ? 6 : 10;

/// The cells of a table of joint counts, and its row of results.
struct CountedCells {
  std::vector<JointCell> cells;
  std::vector<double> row;

  bool operator==(const CountedCells&) const = default;
  double field(InformationField at) const { return row[static_cast<std::size_t>(at)]; }
};

inline CountedCells read_cells(Context& ctx, const ops::JointCounts& counts) {
  Tensor<double> row(ctx, {information_row_size(counts.classes())});
  ops::information(ctx, counts, row);
  return {counts.cells_to_host_sync(), row.to_host_sync()};
}

/// All counts of a dense table, and its row of results.
struct CountedTable {
  std::vector<std::uint32_t> counts;
  std::vector<double> row;

  bool operator==(const CountedTable&) const = default;
};

inline CountedTable read_table(Context& ctx, const ops::JointCounts& counts) {
  Tensor<double> row(ctx, {information_row_size(counts.classes())});
  ops::information(ctx, counts, row);
  return {counts.counts_to_host_sync(), row.to_host_sync()};
}

}  // namespace infoplane::test
