#pragma once

#include "core/joint_counts.h"
#include "cuda/reduce_columns.cuh"

namespace infoplane::cuda {

/// Rows a class, n(y) = sum over t of n(t, y): a Reducer of reduce_columns.cuh.
struct ClassTotals {
  using Value = std::uint64_t;

  std::int64_t columns;
  const std::uint32_t* counts;
  std::uint64_t* totals;

  __device__ Value reduce(const ColumnWalk& walk) const {
    Value sum = 0;
    for (std::int64_t row = walk.row; row < walk.last; row += walk.step) {
      sum += counts[row * columns + walk.column];
    }
    return sum;
  }
  __device__ static Value merge(Value a, Value b) { return a + b; }
  __device__ void store(std::int64_t column, Value sum) const { totals[column] = sum; }
};

/// Symbols that one block sums; a part of the definition of the order of sums.
constexpr int kChunkSymbols = 4096;
/// Symbols of a chunk that one thread looks through for those that were seen.
constexpr int kThreadSymbols = kChunkSymbols / kBlockThreads;

/// What a chunk contributes, as doubles, counts among them exact.
enum ChunkField : int {
  kChunkSeen = 0,
  kChunkSingletons,
  kChunkEntropyT,
  kChunkEntropyTY,
  kChunkPerClass  ///< then two a class, of class c against the rest: H(T) and H(Y_c | T)
};
INFOPLANE_HD int chunk_fields(int classes) { return kChunkPerClass + 2 * classes; }

/// -p log2 p, and its limit 0 at p = 0.
__device__ inline double entropy_term(double p) { return p > 0.0 ? -p * log2(p) : 0.0; }

__device__ inline std::uint64_t sum_of(const std::uint64_t* totals, int classes) {
  std::uint64_t sum = 0;
  for (int c = 0; c < classes; ++c) {
    sum += totals[c];
  }
  return sum;
}

/// Sum of the values of the block's threads before this one; `total` is that of all.
__device__ inline int block_exclusive_sum(int value, int* total) {
  __shared__ int sums[kBlockThreads];
  const int thread = static_cast<int>(threadIdx.x);
  sums[thread] = value;
  for (int step = 1; step < kBlockThreads; step *= 2) {
    __syncthreads();
    const int before = thread >= step ? sums[thread - step] : 0;
    __syncthreads();
    sums[thread] += before;
  }
  __syncthreads();
  *total = sums[kBlockThreads - 1];
  return sums[thread] - value;
}

// Entropy terms of one chunk of 4096 symbols: of the whole table, and of each class against the
// rest.
//
// Grid     block b takes symbols 4096 b to 4096 b + 4095, whatever the GPU
// Shared   the chunk's row sums and the list of its symbols seen, 40 KB, and block_sum's tree
// Traffic  the table once; the rows seen, which are few, once more a class from the cache
// Why      most symbols are never seen: listing those that were turns C + 1 walks over the table
//          into one, and keeps log2 to where it counts
// Exact    the list is in the order of symbols; sums go by stride and tree, the same on every run
__global__ void __launch_bounds__(kBlockThreads)
    information_chunk_kernel(JointCountsView table, const std::uint64_t* totals, double* partial) {
  __shared__ std::uint64_t row_sums[kChunkSymbols];
  __shared__ std::uint16_t seen[kChunkSymbols];
  const int classes = table.classes;
  const int thread = static_cast<int>(threadIdx.x);
  const std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * kChunkSymbols;
  const std::uint32_t* chunk = table.counts + first * classes;

  for (int t = thread; t < kChunkSymbols; t += kBlockThreads) {
    std::uint64_t sum = 0;
    if (first + t < table.symbols) {
      for (int y = 0; y < classes; ++y) {
        sum += chunk[static_cast<std::int64_t>(t) * classes + y];
      }
    }
    row_sums[t] = sum;
  }
  __syncthreads();
  int mine = 0;
  for (int t = thread * kThreadSymbols; t < (thread + 1) * kThreadSymbols; ++t) {
    mine += row_sums[t] != 0 ? 1 : 0;
  }
  int symbols_seen = 0;
  int slot = block_exclusive_sum(mine, &symbols_seen);
  for (int t = thread * kThreadSymbols; t < (thread + 1) * kThreadSymbols; ++t) {
    if (row_sums[t] != 0) {
      seen[slot++] = static_cast<std::uint16_t>(t);
    }
  }
  __syncthreads();

  const std::uint64_t rows = sum_of(totals, classes);
  const auto n = static_cast<double>(rows);
  double singletons = 0.0;
  double entropy_t = 0.0;
  double entropy_ty = 0.0;
  for (int i = thread; i < symbols_seen; i += kBlockThreads) {
    const int t = seen[i];
    singletons += row_sums[t] == 1 ? 1.0 : 0.0;
    entropy_t += entropy_term(static_cast<double>(row_sums[t]) / n);
    for (int y = 0; y < classes; ++y) {
      entropy_ty += entropy_term(chunk[static_cast<std::int64_t>(t) * classes + y] / n);
    }
  }
  double* out = partial + static_cast<std::int64_t>(blockIdx.x) * chunk_fields(classes);
  singletons = block_sum(singletons);
  entropy_t = block_sum(entropy_t);
  entropy_ty = block_sum(entropy_ty);
  if (thread == 0) {
    out[kChunkSeen] = symbols_seen;
    out[kChunkSingletons] = singletons;
    out[kChunkEntropyT] = entropy_t;
    out[kChunkEntropyTY] = entropy_ty;
  }

  for (int c = 0; c < classes; ++c) {
    double entropy = 0.0;
    double equivocation = 0.0;
    if (totals[c] != 0 && totals[c] != rows) {  // the same for every thread
      const double class_weight = 0.5 / static_cast<double>(totals[c]);
      const double rest_weight = 0.5 / static_cast<double>(rows - totals[c]);
      for (int i = thread; i < symbols_seen; i += kBlockThreads) {
        const int t = seen[i];
        const std::uint32_t in_class = chunk[static_cast<std::int64_t>(t) * classes + c];
        const double p_class = in_class * class_weight;
        const double p_rest = static_cast<double>(row_sums[t] - in_class) * rest_weight;
        const double both = entropy_term(p_class + p_rest);
        entropy += both;
        equivocation += entropy_term(p_class) + entropy_term(p_rest) - both;
      }
      entropy = block_sum(entropy);
      equivocation = block_sum(equivocation);
    }
    if (thread == 0) {
      out[kChunkPerClass + 2 * c] = entropy;
      out[kChunkPerClass + 2 * c + 1] = equivocation;
    }
  }
}

__device__ inline double sum_of_chunks(const double* partial, std::int64_t chunks, int fields,
                                       int field) {
  double sum = 0.0;
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
    sum += partial[chunk * fields + field];
  }
  return sum;
}

/// The field of the row that a chunk's first fields add up to.
__device__ inline int field_of_chunks(int field) {
  switch (field) {
    case kChunkSeen: return kInfoSymbols;
    case kChunkSingletons: return kInfoSingletons;
    case kChunkEntropyT: return kInfoEntropyT;
    default: return kInfoEntropyTY;
  }
}

/// Adds the chunks up in their order, a thread a field, and lays out `row` as InformationField
/// says. One block.
__global__ void __launch_bounds__(kBlockThreads)
    information_finish_kernel(JointCountsView table, const std::uint64_t* totals,
                              std::int64_t chunks, const double* partial, double* row) {
  const int classes = table.classes;
  const int fields = chunk_fields(classes);
  const std::uint64_t rows = sum_of(totals, classes);
  const auto n = static_cast<double>(rows);
  if (threadIdx.x == 0) {
    double entropy_y = 0.0;
    std::uint64_t correct = 0;
    for (int y = 0; y < classes; ++y) {
      entropy_y += rows == 0 ? 0.0 : entropy_term(static_cast<double>(totals[y]) / n);
      correct += table.tallies[kTallyCorrect + y];
    }
    row[kInfoRows] = n;
    row[kInfoBadLogits] = static_cast<double>(table.tallies[kTallyBadLogits]);
    row[kInfoBadLabels] = static_cast<double>(table.tallies[kTallyBadLabels]);
    row[kInfoEntropyY] = entropy_y;
    row[kInfoCorrect] = static_cast<double>(correct);
    row[kInfoLoss] = rows == 0 ? 0.0 : tallied_loss_nats(table.tallies) / n;
  }
  const int thread = static_cast<int>(threadIdx.x);
  if (thread < kChunkPerClass) {
    row[field_of_chunks(thread)] = sum_of_chunks(partial, chunks, fields, thread);
  }
  for (int c = thread; c < classes; c += kBlockThreads) {
    const bool split = totals[c] != 0 && totals[c] != rows;
    const double entropy = sum_of_chunks(partial, chunks, fields, kChunkPerClass + 2 * c);
    const double equivocation = sum_of_chunks(partial, chunks, fields, kChunkPerClass + 2 * c + 1);
    double* out = row + kInfoPerClass + c * kInfoClassFields;
    out[kInfoClassRows] = static_cast<double>(totals[c]);
    out[kInfoClassCorrect] = static_cast<double>(table.tallies[kTallyCorrect + c]);
    // Within its bounds but for rounding, as those of ClassPlane; H(Y_c) = 1.
    out[kInfoClassIxt] = entropy > 0.0 ? entropy : 0.0;
    const double i_ty = split ? 1.0 - equivocation : 0.0;
    out[kInfoClassIty] = i_ty > 0.0 ? (i_ty < 1.0 ? i_ty : 1.0) : 0.0;
  }
}

}  // namespace infoplane::cuda
