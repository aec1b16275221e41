#pragma once

#include <cstdint>
#include <cstring>

#include "core/joint_counts.h"

namespace infoplane::cpu {

/// Calls visit(line) for every marked line in [first, last), in order; looks at 32 marks at a
/// time, as nearly all lines of a table stay untouched. `visit` may remove the mark of its line.
template <class Visit>
void for_touched_lines(const JointCountsView& table, std::int64_t first, std::int64_t last,
                       const Visit& visit) {
  constexpr std::int64_t kStep = 32;
  std::int64_t line = first;
  for (; line + kStep <= last; line += kStep) {
    std::uint64_t marks[kStep / 8];
    std::memcpy(marks, table.touched + line, sizeof marks);
    if ((marks[0] | marks[1] | marks[2] | marks[3]) == 0) {
      continue;
    }
    for (std::int64_t i = line; i < line + kStep; ++i) {
      if (table.touched[i] != 0) {
        visit(i);
      }
    }
  }
  for (; line < last; ++line) {
    if (table.touched[line] != 0) {
      visit(line);
    }
  }
}

}  // namespace infoplane::cpu
