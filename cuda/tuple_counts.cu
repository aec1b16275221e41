#include "cuda/check.h"
#include "cuda/cuda_backend.h"
#include "cuda/tuple_counts.cuh"
#include "cuda/tuple_counts.h"

namespace infoplane::cuda {
namespace {

std::uint64_t* entries_of_rows(Context& ctx, std::int64_t rows) {
  return static_cast<std::uint64_t*>(
      ctx.scratch(static_cast<std::size_t>(rows) * sizeof(std::uint64_t)));
}

/// Blocks for rows that take a block each, in strides where there are more.
unsigned blocks_for_rows(std::int64_t rows) { return blocks_for(rows * kBlockThreads); }

void intern(Context& ctx, const TupleStoreView& store, std::int64_t rows, std::uint64_t* entries) {
  intern_kernel<<<blocks_for_rows(rows), kBlockThreads, 0, gpu(ctx).stream()>>>(store, rows,
                                                                                entries);
  gpu(ctx).check_launch("intern_kernel");
}

}  // namespace

void count_tuples(Context& ctx, View<const float> values, View<const std::int32_t> labels,
                  const TupleBinsView& bins, const HashedCountsView& counts) {
  count_tuples_kernel<<<blocks_for(labels.size()), kBlockThreads, 0, gpu(ctx).stream()>>>(
      counts, bins, labels.size(), values.data(), labels.data());
  gpu(ctx).check_launch("count_tuples_kernel");
}

void count_tuples(Context& ctx, View<const float> values, View<const std::int32_t> labels,
                  const TupleBinsView& bins, const TupleStoreView& store, std::int64_t first,
                  const HashedCountsView& counts) {
  const std::int64_t rows = labels.size();
  std::uint64_t* entries = entries_of_rows(ctx, rows);
  store_tuples_kernel<<<blocks_for_rows(rows), kBlockThreads, 0, gpu(ctx).stream()>>>(
      counts, bins, store, first, rows, values.data(), labels.data(), entries);
  gpu(ctx).check_launch("store_tuples_kernel");
  intern(ctx, store, rows, entries);
  count_stored_kernel<<<blocks_for(rows), kBlockThreads, 0, gpu(ctx).stream()>>>(
      counts, store, rows, entries, labels.data());
  gpu(ctx).check_launch("count_stored_kernel");
}

void move_entries(Context& ctx, const TupleStoreView& from, const TupleStoreView& to) {
  move_entries_kernel<<<blocks_for(from.capacity), kBlockThreads, 0, gpu(ctx).stream()>>>(from, to);
  gpu(ctx).check_launch("move_entries_kernel");
}

void add_stored(Context& ctx, const TupleStoreView& from, std::int64_t rows,
                const HashedCountsView& from_counts, const TupleStoreView& to, std::int64_t first,
                const HashedCountsView& to_counts) {
  std::uint64_t* entries = entries_of_rows(ctx, rows);
  ctx.backend().fill_zero(entries, static_cast<std::size_t>(rows) * sizeof(std::uint64_t));
  shift_entries_kernel<<<blocks_for(from.capacity), kBlockThreads, 0, gpu(ctx).stream()>>>(
      from, first, entries);
  gpu(ctx).check_launch("shift_entries_kernel");
  intern(ctx, to, rows, entries);
  add_stored_kernel<<<blocks_for(from_counts.capacity), kBlockThreads, 0, gpu(ctx).stream()>>>(
      from_counts, entries, to, to_counts);
  gpu(ctx).check_launch("add_stored_kernel");
}

void widen_range(Context& ctx, View<const float> values, View<float> range) {
  const unsigned blocks = blocks_for(values.size());
  auto* partial = static_cast<float*>(ctx.scratch(2 * blocks * sizeof(float)));
  value_range_kernel<<<blocks, kBlockThreads, 0, gpu(ctx).stream()>>>(values.size(), values.data(),
                                                                      partial);
  gpu(ctx).check_launch("value_range_kernel");
  widen_range_kernel<<<1, kBlockThreads, 0, gpu(ctx).stream()>>>(blocks, partial, range.data());
  gpu(ctx).check_launch("widen_range_kernel");
}

void set_equal_intervals(Context& ctx, View<const float> range, View<float> edges) {
  equal_intervals_kernel<<<1, kBlockThreads, 0, gpu(ctx).stream()>>>(
      static_cast<int>(edges.size()) - 1, range.data(), edges.data());
  gpu(ctx).check_launch("equal_intervals_kernel");
}

}  // namespace infoplane::cuda
