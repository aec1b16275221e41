#include <algorithm>
#include <cmath>
#include <iterator>
#include <vector>

#include "core/counting.h"
#include "core/joint_counts.h"
#include "cpu/hashed_counts.h"

namespace infoplane::cpu {
namespace {

/// The table's cells by symbol, then label, with n(t) in each.
std::vector<HashedEntry> sorted_cells(const HashedCountsView& table) {
  std::vector<HashedEntry> cells;
  std::copy_if(table.entries, table.entries + table.capacity, std::back_inserter(cells),
               [](const HashedEntry& entry) { return entry.owner != kEmptyEntry; });
  std::sort(cells.begin(), cells.end(), BySymbol{});
  for (auto first = cells.begin(); first != cells.end();) {
    std::uint64_t rows = 0;
    auto last = first;
    for (; last != cells.end() && last->symbol == first->symbol; ++last) {
      rows += last->count;
    }
    for (; first != last; ++first) {
      first->rows = rows;
    }
  }
  return cells;
}

/// Kahan's sum: its error does not grow with the number of terms, which may be millions.
class Sum {
 public:
  void add(double term) {
    const double corrected = term - lost_;
    const double next = sum_ + corrected;
    lost_ = (next - sum_) - corrected;
    sum_ = next;
  }
  double value() const { return sum_; }

 private:
  double sum_ = 0.0;
  double lost_ = 0.0;
};

std::size_t label_of(const HashedEntry& cell) { return cell.owner - kFirstOwner; }

}  // namespace

// All sums run over the sorted cells, so that the order of insertion does not matter.
void information(Context& /*ctx*/, const HashedCountsView& table, std::int64_t given,
                 View<double> row) {
  const auto classes = static_cast<std::size_t>(table.classes);
  const std::uint64_t rows = static_cast<std::uint64_t>(given) - table.tallies[kTallyBadLogits] -
                             table.tallies[kTallyBadLabels];
  const std::vector<HashedEntry> cells = sorted_cells(table);
  std::vector<std::uint64_t> label_rows(classes);
  for (const HashedEntry& cell : cells) {
    label_rows[label_of(cell)] += cell.count;
  }
  std::vector<ClassPlane> planes;
  for (const std::uint64_t own : label_rows) {
    planes.emplace_back(own, rows);
  }

  const double n = static_cast<double>(rows);
  const double log2_n = rows > 0 ? std::log2(n) : 0.0;
  double symbols = 0.0;
  double singletons = 0.0;
  Sum h_t;   // N H(T)
  Sum h_ty;  // N H(T,Y)
  Sum rows_log2_rows;
  std::vector<ClassPlane::Sums> sums(classes);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const HashedEntry& cell = cells[i];
    const double n_t = static_cast<double>(cell.rows);
    const double n_ty = static_cast<double>(cell.count);
    if (i == 0 || cell.symbol != cells[i - 1].symbol) {
      symbols += 1.0;
      singletons += cell.rows == 1 ? 1.0 : 0.0;
      h_t.add(n_t * (log2_n - std::log2(n_t)));
      rows_log2_rows.add(times_log2(n_t));
    }
    h_ty.add(n_ty * (log2_n - std::log2(n_ty)));
    if (ClassPlane::defined(label_rows[label_of(cell)], rows)) {
      planes[label_of(cell)].add(sums[label_of(cell)], cell.count, cell.rows);
    }
  }

  const double per_row = rows > 0 ? 1.0 / n : 0.0;
  double h_y = 0.0;
  double correct = 0.0;
  for (std::size_t y = 0; y < classes; ++y) {
    double* fields = row.data() + kInfoPerClass + y * kInfoClassFields;
    const bool defined = ClassPlane::defined(label_rows[y], rows);
    const double n_y = static_cast<double>(label_rows[y]);
    h_y += label_rows[y] > 0 ? n_y * (log2_n - std::log2(n_y)) : 0.0;
    correct += static_cast<double>(table.tallies[kTallyCorrect + y]);
    fields[kInfoClassRows] = n_y;
    fields[kInfoClassCorrect] = static_cast<double>(table.tallies[kTallyCorrect + y]);
    fields[kInfoClassIxt] =
        defined ? planes[y].i_xt_bits(sums[y], rows, rows_log2_rows.value()) : 0.0;
    fields[kInfoClassIty] = defined ? planes[y].i_ty_bits(sums[y]) : 0.0;
  }
  double* result = row.data();
  result[kInfoRows] = n;
  result[kInfoBadLogits] = static_cast<double>(table.tallies[kTallyBadLogits]);
  result[kInfoBadLabels] = static_cast<double>(table.tallies[kTallyBadLabels]);
  result[kInfoSymbols] = symbols;
  result[kInfoSingletons] = singletons;
  result[kInfoEntropyT] = h_t.value() * per_row;
  result[kInfoEntropyY] = h_y * per_row;
  result[kInfoEntropyTY] = h_ty.value() * per_row;
  result[kInfoCorrect] = correct;
  result[kInfoLoss] = loss_nats(table.tallies[kTallyLoss]) * per_row;
}

}  // namespace infoplane::cpu
