#include "ops/joint_counts.h"

#include <algorithm>

#include "cpu/hashed_counts.h"
#include "cpu/joint_counts.h"
#include "cuda/hashed_counts.h"
#include "cuda/joint_counts.h"

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
    : classes_(classes), bins_(bins) {
  if (!dense_fits(classes, bins) || table == JointTable::kHashed) {
    hashed_.emplace(ctx, classes, bins);
    return;
  }
  counts_ = Tensor<std::uint32_t>(ctx, {dense_symbols(classes, bins), classes});
  tallies_ = Tensor<std::uint64_t>(ctx, {kTallyCorrect + classes});
  ranks_ = Tensor<std::uint32_t>(ctx, {classes, bins + 1}, rank_table(classes, bins));
  view_ = {classes, bins, counts_.shape()[0], counts_.data(), tallies_.data(), ranks_.data()};
  if (ctx.device() == Device::kCpu) {
    view_.copy_count = cpu::table_copies(ctx, counts_.size());
    touched_ = Tensor<std::uint32_t>(ctx, {1 + view_.copy_count, mark_words(view_.symbols)});
    copies_ = Tensor<std::uint32_t>(ctx, {view_.copy_count, view_.symbols, classes});
    view_.touched = touched_.data();
    view_.copies = copies_.data();
  }
}

void JointCounts::clear() {
  if (hashed_) {
    return hashed_->clear();
  }
  if (view_.touched != nullptr) {
    cpu::clear_counts(view_);
  } else {
    counts_.fill_zero();
    tallies_.fill_zero();
  }
}

void JointCounts::reserve(Context& ctx, std::int64_t rows) {
  if (hashed_) {
    hashed_->reserve(ctx, rows);
  }
}

std::vector<JointCell> JointCounts::cells_to_host_sync() const {
  if (hashed_) {
    return hashed_->cells_to_host_sync();
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

template <class Table>
void count_on_host(Context& ctx, View<const float> logits, View<const std::int32_t> labels,
                   const Table& table) {
  cpu::count_joint(ctx, logits, labels, table);
}

/// The host's kernels take wide labels: a piece of the rows, enough for many threads, at a time.
template <class Table>
void count_on_host(Context& ctx, View<const float> logits, View<const std::uint8_t> labels,
                   const Table& table) {
  constexpr std::int64_t kPieceRows = std::int64_t{1} << 18;
  std::vector<std::int32_t> wide;
  for (std::int64_t first = 0; first < labels.size(); first += kPieceRows) {
    const std::int64_t rows = std::min(kPieceRows, labels.size() - first);
    wide.assign(labels.data() + first, labels.data() + first + rows);
    cpu::count_joint(ctx, logits.rows(first, rows), View<const std::int32_t>(wide.data(), {rows}),
                     table);
  }
}

template <class Label, class Table>
void count_on_device(Context& ctx, View<const float> logits, View<const Label> labels,
                     const Table& table) {
  switch (ctx.device()) {
    case Device::kCpu: return count_on_host(ctx, logits, labels, table);
    case Device::kCuda: return cuda::count_joint(ctx, logits, labels, table);
  }
}

template <class Label>
void count(Context& ctx, View<const float> logits, View<const Label> labels, JointCounts& counts) {
  require_shape("count_joint", "logits", logits.shape(), {labels.shape()[0], counts.classes()});
  if (HashedTable* table = counts.hashed()) {
    table->reserve(ctx, labels.size());
    count_on_device(ctx, logits, labels, table->view());
    return table->take(labels.size());
  }
  count_on_device(ctx, logits, labels, counts.view());
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

}  // namespace infoplane::ops
