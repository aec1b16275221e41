#include "cuda/information.cuh"
#include "cuda/joint_counts.cuh"
#include "cuda/joint_counts.h"
#include "cuda/launch_columns.cuh"

namespace infoplane::cuda {

void count_joint(Context& ctx, View<const float> logits, View<const std::int32_t> labels,
                 const JointCountsView& counts) {
  count_joint_kernel<<<blocks_for(labels.size()), kBlockThreads, 0, gpu(ctx).stream()>>>(
      counts, labels.size(), logits.data(), labels.data());
  gpu(ctx).check_launch("count_joint_kernel");
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

  information_chunk_kernel<<<static_cast<unsigned>(chunks), kBlockThreads, 0, gpu(ctx).stream()>>>(
      counts, totals, partial);
  gpu(ctx).check_launch("information_chunk_kernel");
  information_finish_kernel<<<1, kBlockThreads, 0, gpu(ctx).stream()>>>(counts, totals, chunks,
                                                                        partial, row.data());
  gpu(ctx).check_launch("information_finish_kernel");
}

}  // namespace infoplane::cuda
