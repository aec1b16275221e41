#pragma once

#include <cstdint>
#include <map>

#include "bench/logits.h"

namespace infoplane::bench {

/// A few rows counted by the definition: softmax and edges k / B in double, no kernel, no table.
struct Recount {
  std::map<std::uint64_t, std::uint64_t> cells;  ///< by rank * C + label, non-zero only
  std::int64_t near_edges = 0;  ///< rows with a probability within 4 ulp (of a float) of an edge
};

/// Counts the first `rows` rows.
Recount recount(const Logits& logits, std::int64_t rows, int classes, int bins);

}  // namespace infoplane::bench
