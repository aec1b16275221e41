#include "analysis/tuple_counts.h"

#include <algorithm>

namespace infoplane {

std::vector<JointCell> TupleCounts::cells() const {
  std::vector<JointCell> cells;
  cells.reserve(counts_.size());
  for (const auto& [key, count] : counts_) {
    cells.push_back({key >> 32, static_cast<std::int32_t>(key & 0xFFFFFFFFu), count});
  }
  std::sort(cells.begin(), cells.end(), [](const JointCell& a, const JointCell& b) {
    return a.symbol != b.symbol ? a.symbol < b.symbol : a.label < b.label;
  });
  return cells;
}

}  // namespace infoplane
