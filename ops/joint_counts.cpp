#include "ops/joint_counts.h"

#include "cpu/joint_counts.h"
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

JointCounts::JointCounts(Context& ctx, int classes, int bins)
    : counts_(ctx, {dense_symbols(classes, bins), classes}),
      tallies_(ctx, {kTallyCorrect + classes}),
      ranks_(ctx, {classes, bins + 1}, rank_table(classes, bins)) {
  view_ = {classes, bins, counts_.shape()[0], counts_.data(), tallies_.data(), ranks_.data()};
  if (ctx.device() == Device::kCpu) {
    const std::int64_t lines = count_lines(counts_.size());
    view_.copy_count = cpu::table_copies(ctx, counts_.size());
    touched_ = Tensor<std::uint8_t>(ctx, {1 + view_.copy_count, lines});
    copies_ = Tensor<std::uint32_t>(ctx, {view_.copy_count, lines, kCountLine});
    view_.touched = touched_.data();
    view_.copies = copies_.data();
  }
}

void JointCounts::clear() {
  if (view_.touched != nullptr) {
    cpu::clear_counts(view_);
  } else {
    counts_.fill_zero();
    tallies_.fill_zero();
  }
}

void count_joint(Context& ctx, View<const float> logits, View<const std::int32_t> labels,
                 const JointCountsView& counts) {
  require_shape("count_joint", "logits", logits.shape(), {labels.shape()[0], counts.classes});
  switch (ctx.device()) {
    case Device::kCpu: return cpu::count_joint(ctx, logits, labels, counts);
    case Device::kCuda: return cuda::count_joint(ctx, logits, labels, counts);
  }
}

void information(Context& ctx, const JointCountsView& counts, View<double> row) {
  require_shape("information", "row", row.shape(), {information_row_size(counts.classes)});
  switch (ctx.device()) {
    case Device::kCpu: return cpu::information(ctx, counts, row);
    case Device::kCuda: return cuda::information(ctx, counts, row);
  }
}

}  // namespace infoplane::ops
