#pragma once

#include "core/class_plane.h"
#include "core/counting.h"
#include "core/hashed_counts.h"
#include "core/joint_counts.h"
#include "cuda/grid.cuh"

namespace infoplane::cuda {

/// Entries that one block sums; a part of the definition of the order of sums.
constexpr std::int64_t kChunkEntries = 4096;

/// What a chunk of entries contributes, as doubles, counts among them exact.
enum HashedChunkField : int {
  kHashedSymbols = 0,
  kHashedSingletons,
  kHashedEntropyT,      ///< sum of n(t) (log2 N - log2 n(t))
  kHashedEntropyTY,     ///< likewise of n(t, y)
  kHashedRowsLog2Rows,  ///< sum of n(t) log2 n(t)
  kHashedChunkFields
};

inline std::int64_t hashed_chunks(std::int64_t capacity) {
  return (capacity + kChunkEntries - 1) / kChunkEntries;
}

/// N: what was given and not rejected.
__device__ inline std::uint64_t rows_counted(const HashedCountsView& table, std::int64_t given) {
  return static_cast<std::uint64_t>(given) - table.tallies[kTallyBadLogits] -
         table.tallies[kTallyBadLabels];
}

// Entropy terms of the whole table, and n(t) for each entry of `sorted`: table.capacity entries, a
// copy of those that are taken by symbol, then label, empty ones last.
//
// Grid     block b takes entries 4096 b to 4096 b + 4095, whatever the GPU
// Shared   block_sum's trees
// Traffic  the entries once, and their n(t) written
// Why      a symbol's entries are neighbours: the thread at the first walks to the last
// Exact    the order of entries is that of symbols; sums go by stride and tree
__global__ void __launch_bounds__(kBlockThreads)
    hashed_chunk_kernel(HashedCountsView table, std::int64_t given, HashedEntry* sorted,
                        double* partial) {
  const std::uint64_t rows = rows_counted(table, given);
  const double log2_n = rows > 0 ? log2(static_cast<double>(rows)) : 0.0;
  const std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * kChunkEntries;
  const std::int64_t end = first + kChunkEntries;
  const std::int64_t last = end < table.capacity ? end : table.capacity;
  double symbols = 0.0;
  double singletons = 0.0;
  double entropy_t = 0.0;
  double entropy_ty = 0.0;
  double rows_log2_rows = 0.0;
  for (std::int64_t i = first + threadIdx.x; i < last; i += kBlockThreads) {
    if (sorted[i].owner == kEmptyEntry) {
      break;
    }
    const WideRank symbol = sorted[i].symbol;
    const auto n_ty = static_cast<double>(sorted[i].count);
    entropy_ty += n_ty * (log2_n - log2(n_ty));
    if (i > 0 && sorted[i - 1].symbol == symbol) {
      continue;
    }
    std::uint64_t symbol_rows = 0;
    std::int64_t next = i;
    for (; next < table.capacity && sorted[next].owner != kEmptyEntry &&
           sorted[next].symbol == symbol;
         ++next) {
      symbol_rows += sorted[next].count;
    }
    for (std::int64_t k = i; k < next; ++k) {
      sorted[k].rows = symbol_rows;
    }
    const auto n_t = static_cast<double>(symbol_rows);
    symbols += 1.0;
    singletons += symbol_rows == 1 ? 1.0 : 0.0;
    entropy_t += n_t * (log2_n - log2(n_t));
    rows_log2_rows += n_t * log2(n_t);
  }
  symbols = block_sum(symbols);
  singletons = block_sum(singletons);
  entropy_t = block_sum(entropy_t);
  entropy_ty = block_sum(entropy_ty);
  rows_log2_rows = block_sum(rows_log2_rows);
  if (threadIdx.x == 0) {
    double* out = partial + static_cast<std::int64_t>(blockIdx.x) * kHashedChunkFields;
    out[kHashedSymbols] = symbols;
    out[kHashedSingletons] = singletons;
    out[kHashedEntropyT] = entropy_t;
    out[kHashedEntropyTY] = entropy_ty;
    out[kHashedRowsLog2Rows] = rows_log2_rows;
  }
}

/// Adds up a field of the chunks: by stride, then by tree. To be called by a whole block.
__device__ inline double sum_of_hashed_chunks(const double* partial, std::int64_t chunks,
                                              HashedChunkField field) {
  double sum = 0.0;
  for (std::int64_t chunk = threadIdx.x; chunk < chunks; chunk += kBlockThreads) {
    sum += partial[chunk * kHashedChunkFields + field];
  }
  return block_sum(sum);
}

/// The first of the entries, sorted by label, that belongs to `owner` or a later one.
__device__ inline std::int64_t first_of(const HashedEntry* sorted, std::int64_t size,
                                        std::uint32_t owner) {
  std::int64_t low = 0;
  std::int64_t high = size;
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    const std::uint32_t here = sorted[middle].owner;
    if (here != kEmptyEntry && here < owner) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

// The four numbers of each class in `row`, from `sorted`, the entries by label, then symbol, with
// the n(t) that hashed_chunk_kernel found.
//
// Grid     block c takes class c
// Shared   block_sum's trees
// Traffic  the entries once
// Why      the label's entries are neighbours; symbols without the class's rows need no visit
// Exact    the order of entries is that of symbols; sums go by stride and tree
//
// One block a multiprocessor is promised: with the default of several its sums would spill.
__global__ void __launch_bounds__(kBlockThreads, 1)
    hashed_class_kernel(HashedCountsView table, std::int64_t given, const HashedEntry* sorted,
                        const double* partial, std::int64_t chunks, double* row) {
  const auto c = static_cast<std::uint32_t>(blockIdx.x);
  const std::uint64_t rows = rows_counted(table, given);
  const std::int64_t first = first_of(sorted, table.capacity, kFirstOwner + c);
  const std::int64_t last = first_of(sorted, table.capacity, kFirstOwner + c + 1);
  std::uint64_t own = 0;
  for (std::int64_t i = first + threadIdx.x; i < last; i += kBlockThreads) {
    own += sorted[i].count;
  }
  own = block_sum(own);
  const double rows_log2_rows = sum_of_hashed_chunks(partial, chunks, kHashedRowsLog2Rows);

  const ClassPlane plane(own, rows);
  const bool defined = ClassPlane::defined(own, rows);  // the same for every thread
  ClassPlane::Sums sums;
  if (defined) {
    for (std::int64_t i = first + threadIdx.x; i < last; i += kBlockThreads) {
      plane.add(sums, sorted[i].count, sorted[i].rows);
    }
    sums.pure_log2 = block_sum(sums.pure_log2);
    sums.own_log2 = block_sum(sums.own_log2);
    sums.rest_log2 = block_sum(sums.rest_log2);
    sums.rows_log2 = block_sum(sums.rows_log2);
    sums.entropy = block_sum(sums.entropy);
    sums.pure_rows = block_sum(sums.pure_rows);
    sums.own_rows = block_sum(sums.own_rows);
    sums.rows = block_sum(sums.rows);
  }
  if (threadIdx.x == 0) {
    double* out = row + kInfoPerClass + static_cast<std::int64_t>(c) * kInfoClassFields;
    out[kInfoClassRows] = static_cast<double>(own);
    out[kInfoClassCorrect] = static_cast<double>(table.tallies[kTallyCorrect + c]);
    out[kInfoClassIxt] = defined ? plane.i_xt_bits(sums, rows, rows_log2_rows) : 0.0;
    out[kInfoClassIty] = defined ? plane.i_ty_bits(sums) : 0.0;
  }
}

/// The other fields of `row`, from the chunks and the classes' fields. One block.
__global__ void __launch_bounds__(kBlockThreads)
    hashed_finish_kernel(HashedCountsView table, std::int64_t given, const double* partial,
                         std::int64_t chunks, double* row) {
  const double symbols = sum_of_hashed_chunks(partial, chunks, kHashedSymbols);
  const double singletons = sum_of_hashed_chunks(partial, chunks, kHashedSingletons);
  const double entropy_t = sum_of_hashed_chunks(partial, chunks, kHashedEntropyT);
  const double entropy_ty = sum_of_hashed_chunks(partial, chunks, kHashedEntropyTY);
  const std::uint64_t rows = rows_counted(table, given);
  const auto n = static_cast<double>(rows);
  const double per_row = rows > 0 ? 1.0 / n : 0.0;
  const double log2_n = rows > 0 ? log2(n) : 0.0;
  double entropy_y = 0.0;
  double correct = 0.0;
  for (int y = static_cast<int>(threadIdx.x); y < table.classes; y += kBlockThreads) {
    const double* fields = row + kInfoPerClass + y * kInfoClassFields;
    const double n_y = fields[kInfoClassRows];
    entropy_y += n_y > 0.0 ? n_y * (log2_n - log2(n_y)) : 0.0;
    correct += fields[kInfoClassCorrect];
  }
  entropy_y = block_sum(entropy_y);
  correct = block_sum(correct);
  if (threadIdx.x != 0) {
    return;
  }
  row[kInfoRows] = n;
  row[kInfoBadLogits] = static_cast<double>(table.tallies[kTallyBadLogits]);
  row[kInfoBadLabels] = static_cast<double>(table.tallies[kTallyBadLabels]);
  row[kInfoSymbols] = symbols;
  row[kInfoSingletons] = singletons;
  row[kInfoEntropyT] = entropy_t * per_row;
  row[kInfoEntropyY] = entropy_y * per_row;
  row[kInfoEntropyTY] = entropy_ty * per_row;
  row[kInfoCorrect] = correct;
  row[kInfoLoss] = rows > 0 ? tallied_loss_nats(table.tallies) / n : 0.0;  // as everywhere
}

}  // namespace infoplane::cuda
