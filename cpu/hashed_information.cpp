#include <algorithm>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include "core/joint_counts.h"
#include "cpu/hashed_counts.h"
#include "cpu/table_sums.h"

namespace infoplane::cpu {
namespace {

/// The table's cells by symbol, then label.
std::vector<HashedEntry> sorted_cells(const HashedCountsView& table) {
  std::vector<HashedEntry> cells;
  std::copy_if(table.entries, table.entries + table.capacity, std::back_inserter(cells),
               [](const HashedEntry& entry) { return entry.owner != kEmptyEntry; });
  std::sort(cells.begin(), cells.end(), BySymbol{});
  return cells;
}

std::size_t label_of(const HashedEntry& cell) { return cell.owner - kFirstOwner; }

}  // namespace

void information(Context& /*ctx*/, const HashedCountsView& table, std::int64_t /*given*/,
                 View<double> row) {
  const auto classes = static_cast<std::size_t>(table.classes);
  const std::vector<HashedEntry> cells = sorted_cells(table);
  CountsOfCounts small(classes);
  std::vector<LargeSymbol<std::size_t>> large;  // and its first cell
  std::vector<std::uint64_t> label_rows(classes);
  for (std::size_t first = 0, last = 0; first < cells.size(); first = last) {
    std::uint64_t rows = 0;
    for (; last < cells.size() && cells[last].symbol == cells[first].symbol; ++last) {
      rows += cells[last].count;
      label_rows[label_of(cells[last])] += cells[last].count;
    }
    if (rows > small.most_rows()) {
      large.push_back({rows, first});
      continue;
    }
    small.add_symbol(rows);
    for (std::size_t i = first; i < last; ++i) {
      small.add_label(rows, label_of(cells[i]), cells[i].count);
    }
  }
  TableSums sums(std::move(label_rows));
  sums.add(small);
  sums.add_large(std::span(std::as_const(large)), [&cells](std::size_t first, const auto& visit) {
    for (std::size_t i = first; i < cells.size() && cells[i].symbol == cells[first].symbol; ++i) {
      visit(label_of(cells[i]), std::uint64_t{cells[i].count});
    }
  });
  sums.write(row.data());
  write_tallies(table.classes, table.tallies, row.data());
}

}  // namespace infoplane::cpu
