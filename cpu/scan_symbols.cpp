#include "cpu/scan_symbols.h"

#include <algorithm>

#include "cpu/instructions.h"
#include "cpu/symbol_labels.h"

namespace infoplane::cpu {
namespace {

/// kClasses is C, or 0 for any.
template <std::int64_t kClasses>
std::size_t scan_symbols(const JointCountsView& table, std::span<const std::uint32_t> symbols,
                         After after, CountsOfCounts& small, std::uint64_t* label_rows,
                         std::uint32_t* large) {
  const std::int64_t classes = kClasses > 0 ? kClasses : table.classes;
  std::size_t found = 0;
  for (const std::uint32_t symbol : symbols) {
    std::uint32_t* counts = table.counts + symbol * classes;
    const std::uint64_t rows = rows_of(counts, classes);
    const bool is_small = rows <= small.most_rows();
    large[found] = symbol;
    found += is_small ? 0 : 1;
    small.add_symbol(is_small ? rows : 0);
    for_each_label(counts, classes, [&](std::size_t y, std::uint64_t own) {
      label_rows[y] += own;
      if (is_small) {
        small.add_label(rows, y, own);
      }
    });
    if (is_small && after == After::kEmpty) {
      std::fill_n(counts, classes, 0);
    }
  }
  return found;
}

}  // namespace

ScanSymbols choose_scan_symbols(const JointCountsView& table) {
  if (table.classes <= 16 && choose_instructions() == Instructions::kAvx512) {
    return scan_symbols_avx512(table);
  }
  // Ten classes, as most data sets here have, are worth loops that the compiler unrolls.
  return table.classes == 10 ? scan_symbols<10> : scan_symbols<0>;
}

}  // namespace infoplane::cpu
