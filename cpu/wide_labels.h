#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/view.h"

namespace infoplane::cpu {

/// Calls `count(logits, labels)` with labels [N] widened to the kernels' 32 bits: a piece of the
/// rows, enough for many threads, at a time.
template <class Count>
void with_wide_labels(View<const float> logits, View<const std::uint8_t> labels, Count count) {
  constexpr std::int64_t kPieceRows = std::int64_t{1} << 18;
  std::vector<std::int32_t> wide;
  for (std::int64_t first = 0; first < labels.size(); first += kPieceRows) {
    const std::int64_t rows = std::min(kPieceRows, labels.size() - first);
    wide.assign(labels.data() + first, labels.data() + first + rows);
    count(logits.rows(first, rows), View<const std::int32_t>(wide.data(), {rows}));
  }
}

}  // namespace infoplane::cpu
