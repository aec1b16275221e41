#include "cpu/add_counts.h"

#include <algorithm>

#include "cpu/touched_lines.h"

namespace infoplane::cpu {

void add_counts(Context& /*ctx*/, const JointCountsView& from, const JointCountsView& to) {
  const std::int64_t cells = from.symbols * from.classes;
  for_touched_lines(from, 0, count_lines(cells), [&](std::int64_t line) {
    const std::int64_t end = std::min(cells, (line + 1) * kCountLine);
    for (std::int64_t cell = line * kCountLine; cell < end; ++cell) {
      to.counts[cell] += from.counts[cell];
    }
    to.touched[line] = 1;
  });
}

void add_tallies(Context& /*ctx*/, View<const std::uint64_t> from, View<std::uint64_t> to) {
  for (std::int64_t i = 0; i < from.size(); ++i) {
    to.data()[i] += from.data()[i];
  }
}

}  // namespace infoplane::cpu
