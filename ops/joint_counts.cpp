#include "ops/joint_counts.h"

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

void count_joint_hashed(Context& ctx, View<const float> logits, View<const std::int32_t> labels,
                        HashedTable& table) {
  table.reserve(ctx, labels.size());
  table.take(labels.size());
  switch (ctx.device()) {
    case Device::kCpu: return cpu::count_joint(ctx, logits, labels, table.view());
    case Device::kCuda: return cuda::count_joint(ctx, logits, labels, table.view());
  }
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
  require_shape("count_joint", "logits", logits.shape(), {labels.shape()[0], counts.classes()});
  if (counts.hashed() != nullptr) {
    return count_joint_hashed(ctx, logits, labels, *counts.hashed());
  }
  switch (ctx.device()) {
    case Device::kCpu: return cpu::count_joint(ctx, logits, labels, counts.view());
    case Device::kCuda: return cuda::count_joint(ctx, logits, labels, counts.view());
  }
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
