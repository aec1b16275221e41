#include <algorithm>

#include "cuda/count_global_atomics.cuh"
#include "cuda/count_kernel.h"
#include "cuda/count_multi_pass.cuh"
#include "cuda/count_private.cuh"
#include "cuda/information.cuh"
#include "cuda/joint_counts.h"
#include "cuda/launch.cuh"
#include "cuda/launch_columns.cuh"
#include "cuda/launch_tiles.cuh"

namespace infoplane::cuda {
namespace {

template <class Label>
void count_multi_pass(Context& ctx, View<const float> logits, View<const Label> labels,
                      const JointCountsView& table) {
  // Between the passes lie 24 + 4 C bytes a row; pieces bound them.
  constexpr std::int64_t kMostRows = std::int64_t{1} << 20;
  const int classes = table.classes;
  const std::int64_t most = std::min(labels.size(), kMostRows);
  auto* softmax_rows = static_cast<RowSoftmax*>(
      ctx.scratch(static_cast<std::size_t>(most) *
                  (sizeof(RowSoftmax) + sizeof(float) * static_cast<std::size_t>(classes + 1))));
  auto* probabilities = reinterpret_cast<float*>(softmax_rows + most);
  auto* symbols = reinterpret_cast<std::uint32_t*>(probabilities + most * classes);
  for (std::int64_t first = 0; first < labels.size(); first += kMostRows) {
    const std::int64_t rows = std::min(labels.size() - first, kMostRows);
    const float* z = logits.data() + first * classes;
    launch(ctx, "softmax_rows_kernel", softmax_rows_kernel, {blocks_for(rows)}, classes, rows, z,
           softmax_rows, probabilities);
    launch(ctx, "symbol_rows_kernel", symbol_rows_kernel, {blocks_for(rows)}, table, rows,
           softmax_rows, probabilities, symbols);
    launch(ctx, "count_symbols_kernel", count_symbols_kernel<Label>, {blocks_for(rows)}, table,
           rows, z, labels.data() + first, softmax_rows, symbols);
  }
}

template <class Label>
void count_global_atomics(Context& ctx, View<const float> logits, View<const Label> labels,
                          const JointCountsView& table) {
  launch(ctx, "count_global_atomics_kernel", count_global_atomics_kernel<Label>,
         {blocks_for(labels.size())}, table, labels.size(), logits.data(), labels.data());
}

/// The paper's networks have ten classes.
template <class Label>
auto private_kernel(int classes) {
  return classes == 10 ? count_private_kernel<10, Label> : count_private_kernel<0, Label>;
}

template <class Label>
PrivatePlan plan_for(View<const float> logits, View<const Label> labels,
                     const JointCountsView& table) {
  return plan_private<Label>(table.classes, table.bins, table.symbols,
                             bulk_copies_work(logits.data(), labels.data()),
                             dynamic_shared_bytes(private_kernel<Label>(table.classes)));
}

template <class Label>
void count_private(Context& ctx, View<const float> logits, View<const Label> labels,
                   const JointCountsView& table, const PrivatePlan& plan) {
  const std::int64_t tiles = (labels.size() + plan.shape.rows - 1) / plan.shape.rows;
  launch_tiles(ctx, "count_private_kernel", private_kernel<Label>(table.classes), kPrivateThreads,
               plan.bytes, tiles, table, plan.shape, plan.hot, labels.size(), logits.data(),
               labels.data());
}

/// Clearing and adding up a block's counters takes about as long as counting a few of its tiles, so
/// that a batch of a training run's sample is better off without. To be measured.
bool worth_private_counters(std::int64_t rows) {
  constexpr std::int64_t kTiles = 4;
  return rows >= kTiles * kPrivateThreads * device_attribute(cudaDevAttrMultiProcessorCount);
}

template <class Label>
void count_dense(Context& ctx, View<const float> logits, View<const Label> labels,
                 const JointCountsView& table) {
  constexpr char kDense[] = "multi-pass, global-atomics or private-counters";
  if (labels.size() == 0) {
    return;
  }
  switch (forced_count_kernel()) {
    case CountKernel::kMultiPass: return count_multi_pass(ctx, logits, labels, table);
    case CountKernel::kGlobalAtomics: return count_global_atomics(ctx, logits, labels, table);
    case CountKernel::kPrivateCounters: {
      const PrivatePlan plan = plan_for(logits, labels, table);
      if (plan.hot.symbols == 0) {
        refuse_count_kernel(table.classes, table.bins, "multi-pass or global-atomics");
      }
      return count_private(ctx, logits, labels, table, plan);
    }
    case CountKernel::kThreadRows:
    case CountKernel::kWarpRows: refuse_count_kernel(table.classes, table.bins, kDense);
    case CountKernel::kAuto: break;
  }
  if (worth_private_counters(labels.size())) {
    const PrivatePlan plan = plan_for(logits, labels, table);
    if (plan.hot.symbols > 0) {
      return count_private(ctx, logits, labels, table, plan);
    }
  }
  count_global_atomics(ctx, logits, labels, table);
}

}  // namespace

void count_joint(Context& ctx, View<const float> logits, View<const std::int32_t> labels,
                 const JointCountsView& counts) {
  count_dense(ctx, logits, labels, counts);
}
void count_joint(Context& ctx, View<const float> logits, View<const std::uint8_t> labels,
                 const JointCountsView& counts) {
  count_dense(ctx, logits, labels, counts);
}

void information(Context& ctx, const JointCountsView& counts, View<double> row) {
  const ColumnGrid grid = column_grid(counts.symbols, counts.classes);
  const std::int64_t chunks = (counts.symbols + kChunkSymbols - 1) / kChunkSymbols;
  const auto classes = static_cast<std::size_t>(counts.classes);
  const std::size_t sums =
      static_cast<std::size_t>(chunks) * static_cast<std::size_t>(chunk_fields(counts.classes));
  // Scratch holds, in 8-byte words: totals [C], chunk sums, and what reduce_columns needs.
  auto* totals = static_cast<std::uint64_t*>(
      ctx.scratch((classes + sums) * sizeof(double) + partial_bytes<ClassTotals>(grid)));
  auto* partial = reinterpret_cast<double*>(totals + classes);
  reduce_columns(ctx, grid, ClassTotals{counts.classes, counts.counts, totals}, partial + sums);

  launch(ctx, "information_chunk_kernel", information_chunk_kernel, {static_cast<unsigned>(chunks)},
         counts, totals, partial);
  launch(ctx, "information_finish_kernel", information_finish_kernel, {1}, counts, totals, chunks,
         partial, row.data());
}

}  // namespace infoplane::cuda
