#pragma once

#include "core/hashed_counts.h"
#include "core/joint_counts.h"
#include "core/tuples.h"
#include "cuda/grid.cuh"
#include "cuda/hashed_counts.cuh"

namespace infoplane::cuda {

/// Why rows are rejected, summed over a block into the table. To be called by all its threads.
__device__ inline void add_rejected(const HashedCountsView& counts, std::uint64_t bad_values,
                                    std::uint64_t bad_labels) {
  bad_values = block_sum(bad_values);
  bad_labels = block_sum(bad_labels);
  if (threadIdx.x == 0) {
    add_tally(&counts.tallies[kTallyBadLogits], bad_values);
    add_tally(&counts.tallies[kTallyBadLabels], bad_labels);
  }
}

__device__ inline bool is_class(const HashedCountsView& counts, std::int32_t label) {
  return label >= 0 && label < counts.classes;
}

/// Entries are 64-bit words, which CUDA's atomics know as unsigned long long.
__device__ inline unsigned long long* atomic_word(std::uint64_t* word) {
  static_assert(sizeof(std::uint64_t) == sizeof(unsigned long long));
  return reinterpret_cast<unsigned long long*>(word);
}

// Bins -> number -> count in a hashed table, for layers whose tuples fit a number.
//
// Grid     a thread a row, in strides; as many blocks as fill the GPU
// Shared   block_sum's trees for the rejected rows
// Traffic  values and labels once; for a row one probe or two of 32 bytes, at random, and an atomic
// Why      such a row has at most 128 values, at 30 bins 26: neighbours' cache lines overlap
// Exact    comparisons with the edges, numbers compared whole, and integer sums
__global__ void __launch_bounds__(kBlockThreads)
    count_tuples_kernel(HashedCountsView counts, TupleBinsView bins, std::int64_t rows,
                        const float* values, const std::int32_t* labels) {
  const BinFinder bin_of(bins);
  std::uint64_t bad_values = 0;
  std::uint64_t bad_labels = 0;
  for (std::int64_t n = grid_thread(); n < rows; n += grid_threads()) {
    WideRank symbol = 0;
    if (!tuple_number(bins, bin_of, values + n * bins.units, symbol)) {
      ++bad_values;
    } else if (!is_class(counts, labels[n])) {
      ++bad_labels;
    } else {
      add_to_cell<DeviceAtomics>(counts, symbol,
                                 kFirstOwner + static_cast<std::uint32_t>(labels[n]), 1);
    }
  }
  add_rejected(counts, bad_values, bad_labels);
}

// Wider layers, step 1 of 3: tuples into the store, and each row's entry.
//
// Grid     a block a row, in strides; a thread eight units, in strides
// Shared   block_sum's trees, 4 KB
// Traffic  values once; a byte a unit written, and 8 a row
// Why      a row has 27 values at the least and may have 100,000: one thread would read them far
//          apart from its neighbours'
// Exact    comparisons with the edges; the digest is a sum of integers, which has no order
__global__ void __launch_bounds__(kBlockThreads)
    store_tuples_kernel(HashedCountsView counts, TupleBinsView bins, TupleStoreView store,
                        std::int64_t first, std::int64_t rows, const float* values,
                        const std::int32_t* labels, std::uint64_t* entries) {
  const BinFinder bin_of(bins);
  std::uint64_t bad_values = 0;  // of all the block's rows, in its first thread
  std::uint64_t bad_labels = 0;
  for (std::int64_t n = blockIdx.x; n < rows; n += gridDim.x) {
    const float* row = values + n * bins.units;
    std::uint64_t* tuple = store.tuples + (first + n) * store.words;
    std::uint64_t digest = 0;
    std::uint64_t outside = 0;
    for (std::int64_t w = threadIdx.x; w < store.words; w += kBlockThreads) {
      std::uint64_t word = 0;
      outside += tuple_word(bins, bin_of, row, w, word) ? 0 : 1;
      tuple[w] = word;
      digest += word_digest(w, word);
    }
    digest = block_sum(digest);
    outside = block_sum(outside);
    if (threadIdx.x == 0) {
      const bool bad_label = outside == 0 && !is_class(counts, labels[n]);
      bad_values += outside > 0 ? 1 : 0;
      bad_labels += bad_label ? 1 : 0;
      entries[n] = outside > 0 || bad_label ? kNoEntry : tuple_entry(digest, first + n);
    }
  }
  if (threadIdx.x == 0) {
    add_tally(&counts.tallies[kTallyBadLogits], bad_values);
    add_tally(&counts.tallies[kTallyBadLabels], bad_labels);
  }
}

// Wider layers, step 2 of 3: finds or makes the entry of each row's tuple, lowers it to the row's,
// and leaves its place in the row's stead.
//
// Grid     a block a row, in strides
// Shared   one entry, and block_sum's tree
// Traffic  a row's tuple, and its like's where the digest is the same: 2 K bytes; an atomic or two
// Why      comparing is nearly all of it, and a block compares words that are neighbours; the first
//          thread alone does the atomics
// Exact    tuples are compared whole, and were written by an earlier kernel; entries of one tuple
//          differ in the row alone, and the smallest is left
__global__ void __launch_bounds__(kBlockThreads)
    intern_kernel(TupleStoreView store, std::int64_t rows, std::uint64_t* entries) {
  __shared__ std::uint64_t found;
  for (std::int64_t n = blockIdx.x; n < rows; n += gridDim.x) {
    const std::uint64_t own = entries[n];
    std::uint64_t place = own == kNoEntry ? kNoPlace : entry_place(store, own);
    while (place != kNoPlace) {
      if (threadIdx.x == 0) {
        // What was there: nothing, and then our entry is there now, or an entry.
        found = atomicCAS(atomic_word(&store.entries[place]), 0ull,
                          static_cast<unsigned long long>(own));
      }
      __syncthreads();
      const std::uint64_t there = found;
      std::uint64_t differing = there != kNoEntry && !same_digest(there, own) ? 1 : 0;
      if (there != kNoEntry && differing == 0) {
        const std::uint64_t* a = store.tuples + entry_row(own) * store.words;
        const std::uint64_t* b = store.tuples + entry_row(there) * store.words;
        for (std::int64_t w = threadIdx.x; w < store.words; w += kBlockThreads) {
          differing += a[w] == b[w] ? 0 : 1;
        }
      }
      if (block_sum(differing) == 0) {
        break;
      }
      place = next_place(store, place);
    }
    __syncthreads();  // all have read the row's entry
    if (threadIdx.x == 0) {
      if (place != kNoPlace) {
        atomicMin(atomic_word(&store.entries[place]), static_cast<unsigned long long>(own));
      }
      entries[n] = place;
    }
  }
}

/// Wider layers, step 3 of 3: counts rows by the place of their tuple's entry. A thread a row, in
/// strides; entries no longer change.
__global__ void __launch_bounds__(kBlockThreads)
    count_stored_kernel(HashedCountsView counts, TupleStoreView store, std::int64_t rows,
                        const std::uint64_t* places, const std::int32_t* labels) {
  for (std::int64_t n = grid_thread(); n < rows; n += grid_threads()) {
    if (places[n] != kNoPlace) {
      add_to_cell<DeviceAtomics>(counts, static_cast<WideRank>(entry_row(store.entries[places[n]])),
                                 kFirstOwner + static_cast<std::uint32_t>(labels[n]), 1);
    }
  }
}

/// Puts the entries of one store into another, an empty one: a thread an entry, in strides.
__global__ void __launch_bounds__(kBlockThreads)
    move_entries_kernel(TupleStoreView from, TupleStoreView to) {
  for (std::int64_t i = grid_thread(); i < from.capacity; i += grid_threads()) {
    const auto entry = static_cast<unsigned long long>(from.entries[i]);
    if (entry == kNoEntry) {
      continue;
    }
    std::uint64_t place = entry_place(to, entry);
    while (atomicCAS(atomic_word(&to.entries[place]), 0ull, entry) != kNoEntry) {
      place = next_place(to, place);
    }
  }
}

/// The entries that a store's first rows would have as rows `first`, first + 1, ... of another: by
/// row, into an array that is all kNoEntry. A thread an entry, in strides.
__global__ void __launch_bounds__(kBlockThreads)
    shift_entries_kernel(TupleStoreView from, std::int64_t first, std::uint64_t* entries) {
  for (std::int64_t i = grid_thread(); i < from.capacity; i += grid_threads()) {
    const std::uint64_t entry = from.entries[i];
    if (entry != kNoEntry) {
      entries[entry_row(entry)] = tuple_entry(entry, first + entry_row(entry));
    }
  }
}

/// Adds the cells of one table to another, where symbols are what the entries at `places` say: a
/// thread a cell, in strides.
__global__ void __launch_bounds__(kBlockThreads)
    add_stored_kernel(HashedCountsView from, const std::uint64_t* places, TupleStoreView store,
                      HashedCountsView to) {
  for (std::int64_t i = grid_thread(); i < from.capacity; i += grid_threads()) {
    const HashedEntry cell = from.entries[i];
    if (cell.owner != kEmptyEntry) {
      const std::uint64_t place = places[static_cast<std::int64_t>(cell.symbol)];
      add_to_cell<DeviceAtomics>(to, static_cast<WideRank>(entry_row(store.entries[place])),
                                 cell.owner, cell.count);
    }
  }
}

/// The smaller and the larger of a block's numbers, known to its first thread.
__device__ inline void block_range(float& low, float& high) {
  __shared__ float lows[kBlockThreads];
  __shared__ float highs[kBlockThreads];
  lows[threadIdx.x] = low;
  highs[threadIdx.x] = high;
  for (unsigned half = kBlockThreads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) {
      lows[threadIdx.x] = fminf(lows[threadIdx.x], lows[threadIdx.x + half]);
      highs[threadIdx.x] = fmaxf(highs[threadIdx.x], highs[threadIdx.x + half]);
    }
  }
  if (threadIdx.x == 0) {  // who wrote them last
    low = lows[0];
    high = highs[0];
  }
}

// The smallest and the largest finite value of each block: partial [2, blocks].
//
// Grid     a thread a value, in strides; as many blocks as fill the GPU
// Shared   the two trees, 2 KB
// Traffic  values once
// Why      floats have no atomic minimum; a second, small launch joins the blocks
// Exact    minimum and maximum have no order
__global__ void __launch_bounds__(kBlockThreads)
    value_range_kernel(std::int64_t size, const float* values, float* partial) {
  float low = HUGE_VALF;
  float high = -HUGE_VALF;
  for (std::int64_t i = grid_thread(); i < size; i += grid_threads()) {
    const float value = values[i];
    if (fabsf(value) < HUGE_VALF) {
      low = fminf(low, value);
      high = fmaxf(high, value);
    }
  }
  block_range(low, high);
  if (threadIdx.x == 0) {
    partial[blockIdx.x] = low;
    partial[gridDim.x + blockIdx.x] = high;
  }
}

/// range [2] becomes the smallest and the largest of itself and the blocks' numbers. One block.
__global__ void __launch_bounds__(kBlockThreads)
    widen_range_kernel(unsigned blocks, const float* partial, float* range) {
  float low = range[0];
  float high = range[1];
  for (unsigned i = threadIdx.x; i < blocks; i += kBlockThreads) {
    low = fminf(low, partial[i]);
    high = fmaxf(high, partial[blocks + i]);
  }
  block_range(low, high);
  if (threadIdx.x == 0) {
    range[0] = low;
    range[1] = high;
  }
}

/// edges [B + 1] of B equal intervals of range [2]. One block, a thread an edge, in strides.
__global__ void __launch_bounds__(kBlockThreads)
    equal_intervals_kernel(int bins, const float* range, float* edges) {
  for (int k = static_cast<int>(threadIdx.x); k <= bins; k += kBlockThreads) {
    edges[k] = k < bins ? interval_start(range[0], range[1], k, bins) : range[1];
  }
}

}  // namespace infoplane::cuda
