#pragma once

#include <cstdint>
#include <numeric>
#include <vector>

namespace infoplane {

/// 0, 1, 2, ...: so many rows of a split in its order.
inline std::vector<std::int32_t> in_order(std::int64_t rows) {
  std::vector<std::int32_t> order(static_cast<std::size_t>(rows));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

}  // namespace infoplane
