#include <algorithm>
#include <cstddef>
#include <cub/device/device_merge_sort.cuh>

#include "cuda/check.h"
#include "cuda/cuda_backend.h"
#include "cuda/hashed_counts.cuh"
#include "cuda/hashed_counts.h"
#include "cuda/hashed_information.cuh"

namespace infoplane::cuda {
namespace {

/// Sorts entries in place. With null `temporary`, only says how much of it is needed.
template <class Order>
void sort_entries(Context& ctx, void* temporary, std::size_t& bytes, HashedEntry* entries,
                  std::int64_t size, Order order) {
  INFOPLANE_CUDA_CHECK(
      cub::DeviceMergeSort::SortKeys(temporary, bytes, entries, size, order, gpu(ctx).stream()));
}

}  // namespace

void count_joint(Context& ctx, View<const float> logits, View<const std::int32_t> labels,
                 const HashedCountsView& counts) {
  count_hashed_kernel<<<blocks_for(labels.size()), kBlockThreads, 0, gpu(ctx).stream()>>>(
      counts, labels.size(), logits.data(), labels.data());
  gpu(ctx).check_launch("count_hashed_kernel");
}

void move_cells(Context& ctx, const HashedCountsView& from, const HashedCountsView& to) {
  move_cells_kernel<<<blocks_for(from.capacity), kBlockThreads, 0, gpu(ctx).stream()>>>(from, to);
  gpu(ctx).check_launch("move_cells_kernel");
}

// The capacity, and not the number of cells, which only the device knows, is what is copied and
// sorted: nothing waits.
void information(Context& ctx, const HashedCountsView& counts, std::int64_t rows,
                 View<double> row) {
  const std::int64_t chunks = hashed_chunks(counts.capacity);
  const std::size_t entry_bytes = static_cast<std::size_t>(counts.capacity) * sizeof(HashedEntry);
  const std::size_t partial_bytes =
      static_cast<std::size_t>(chunks) * kHashedChunkFields * sizeof(double);
  std::size_t by_symbol = 0;
  std::size_t by_label = 0;
  sort_entries(ctx, nullptr, by_symbol, nullptr, counts.capacity, BySymbol{});
  sort_entries(ctx, nullptr, by_label, nullptr, counts.capacity, ByLabel{});
  // Scratch holds the sort's own memory, which needs the alignment of the allocation, the entries
  // and the chunks' sums.
  constexpr std::size_t kAlignment = 256;
  const std::size_t sort_bytes =
      (std::max(by_symbol, by_label) + kAlignment - 1) / kAlignment * kAlignment;
  auto* temporary = static_cast<std::byte*>(ctx.scratch(sort_bytes + entry_bytes + partial_bytes));
  auto* sorted = reinterpret_cast<HashedEntry*>(temporary + sort_bytes);
  auto* partial = reinterpret_cast<double*>(temporary + sort_bytes + entry_bytes);

  ctx.backend().copy(sorted, counts.entries, entry_bytes);
  sort_entries(ctx, temporary, by_symbol, sorted, counts.capacity, BySymbol{});
  hashed_chunk_kernel<<<static_cast<unsigned>(chunks), kBlockThreads, 0, gpu(ctx).stream()>>>(
      counts, rows, sorted, partial);
  gpu(ctx).check_launch("hashed_chunk_kernel");
  sort_entries(ctx, temporary, by_label, sorted, counts.capacity, ByLabel{});
  hashed_class_kernel<<<static_cast<unsigned>(counts.classes), kBlockThreads, 0,
                        gpu(ctx).stream()>>>(counts, rows, sorted, partial, chunks, row.data());
  gpu(ctx).check_launch("hashed_class_kernel");
  hashed_finish_kernel<<<1, kBlockThreads, 0, gpu(ctx).stream()>>>(counts, rows, partial, chunks,
                                                                   row.data());
  gpu(ctx).check_launch("hashed_finish_kernel");
}

}  // namespace infoplane::cuda
