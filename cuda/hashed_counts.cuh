#pragma once

#include "core/hashed_counts.h"
#include "core/joint_counts.h"
#include "cuda/grid.cuh"
#include "cuda/logit_row.cuh"
#include "cuda/row_tallies.cuh"

namespace infoplane::cuda {

/// What add_to_cell needs (core/hashed_counts.h).
struct DeviceAtomics {
  __device__ static std::uint32_t load(std::uint32_t& word) {
    return __nv_atomic_load_n(&word, __NV_ATOMIC_ACQUIRE, __NV_THREAD_SCOPE_DEVICE);
  }
  __device__ static bool claim(std::uint32_t& word) {
    return atomicCAS(&word, kEmptyEntry, kClaimedEntry) == kEmptyEntry;
  }
  __device__ static void publish(std::uint32_t& word, std::uint32_t owner) {
    __nv_atomic_store_n(&word, owner, __NV_ATOMIC_RELEASE, __NV_THREAD_SCOPE_DEVICE);
  }
  __device__ static void add(std::uint32_t& word, std::uint32_t times) { atomicAdd(&word, times); }
};

// Fused softmax -> bin -> rank -> count in a hashed table.
//
// Grid     a thread a row, in strides; as many blocks as fill the GPU
// Shared   the tree of block_sum for the tallies, 2 KB
// Traffic  logits once from DRAM, twice more from the caches; for a row one probe or two of 32
//          bytes, at random, and one atomic; an atomic on the tallies for a correct row
// Why      a row alone needs all of its logits twice before its key is known; rows share nothing
// Exact    the arithmetic of core/counting.h, keys compared whole, and integer sums
template <class Label>
__global__ void __launch_bounds__(kBlockThreads)
    count_hashed_kernel(HashedCountsView table, std::int64_t rows, const float* logits,
                        const Label* labels) {
  const int classes = table.classes;
  std::uint64_t loss = 0;
  std::uint64_t bad_logits = 0;
  std::uint64_t bad_labels = 0;
  for (std::int64_t n = grid_thread(); n < rows; n += grid_threads()) {
    const float* z = logits + n * classes;
    const auto label = static_cast<std::int32_t>(labels[n]);
    const RowSoftmax softmax = row_softmax(classes, LogitRow{z});
    if (!softmax.valid) {
      ++bad_logits;
      continue;
    }
    if (label < 0 || label >= classes) {
      ++bad_labels;
      continue;
    }
    SparseRank symbol(table.steps, table.bins);
    for (int c = 0; c < classes; ++c) {
      const int bin = bin_index(row_probability(softmax, z[c]), table.bins);
      if (bin > 0) {
        symbol.push(c, bin);
      }
    }
    add_to_cell<DeviceAtomics>(table, symbol.rank(classes),
                               kFirstOwner + static_cast<std::uint32_t>(label), 1);
    loss += row_loss_fixed(softmax, z[label]);
    if (softmax.argmax == label) {
      add_tally(&table.tallies[kTallyCorrect + label], 1);
    }
  }
  add_row_tallies(table.tallies, loss, bad_logits, bad_labels);
}

}  // namespace infoplane::cuda
