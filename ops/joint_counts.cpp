#include "ops/joint_counts.h"

#include <string>

#include "core/error.h"
#include "cpu/add_counts.h"
#include "cpu/hashed_counts.h"
#include "cpu/instructions.h"
#include "cpu/joint_counts.h"
#include "cpu/tuple_counts.h"
#include "cuda/add_counts.h"
#include "cuda/hashed_counts.h"
#include "cuda/joint_counts.h"
#include "cuda/tuple_counts.h"

namespace infoplane::ops {
namespace {

std::vector<std::uint32_t> rank_table(int classes, int bins) {
  std::vector<std::uint32_t> ranks;
  for (int i = 0; i < classes; ++i) {
    for (int sum = 0; sum <= bins; ++sum) {
      const auto n = static_cast<std::uint64_t>(sum + i);
      ranks.push_back(static_cast<std::uint32_t>(
          binomial_capped(n, static_cast<std::uint64_t>(i) + 1, kDenseCells)));
    }
  }
  return ranks;
}

}  // namespace

JointCounts::JointCounts(Context& ctx, int classes, int bins, JointTable table)
    : device_(ctx.device()), classes_(classes), bins_(bins) {
  constexpr int kMostClasses = 1 << 22;  // whose exponentials' sum the loss can take (log_of_sum)
  if (classes > kMostClasses) {
    throw UsageError("joint counts: " + std::to_string(classes) + " classes, at most " +
                     std::to_string(kMostClasses) + " can be counted");
  }
  if (!dense_fits(classes, bins) || table == JointTable::kHashed) {
    hashed_.emplace(ctx, classes, bins, rank_steps(classes, bins));
    return;
  }
  counts_ = Tensor<std::uint32_t>(ctx, {dense_symbols(classes, bins), classes});
  tallies_ = Tensor<std::uint64_t>(ctx, {kTallyCorrect + classes});
  ranks_ = Tensor<std::uint32_t>(ctx, {classes, bins + 1}, rank_table(classes, bins));
  view_ = {classes, bins, counts_.shape()[0], counts_.data(), tallies_.data(), ranks_.data()};
  if (device_ == Device::kCpu) {
    touched_ = Tensor<std::uint32_t>(ctx, {mark_words(view_.symbols)});
    view_.touched = touched_.data();
  }
}

JointCounts::JointCounts(Context& ctx, int classes, const TupleBins& bins)
    : device_(ctx.device()), classes_(classes), bins_(bins.bins) {
  if (classes < 1) {
    throw UsageError("joint counts: " + std::to_string(classes) + " classes, at least 1 is needed");
  }
  tuples_.emplace(ctx, bins);
  hashed_.emplace(ctx, classes, bins.bins, std::vector<WideRank>());
}

void JointCounts::clear() {
  if (is_empty_) {
    return;
  }
  if (tuples_) {
    tuples_->clear();
  }
  if (hashed_) {
    hashed_->clear();
  } else {
    clear_dense();
  }
  is_empty_ = true;
}

void JointCounts::clear_dense() {
  rows_ = 0;
  switch (device_) {
    case Device::kCpu: return cpu::clear_counts(view_);
    case Device::kCuda: counts_.fill_zero(); return tallies_.fill_zero();
  }
}

void JointCounts::reserve(Context& ctx, std::int64_t rows) {
  if (tuples_) {
    tuples_->reserve(ctx, this->rows(), this->rows() + rows);
  }
  if (hashed_) {
    hashed_->reserve(ctx, rows);
  }
}

void JointCounts::make_copies(Context& ctx, std::int64_t rows) {
  const int wanted = cpu::table_copies(ctx, counts_.size(), rows);
  if (wanted <= view_.copy_count) {
    return;
  }
  view_.copy_count = 0;
  copies_ = {};  // first the old, then the new: they need not exist together
  copies_ = Tensor<std::uint32_t>(ctx, {wanted, view_.symbols, classes_});
  copies_touched_ = Tensor<std::uint32_t>(ctx, {wanted, mark_words(view_.symbols)});
  view_.copies = copies_.data();
  view_.copies_touched = copies_touched_.data();
  view_.copy_count = wanted;
}

void JointCounts::expect(Context& ctx, std::int64_t rows) {
  expect_added(ctx, rows);
  if (!hashed_ && device_ == Device::kCpu) {
    make_copies(ctx, rows);
  }
}

void JointCounts::expect_added(Context& ctx, std::int64_t rows) {
  if (rows > kMostCountedRows - this->rows()) {
    throw DataError("joint counts: " + std::to_string(this->rows()) + " rows and " +
                    std::to_string(rows) + " more; a table counts at most " +
                    std::to_string(kMostCountedRows));
  }
  reserve(ctx, rows);
  is_empty_ = false;
}

void JointCounts::take(std::int64_t rows) {
  if (hashed_) {
    hashed_->take(rows);
  } else {
    rows_ += rows;
  }
}

std::vector<JointCell> JointCounts::cells_to_host_sync() const {
  if (hashed_) {
    return hashed_->cells_to_host_sync();
  }
  if (device_ == Device::kCpu) {  // whose marks say where they are
    return cpu::cells(view_);
  }
  const std::vector<std::uint32_t> counts = counts_to_host_sync();
  const auto classes = static_cast<std::size_t>(view_.classes);
  std::vector<JointCell> cells;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) {
      cells.push_back({i / classes, static_cast<std::int32_t>(i % classes), counts[i]});
    }
  }
  return cells;
}

namespace {

void add_tallies(Context& ctx, View<const std::uint64_t> from, View<std::uint64_t> to) {
  switch (ctx.device()) {
    case Device::kCpu: return cpu::add_tallies(ctx, from, to);
    case Device::kCuda: return cuda::add_tallies(ctx, from, to);
  }
}

void add_cells(Context& ctx, const JointCountsView& from, const JointCountsView& to) {
  switch (ctx.device()) {
    case Device::kCpu: return cpu::add_counts(ctx, from, to);
    case Device::kCuda: return cuda::add_counts(ctx, from, to);
  }
}

void add_cells(Context& ctx, const HashedCountsView& from, const HashedCountsView& to) {
  switch (ctx.device()) {
    case Device::kCpu: return cpu::move_cells(ctx, from, to);
    case Device::kCuda: return cuda::move_cells(ctx, from, to);
  }
}

/// The other's tuples become rows `first`, first + 1, ..., and its symbols what they are there.
void add_stored(Context& ctx, const JointCounts& from, const JointCounts& to, std::int64_t first) {
  const TupleStoreView& there = from.tuples()->store();
  const TupleStoreView& here = to.tuples()->store();
  ctx.backend().copy(here.tuples + first * here.words, there.tuples,
                     static_cast<std::size_t>(from.rows() * here.words) * sizeof(std::uint64_t));
  const HashedCountsView& cells = from.hashed()->view();
  switch (ctx.device()) {
    case Device::kCpu:
      return cpu::add_stored(ctx, there, from.rows(), cells, here, first, to.hashed()->view());
    case Device::kCuda:
      return cuda::add_stored(ctx, there, from.rows(), cells, here, first, to.hashed()->view());
  }
}

/// What the symbols of a hidden layer's table are cut by; empty where they are those of an output.
TupleBins cut_by(const JointCounts& table) {
  return table.tuples() != nullptr ? table.tuples()->bins() : TupleBins{};
}

/// Throws UsageError unless the tables' symbols mean the same.
void require_alike(const JointCounts& a, const JointCounts& b) {
  const auto require_same = [](auto of_b, auto of_a, const std::string& what) {
    if (of_b != of_a) {
      throw UsageError("joint counts: a table of " + std::to_string(of_b) + what +
                       " cannot be added to one of " + std::to_string(of_a) +
                       "; both need the same");
    }
  };
  require_same(b.classes(), a.classes(), " classes");
  require_same(b.bins(), a.bins(), " bins");
  require_same(cut_by(b).units, cut_by(a).units, " hidden units (an output has 0)");
  if ((a.hashed() == nullptr) != (b.hashed() == nullptr)) {
    throw UsageError(
        "joint counts: a dense and a hashed table cannot be added; make both of one kind");
  }
  const auto on_device = [](const JointCounts& table) {
    return table.tuples() != nullptr && table.tuples()->range_was_set();
  };
  if (!(cut_by(a) == cut_by(b)) || on_device(a) || on_device(b)) {
    throw UsageError(
        "joint counts: tables whose bins are cut from different ranges, or from one that was found "
        "on the device, cannot be added; make both of the same range");
  }
}

}  // namespace

void JointCounts::add(Context& ctx, const JointCounts& other) {
  require_alike(*this, other);
  if (other.rows() == 0) {
    return;
  }
  const std::int64_t first = rows();
  const std::int64_t fields = kTallyCorrect + classes_;
  expect_added(ctx, other.rows());
  if (!hashed_) {
    add_cells(ctx, other.view_, view_);
    add_tallies(ctx, other.tallies_, tallies_);
  } else {
    if (tuples_ && tuples_->stored()) {
      add_stored(ctx, other, *this, first);
    } else {
      add_cells(ctx, other.hashed_->view(), hashed_->view());
    }
    add_tallies(ctx, {other.hashed_->view().tallies, {fields}},
                {hashed_->view().tallies, {fields}});
  }
  take(other.rows());
}

namespace {

template <class Label, class Table>
void count_on_device(Context& ctx, View<const float> logits, View<const Label> labels,
                     const Table& table) {
  switch (ctx.device()) {
    case Device::kCpu: return cpu::count_joint(ctx, logits, labels, table);
    case Device::kCuda: return cuda::count_joint(ctx, logits, labels, table);
  }
}

template <class Label>
void count(Context& ctx, View<const float> logits, View<const Label> labels, JointCounts& counts) {
  require_rank("count_joint", "labels", labels.shape(), 1);
  require_shape("count_joint", "logits", logits.shape(), {labels.shape()[0], counts.classes()});
  if (counts.tuples() != nullptr) {
    throw UsageError("count_joint: the table is one of a hidden layer; use count_tuples");
  }
  counts.expect(ctx, labels.size());
  if (counts.hashed() != nullptr) {
    count_on_device(ctx, logits, labels, counts.hashed()->view());
  } else {
    count_on_device(ctx, logits, labels, counts.view());
  }
  counts.take(labels.size());
}

void information_hashed(Context& ctx, const HashedTable& table, View<double> row) {
  switch (ctx.device()) {
    case Device::kCpu: return cpu::information(ctx, table.view(), table.rows(), row);
    case Device::kCuda: return cuda::information(ctx, table.view(), table.rows(), row);
  }
}

}  // namespace

void count_joint(Context& ctx, View<const float> logits, View<const std::int32_t> labels,
                 JointCounts& counts) {
  count(ctx, logits, labels, counts);
}

void count_joint(Context& ctx, View<const float> logits, View<const std::uint8_t> labels,
                 JointCounts& counts) {
  count(ctx, logits, labels, counts);
}

void information(Context& ctx, const JointCounts& counts, View<double> row) {
  require_shape("information", "row", row.shape(), {information_row_size(counts.classes())});
  if (counts.hashed() != nullptr) {
    return information_hashed(ctx, *counts.hashed(), row);
  }
  switch (ctx.device()) {
    case Device::kCpu: return cpu::information(ctx, counts.view(), row);
    case Device::kCuda: return cuda::information(ctx, counts.view(), row);
  }
}

void take_information(Context& ctx, JointCounts& counts, View<double> row) {
  if (counts.hashed() != nullptr || ctx.device() != Device::kCpu) {
    information(ctx, counts, row);
    return counts.clear();
  }
  require_shape("take_information", "row", row.shape(), {information_row_size(counts.classes())});
  cpu::take_information(ctx, counts.view(), row);
  counts.rows_ = 0;
  counts.is_empty_ = true;
}

std::string host_counting_kernel() { return cpu::to_string(cpu::choose_instructions()); }

}  // namespace infoplane::ops
