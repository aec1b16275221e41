#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/joint_counts.h"

namespace infoplane {

/// n(t, y) of tuples of any length: symbols are numbered as they first appear, and tuples are
/// compared whole, so no two share a number.
class TupleCounts {
 public:
  /// Counts a row. `tuple` holds a cell's number, 0 to 255, in each char.
  void add(const std::string& tuple, std::int32_t label) {
    const auto symbol = symbols_.try_emplace(tuple, symbols_.size()).first->second;
    add(symbol, label);
  }

  /// Counts a row whose symbol is known by number, less than 2^32.
  void add(std::uint64_t symbol, std::int32_t label) {
    ++counts_[symbol << 32 | static_cast<std::uint32_t>(label)];
  }

  /// Ordered by symbol, then by label.
  std::vector<JointCell> cells() const;

 private:
  std::unordered_map<std::string, std::uint64_t> symbols_;
  std::unordered_map<std::uint64_t, std::uint64_t> counts_;  // by symbol and label
};

}  // namespace infoplane
