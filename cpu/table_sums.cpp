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
  std::uint64_t rows = 31;
  while (rows > 1 && (rows + 1) * (rows + 2) / 2 * classes > kMostEntries) {
    --rows;
  }
  return rows;
}

}  // namespace

CountsOfCounts::CountsOfCounts(std::size_t classes)
    : classes_(classes),
      most_rows_(most_rows_for(classes)),
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

void CountsOfCounts::add_label_rows(std::vector<std::uint64_t>& label_rows) const {
  for (std::uint64_t rows = 1; rows <= most_rows_; ++rows) {
    if (symbols_[rows] == 0) {
      continue;
    }
    for (std::size_t y = 0; y < classes_; ++y) {
      const std::uint32_t* of_label = times_.data() + y * entries_ + triangle(rows);
      std::uint64_t sum = 0;
      for (std::uint32_t own = 1; own <= rows; ++own) {
        sum += std::uint64_t{own} * of_label[own];
      }
      label_rows[y] += sum;
    }
  }
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

double TableSums::times_log2(std::uint64_t n) {
  return static_cast<double>(n) * log2_of_count()(n);
}

void TableSums::add_symbols(std::uint64_t rows, std::uint64_t times) {
  symbols_ += times;
  singletons_ += rows == 1 ? times : 0;
  const double all = static_cast<double>(times * rows);
  entropy_ += all * (log2_rows_ - log2_of_count()(rows));
  rows_log2_ += static_cast<double>(times) * times_log2(rows);
}

void TableSums::Batch::add(std::size_t y, std::uint64_t own, std::uint64_t rows,
                           std::uint64_t times) {
  if (own == rows) {
    return sums_.planes_[y].add_pure(sums_.classes_[y], own, times, log2_of_count());
  }
  cells_[size_] = {y, own, rows, times};
  weights_[size_] = sums_.planes_[y].weight(own, rows);
  if (++size_ == kSize) {
    finish();
  }
}

void TableSums::Batch::finish() {
  std::array<double, kSize> log2_weights;
  log2_of(weights_.data(), static_cast<std::int64_t>(size_), log2_weights.data());
  for (std::size_t i = 0; i < size_; ++i) {
    const Cell& cell = cells_[i];
    sums_.planes_[cell.y].add_shared(sums_.classes_[cell.y], cell.own, cell.rows, cell.times,
                                     log2_weights[i], log2_of_count());
  }
  size_ = 0;
}

void TableSums::add(const CountsOfCounts& counts) {
  Batch batch(*this);
  for (std::uint64_t rows = 1; rows <= counts.most_rows(); ++rows) {
    if (counts.symbols(rows) == 0) {
      continue;
    }
    add_symbols(rows, counts.symbols(rows));
    std::uint64_t shared = counts.symbols(rows);
    for (std::size_t y = 0; y < classes_.size(); ++y) {
      for (std::uint64_t own = 1; own <= rows; ++own) {
        const std::uint64_t times = counts.times(rows, y, own);
        if (times > 0) {
          batch.add(y, own, rows, times);
        }
      }
      shared -= counts.times(rows, y, rows);
    }
    shared_rows_log2_ += static_cast<double>(shared) * times_log2(rows);
  }
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
  row[kInfoLoss] = row[kInfoRows] > 0.0 ? loss_nats(tallies[kTallyLoss]) / row[kInfoRows] : 0.0;
}

}  // namespace infoplane::cpu
