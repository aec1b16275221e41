#pragma once

#include <cstdint>
#include <vector>

#include "bench/logits.h"
#include "core/joint_counts.h"

namespace infoplane::bench {

/// A few rows counted by the definition: softmax and edges k / B in double, no kernel, no table.
struct Recount {
  std::vector<JointCell> cells;  ///< symbols are numbered in the order of their tuples
  std::int64_t near_edges = 0;   ///< rows with a probability within 4 ulp (of a float) of an edge
};

/// Counts the first `rows` rows.
Recount recount(const Logits& logits, std::int64_t rows, int classes, int bins);

/// How far two tables lie apart whose symbols are numbered differently: for each label the counts
/// of its cells, largest first, and the sum of their differences. A row in another cell adds at
/// most two.
std::uint64_t cell_distance(const std::vector<JointCell>& a, const std::vector<JointCell>& b);

}  // namespace infoplane::bench
