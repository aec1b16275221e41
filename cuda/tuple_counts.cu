#include "cuda/launch.cuh"
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
  launch(ctx, "intern_kernel", intern_kernel, {blocks_for_rows(rows)}, store, rows, entries);
}

}  // namespace

void count_tuples(Context& ctx, View<const float> values, View<const std::int32_t> labels,
                  const TupleBinsView& bins, const HashedCountsView& counts) {
  launch(ctx, "count_tuples_kernel", count_tuples_kernel, {blocks_for(labels.size())}, counts, bins,
         labels.size(), values.data(), labels.data());
}

void count_tuples(Context& ctx, View<const float> values, View<const std::int32_t> labels,
                  const TupleBinsView& bins, const TupleStoreView& store, std::int64_t first,
                  const HashedCountsView& counts) {
  const std::int64_t rows = labels.size();
  std::uint64_t* entries = entries_of_rows(ctx, rows);
  launch(ctx, "store_tuples_kernel", store_tuples_kernel, {blocks_for_rows(rows)}, counts, bins,
         store, first, rows, values.data(), labels.data(), entries);
  intern(ctx, store, rows, entries);
  launch(ctx, "count_stored_kernel", count_stored_kernel, {blocks_for(rows)}, counts, store, rows,
         entries, labels.data());
}

void move_entries(Context& ctx, const TupleStoreView& from, const TupleStoreView& to) {
  launch(ctx, "move_entries_kernel", move_entries_kernel, {blocks_for(from.capacity)}, from, to);
}

void add_stored(Context& ctx, const TupleStoreView& from, std::int64_t rows,
                const HashedCountsView& from_counts, const TupleStoreView& to, std::int64_t first,
                const HashedCountsView& to_counts) {
  std::uint64_t* entries = entries_of_rows(ctx, rows);
  ctx.backend().fill_zero(entries, static_cast<std::size_t>(rows) * sizeof(std::uint64_t));
  launch(ctx, "shift_entries_kernel", shift_entries_kernel, {blocks_for(from.capacity)}, from,
         first, entries);
  intern(ctx, to, rows, entries);
  launch(ctx, "add_stored_kernel", add_stored_kernel, {blocks_for(from_counts.capacity)},
         from_counts, entries, to, to_counts);
}

void widen_range(Context& ctx, View<const float> values, View<float> range) {
  const unsigned blocks = blocks_for(values.size());
  auto* partial = static_cast<float*>(ctx.scratch(2 * blocks * sizeof(float)));
  launch(ctx, "value_range_kernel", value_range_kernel, {blocks}, values.size(), values.data(),
         partial);
  launch(ctx, "widen_range_kernel", widen_range_kernel, {1}, blocks, partial, range.data());
}

void set_equal_intervals(Context& ctx, View<const float> range, View<float> edges) {
  launch(ctx, "equal_intervals_kernel", equal_intervals_kernel, {1},
         static_cast<int>(edges.size()) - 1, range.data(), edges.data());
}

}  // namespace infoplane::cuda
