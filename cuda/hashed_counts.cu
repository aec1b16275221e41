#include <algorithm>
#include <cstddef>
#include <cub/device/device_merge_sort.cuh>
#include <cub/device/device_select.cuh>

#include "cuda/check.h"
#include "cuda/count_kernel.h"
#include "cuda/count_thread_rows.cuh"
#include "cuda/count_warp_rows.cuh"
#include "cuda/cuda_backend.h"
#include "cuda/hashed_counts.cuh"
#include "cuda/hashed_counts.h"
#include "cuda/hashed_information.cuh"
#include "cuda/launch.cuh"
#include "cuda/launch_tiles.cuh"
#include "cuda/move_cells.cuh"

namespace infoplane::cuda {
namespace {

constexpr std::int64_t kMostRowsUnasked = 1 << 17;  // a sample in training has fewer

struct IsTaken {
  __device__ bool operator()(const HashedEntry& entry) const { return entry.owner != kEmptyEntry; }
};

/// Copies the entries of a table that are taken to `taken`, and their number to `count`. With null
/// `temporary`, only says how much of it is needed.
void select_taken(Context& ctx, void* temporary, std::size_t& bytes, const HashedCountsView& table,
                  HashedEntry* taken, std::int64_t* count) {
  INFOPLANE_CUDA_CHECK(cub::DeviceSelect::If(temporary, bytes, table.entries, taken, count,
                                             table.capacity, IsTaken{}, gpu(ctx).stream()));
}

/// Sorts entries in place. With null `temporary`, only says how much of it is needed.
template <class Order>
void sort_entries(Context& ctx, void* temporary, std::size_t& bytes, HashedEntry* entries,
                  std::int64_t size, Order order) {
  INFOPLANE_CUDA_CHECK(
      cub::DeviceMergeSort::SortKeys(temporary, bytes, entries, size, order, gpu(ctx).stream()));
}

template <class Label>
void count_global_atomics(Context& ctx, View<const float> logits, View<const Label> labels,
                          const HashedCountsView& table) {
  launch(ctx, "count_hashed_kernel", count_hashed_kernel<Label>, {blocks_for(labels.size())}, table,
         labels.size(), logits.data(), labels.data());
}

template <class Label>
auto thread_rows_kernel(int classes) {
  return classes % 4 == 0 ? count_thread_rows_kernel<true, Label>
                          : count_thread_rows_kernel<false, Label>;
}

/// A kernel with its tiles; not for these rows where `shape` has no stages.
template <class Label>
void launch_rows(Context& ctx, const char* name,
                 void (*kernel)(HashedCountsView, TileShape, std::int64_t, const float*,
                                const Label*),
                 int threads, const TileShape& shape, View<const float> logits,
                 View<const Label> labels, const HashedCountsView& table) {
  launch_tiles(ctx, name, kernel, threads, row_tiles_bytes<Label>(shape, table.classes),
               (labels.size() + shape.rows - 1) / shape.rows, table, shape, labels.size(),
               logits.data(), labels.data());
}

template <class Label>
void count_hashed(Context& ctx, View<const float> logits, View<const Label> labels,
                  const HashedCountsView& table) {
  if (labels.size() == 0) {
    return;
  }
  const int classes = table.classes;
  const CountKernel forced = forced_count_kernel();
  const bool bulk = bulk_copies_work(logits.data(), labels.data());
  const auto thread_rows = thread_rows_kernel<Label>(classes);
  const TileShape by_threads =
      thread_rows_shape<Label>(classes, bulk, dynamic_shared_bytes(thread_rows));
  const auto warp_rows = count_warp_rows_kernel<Label>;
  const TileShape by_warps = warp_rows_shape<Label>(classes, bulk, dynamic_shared_bytes(warp_rows));

  const bool copies_run_ahead = by_threads.stages > (bulk ? 1 : 0);
  const bool threads_fit = forced == CountKernel::kThreadRows ? by_threads.stages > 0
                           : forced == CountKernel::kAuto     ? copies_run_ahead
                                                              : false;
  const bool warps_fit =
      (forced == CountKernel::kWarpRows || forced == CountKernel::kAuto) && by_warps.stages > 0;
  if (threads_fit) {
    launch_rows(ctx, "count_thread_rows_kernel", thread_rows, kBlockThreads, by_threads, logits,
                labels, table);
  } else if (warps_fit) {
    launch_rows(ctx, "count_warp_rows_kernel", warp_rows, kWarpRowsThreads, by_warps, logits,
                labels, table);
  } else if (forced == CountKernel::kAuto || forced == CountKernel::kGlobalAtomics) {
    count_global_atomics(ctx, logits, labels, table);
  } else {
    refuse_count_kernel(classes, table.bins, "global-atomics, thread-rows or warp-rows");
  }
}

}  // namespace

void count_joint(Context& ctx, View<const float> logits, View<const std::int32_t> labels,
                 const HashedCountsView& counts) {
  count_hashed(ctx, logits, labels, counts);
}
void count_joint(Context& ctx, View<const float> logits, View<const std::uint8_t> labels,
                 const HashedCountsView& counts) {
  count_hashed(ctx, logits, labels, counts);
}

void move_cells(Context& ctx, const HashedCountsView& from, const HashedCountsView& to) {
  launch(ctx, "move_cells_kernel", move_cells_kernel, {blocks_for(from.capacity)}, from, to);
}

// What is sorted are as many entries as there are rows, each of which took one at most: the number
// of cells only the device knows, and nothing waits. With many rows it is asked: sorting millions
// of empty entries takes longer than counting did.
void information(Context& ctx, const HashedCountsView& counts, std::int64_t rows,
                 View<double> row) {
  HashedCountsView cells = counts;
  cells.capacity = std::clamp<std::int64_t>(rows, 1, counts.capacity);
  std::int64_t chunks = hashed_chunks(cells.capacity);
  const std::size_t entry_bytes = static_cast<std::size_t>(cells.capacity) * sizeof(HashedEntry);
  const std::size_t partial_bytes =
      static_cast<std::size_t>(chunks) * kHashedChunkFields * sizeof(double);
  std::size_t to_select = 0;
  std::size_t by_symbol = 0;
  std::size_t by_label = 0;
  select_taken(ctx, nullptr, to_select, counts, nullptr, nullptr);
  sort_entries(ctx, nullptr, by_symbol, nullptr, cells.capacity, BySymbol{});
  sort_entries(ctx, nullptr, by_label, nullptr, cells.capacity, ByLabel{});
  // Scratch holds CUB's own memory, which needs the alignment of the allocation, the entries, the
  // chunks' sums and the number of entries.
  const std::size_t cub_bytes = padded(std::max({to_select, by_symbol, by_label}));
  auto* temporary = static_cast<std::byte*>(
      ctx.scratch(cub_bytes + entry_bytes + partial_bytes + sizeof(std::int64_t)));
  auto* sorted = reinterpret_cast<HashedEntry*>(temporary + cub_bytes);
  auto* partial = reinterpret_cast<double*>(temporary + cub_bytes + entry_bytes);
  auto* taken =
      reinterpret_cast<std::int64_t*>(temporary + cub_bytes + entry_bytes + partial_bytes);

  ctx.backend().fill_zero(sorted, entry_bytes);
  select_taken(ctx, temporary, to_select, counts, sorted, taken);
  if (rows > kMostRowsUnasked) {
    std::int64_t cells_taken = 0;
    ctx.backend().copy_to_host_sync(&cells_taken, taken, sizeof cells_taken);
    cells.capacity = std::max<std::int64_t>(cells_taken, 1);
    chunks = hashed_chunks(cells.capacity);
  }
  sort_entries(ctx, temporary, by_symbol, sorted, cells.capacity, BySymbol{});
  launch(ctx, "hashed_chunk_kernel", hashed_chunk_kernel, {static_cast<unsigned>(chunks)}, cells,
         rows, sorted, partial);
  sort_entries(ctx, temporary, by_label, sorted, cells.capacity, ByLabel{});
  launch(ctx, "hashed_class_kernel", hashed_class_kernel, {static_cast<unsigned>(counts.classes)},
         cells, rows, sorted, partial, chunks, row.data());
  launch(ctx, "hashed_finish_kernel", hashed_finish_kernel, {1}, cells, rows, partial, chunks,
         row.data());
}

}  // namespace infoplane::cuda
