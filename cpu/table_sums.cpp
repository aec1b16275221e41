#include "cpu/table_sums.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

#include "core/counting.h"
#include "core/joint_counts.h"
#include "cpu/log2.h"

namespace infoplane::cpu {
namespace {

/// log2 of counts: a look-up for small ones, which nearly all are.
class Log2Table {
 public:
  Log2Table() {
    for (std::size_t n = 1; n < table_.size(); ++n) {
      table_[n] = std::log2(static_cast<double>(n));
    }
  }
  double operator()(std::uint64_t n) const {  // log2(0) is not asked for, and gives 0
    return n < table_.size() ? table_[n] : std::log2(static_cast<double>(n));
  }

 private:
  std::array<double, 1024> table_{};
};

const Log2Table& log2_of_count() {
  static const Log2Table table;
  return table;
}

/// As many rows as keep the table of some tens of KiB, up to 31.
std::uint64_t most_rows_for(std::size_t classes) {
  constexpr std::size_t kMostEntries = 8448;  // 16 classes
  std::uint64_t rows = CountsOfCounts::kMostRows;
  while (rows > 1 && (rows + 1) * (rows + 2) / 2 * classes > kMostEntries) {
    --rows;
  }
  return rows;
}

/// What a label with n(t,y) = `own` in a symbol with n(t) = `rows` adds to sums, for all of
/// CountsOfCounts, at triangle(rows) + own.
struct Pairs {
  static constexpr std::size_t kSize = CountsOfCounts::triangle(CountsOfCounts::kMostRows + 1);

  Pairs() {
    for (std::uint64_t rows = 2; rows <= CountsOfCounts::kMostRows; ++rows) {
      for (std::uint64_t n = 1; n < rows; ++n) {
        const std::size_t at = CountsOfCounts::triangle(rows) + n;
        own[at] = static_cast<double>(n);
        rest[at] = static_cast<double>(rows - n);
        own_log2[at] = infoplane::n_log2(n);
        rest_log2[at] = infoplane::n_log2(rows - n);
        rows_log2[at] = infoplane::n_log2(rows);
      }
    }
  }

  std::array<double, kSize> own{}, rest{}, own_log2{}, rest_log2{}, rows_log2{};
};

/// The shared pairs that a label has, as places of Pairs, in order; returns how many. Which ones
/// they are nobody can foresee: so there is no branch on it.
std::size_t shared_pairs(const CountsOfCounts& counts, std::size_t y,
                         std::array<std::uint16_t, Pairs::kSize>& pairs) {
  const std::uint32_t* times = counts.times(y);
  std::size_t size = 0;
  for (std::uint64_t rows = 2; rows <= counts.most_rows(); ++rows) {
    if (counts.symbols(rows) > 0) {
      const std::size_t end = CountsOfCounts::triangle(rows) + rows;
      for (std::size_t at = end - rows + 1; at < end; ++at) {
        pairs[size] = static_cast<std::uint16_t>(at);
        size += times[at] != 0 ? 1 : 0;
      }
    }
  }
  return size;
}

}  // namespace

CountsOfCounts::CountsOfCounts(std::size_t classes)
    : most_rows_(most_rows_for(classes)),
      entries_(triangle(most_rows_ + 1)),
      times_(classes * entries_),
      symbols_(most_rows_ + 1) {}

void CountsOfCounts::add(const CountsOfCounts& other) {
  const auto add_up = [](std::vector<std::uint32_t>& to, const std::vector<std::uint32_t>& from) {
    std::transform(to.begin(), to.end(), from.begin(), to.begin(), std::plus<>());
  };
  add_up(times_, other.times_);
  add_up(symbols_, other.symbols_);
}

TableSums::TableSums(std::vector<std::uint64_t> label_rows)
    : label_rows_(std::move(label_rows)),
      rows_(std::accumulate(label_rows_.begin(), label_rows_.end(), std::uint64_t{0})),
      log2_rows_(log2_of_count()(rows_)),
      classes_(label_rows_.size()) {
  for (const std::uint64_t own : label_rows_) {
    planes_.emplace_back(own, rows_);
  }
}

double TableSums::n_log2(std::uint64_t n) { return static_cast<double>(n) * log2_of_count()(n); }

void TableSums::add_symbols(std::uint64_t rows, std::uint64_t times, double rows_log2) {
  symbols_ += times;
  singletons_ += rows == 1 ? times : 0;
  entropy_ += static_cast<double>(times) * (static_cast<double>(rows) * log2_rows_ - rows_log2);
  rows_log2_ += static_cast<double>(times) * rows_log2;
}

void TableSums::Batch::add(std::size_t y, std::uint64_t own, std::uint64_t rows, double rows_log2) {
  cells_[size_] = {y, own, rows, rows_log2};
  if (++size_ == kSize) {
    finish();
  }
}

void TableSums::Batch::finish() {
  double* own = values_.data();
  double* rest = own + size_;
  double* weights = rest + size_;
  for (std::size_t i = 0; i < size_; ++i) {
    const Cell& cell = cells_[i];
    own[i] = static_cast<double>(cell.own);
    rest[i] = static_cast<double>(cell.rows - cell.own);
    weights[i] = sums_.planes_[cell.y].weight(own[i], rest[i]);
  }
  std::array<double, 3 * kSize> logs;
  log2_of(values_.data(), static_cast<std::int64_t>(3 * size_), logs.data());
  for (std::size_t i = 0; i < size_; ++i) {
    const Cell& cell = cells_[i];
    ClassPlane::add_shared(sums_.classes_[cell.y], cell.own, cell.rows, own[i] * logs[i],
                           rest[i] * logs[size_ + i], cell.rows_log2,
                           weights[i] * logs[2 * size_ + i]);
  }
  size_ = 0;
}

void TableSums::add(const CountsOfCounts& counts) {
  for (std::uint64_t rows = 1; rows <= counts.most_rows(); ++rows) {
    if (counts.symbols(rows) == 0) {
      continue;
    }
    const double rows_log2 = n_log2(rows);
    add_symbols(rows, counts.symbols(rows), rows_log2);
    const std::size_t pure = CountsOfCounts::triangle(rows) + rows;
    std::uint64_t shared = counts.symbols(rows);
    for (std::size_t y = 0; y < classes_.size(); ++y) {
      ClassPlane::add_pure(classes_[y], rows, counts.times(y)[pure], rows_log2);
      shared -= counts.times(y)[pure];
    }
    shared_rows_log2_ += static_cast<double>(shared) * rows_log2;
  }
  for (std::size_t y = 0; y < classes_.size(); ++y) {
    add_shared(counts, y);
  }
}

void TableSums::add_shared(const CountsOfCounts& counts, std::size_t y) {
  static const Pairs terms;
  std::array<std::uint16_t, Pairs::kSize> pairs;
  std::array<double, Pairs::kSize> times;
  std::array<double, Pairs::kSize> weights;
  std::array<double, Pairs::kSize> logs;
  const std::size_t size = shared_pairs(counts, y, pairs);
  const ClassPlane plane = planes_[y];
  ClassPlane::Sums sums;
  double own_rows = 0.0;
  double rest_rows = 0.0;
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t at = pairs[i];
    times[i] = static_cast<double>(std::int64_t{counts.times(y)[at]});
    weights[i] = plane.weight(terms.own[at], terms.rest[at]);
    sums.own_log2 += times[i] * terms.own_log2[at];
    sums.rest_log2 += times[i] * terms.rest_log2[at];
    sums.rows_log2 += times[i] * terms.rows_log2[at];
    own_rows += times[i] * terms.own[at];
    rest_rows += times[i] * terms.rest[at];
  }
  log2_of(weights.data(), static_cast<std::int64_t>(size), logs.data());
  for (std::size_t i = 0; i < size; ++i) {
    sums.entropy -= times[i] * (weights[i] * logs[i]);
  }
  sums.own_rows = static_cast<std::uint64_t>(own_rows);  // exact: both are below 2^53
  sums.rows = static_cast<std::uint64_t>(own_rows + rest_rows);
  classes_[y].add(sums);
}

void TableSums::add(const TableSums& other) {
  for (std::size_t y = 0; y < classes_.size(); ++y) {
    classes_[y].add(other.classes_[y]);
  }
  symbols_ += other.symbols_;
  singletons_ += other.singletons_;
  entropy_ += other.entropy_;
  rows_log2_ += other.rows_log2_;
  shared_rows_log2_ += other.shared_rows_log2_;
}

void TableSums::write(double* row) const {
  const double per_row = rows_ > 0 ? 1.0 / static_cast<double>(rows_) : 0.0;
  double entropy_y = 0.0;
  double equivocation = shared_rows_log2_;  // N H(Y|T)
  for (std::size_t y = 0; y < classes_.size(); ++y) {
    const std::uint64_t own = label_rows_[y];
    const ClassPlane::Sums& sums = classes_[y];
    const bool defined = ClassPlane::defined(own, rows_);
    double* fields = row + kInfoPerClass + y * kInfoClassFields;
    fields[kInfoClassRows] = static_cast<double>(own);
    fields[kInfoClassIxt] = defined ? planes_[y].i_xt_bits(sums, rows_, rows_log2_) : 0.0;
    fields[kInfoClassIty] = defined ? planes_[y].i_ty_bits(sums) : 0.0;
    entropy_y += static_cast<double>(own) * (log2_rows_ - log2_of_count()(own));
    equivocation -= sums.own_log2;
  }
  row[kInfoRows] = static_cast<double>(rows_);
  row[kInfoSymbols] = static_cast<double>(symbols_);
  row[kInfoSingletons] = static_cast<double>(singletons_);
  row[kInfoEntropyT] = entropy_ * per_row;
  row[kInfoEntropyY] = entropy_y * per_row;
  row[kInfoEntropyTY] = (entropy_ + equivocation) * per_row;
}

void write_tallies(int classes, const std::uint64_t* tallies, double* row) {
  double correct = 0.0;
  for (int y = 0; y < classes; ++y) {
    const auto of_class = static_cast<double>(tallies[kTallyCorrect + y]);
    row[kInfoPerClass + y * kInfoClassFields + kInfoClassCorrect] = of_class;
    correct += of_class;
  }
  row[kInfoBadLogits] = static_cast<double>(tallies[kTallyBadLogits]);
  row[kInfoBadLabels] = static_cast<double>(tallies[kTallyBadLabels]);
  row[kInfoCorrect] = correct;
  row[kInfoLoss] = row[kInfoRows] > 0.0 ? tallied_loss_nats(tallies) / row[kInfoRows] : 0.0;
}

}  // namespace infoplane::cpu
