#pragma once

#include "cuda/hashed_counts.cuh"
#include "cuda/logit_row.cuh"
#include "cuda/row_tiles.cuh"

namespace infoplane::cuda {

/// Threads a block here, and the rows of a tile: a warp has one of each.
constexpr int kWarpRowsThreads = 512;
constexpr int kWarpRowsTile = kWarpRowsThreads / kWarpThreads;

/// The tiles that fit a block's shared memory; no stages where not one does.
template <class Label>
TileShape warp_rows_shape(int classes, bool bulk, std::int64_t shared_bytes) {
  TileShape shape{kWarpRowsTile, bulk ? 3 : 1, bulk};
  while (shape.stages > 0 && row_tiles_bytes<Label>(shape, classes) > shared_bytes) {
    --shape.stages;
  }
  return shape;
}

/// Adds to a row's symbol what the warp's classes from `first` on have.
__device__ inline void push_group(const HashedCountsView& table, const RowSoftmax& softmax,
                                  const float* z, int first, float least, SparseRank& symbol) {
  const int c = first + static_cast<int>(threadIdx.x) % kWarpThreads;
  const bool may_have_a_bin = c < table.classes && add_rn(z[c], -softmax.max) >= least;
  if (__ballot_sync(kWholeWarp, may_have_a_bin ? 1 : 0) == 0) {
    return;
  }
  const int bin = may_have_a_bin ? bin_index(row_probability(softmax, z[c]), table.bins) : 0;
  for (unsigned left = __ballot_sync(kWholeWarp, bin > 0 ? 1 : 0); left != 0; left &= left - 1) {
    const int next = __ffs(static_cast<int>(left)) - 1;
    symbol.push(first + next, __shfl_sync(kWholeWarp, bin, next));
  }
}

/// The rank of a row's symbol, known to the whole warp.
__device__ inline WideRank symbol_of_warp(const HashedCountsView& table, const RowSoftmax& softmax,
                                          ClassGroups groups, const float* z) {
  const float least = least_in_a_bin(softmax.sum, table.bins);
  SparseRank symbol(table.steps, table.bins);
  for (int base = 0; base < table.classes; base += kClassGroups * kWarpThreads) {
    for (ClassGroups left = groups; left != 0; left &= left - 1) {
      const int group = __ffs(static_cast<int>(left)) - 1;
      push_group(table, softmax, z, base + group * kWarpThreads, least, symbol);
    }
  }
  return symbol.rank(table.classes);
}

// Softmax -> bin -> rank -> count in a hashed table for hundreds of classes and more
// (docs/counting.md).
//
// Grid     persistent: the blocks that the GPU holds at a time, a tile of 16 rows after the other,
//          a warp a row
// Shared   up to three tiles, 64 KB each at 1000 classes, and the tree of block_sum
// Traffic  logits and labels once, by bulk copies tiles ahead; for a row one probe or two of 32
//          bytes, at random, and one atomic, and one for a correct row
// Why      a tile of 256 such rows does not fit, and 32 lanes are the 32 partial sums of the
//          contract. At most B classes have a bin that is not zero, and none that lies more than
//          log B below the largest: the pass that sums notes the 32 neighbours of each other one,
//          and only those are visited again
// Exact    the arithmetic of core/counting.h in its order, keys compared whole, and integer sums
template <class Label>
__global__ void __launch_bounds__(kWarpRowsThreads, 2)  // for a third block it would spill
    count_warp_rows_kernel(HashedCountsView table, TileShape shape, std::int64_t rows,
                           const float* logits, const Label* labels) {
  const int classes = table.classes;
  const int warp = static_cast<int>(threadIdx.x) / kWarpThreads;
  const bool leads = threadIdx.x % kWarpThreads == 0;
  RowTiles<Label> tiles(shape, classes, rows, logits, labels);
  std::uint64_t loss = 0;
  std::uint64_t bad_logits = 0;
  std::uint64_t bad_labels = 0;
  while (tiles.next()) {
    if (warp < tiles.rows()) {
      const float* z = tiles.logits() + static_cast<std::int64_t>(warp) * classes;
      const auto label = static_cast<std::int32_t>(tiles.labels()[warp]);
      ClassGroups groups = 0;
      const RowSoftmax softmax = row_softmax_of_warp(classes, z, table.bins, &groups);
      if (!softmax.valid) {
        bad_logits += leads ? 1 : 0;
      } else if (label < 0 || label >= classes) {
        bad_labels += leads ? 1 : 0;
      } else {
        const WideRank symbol = symbol_of_warp(table, softmax, groups, z);
        if (leads) {
          add_to_cell<DeviceAtomics>(table, symbol, kFirstOwner + static_cast<std::uint32_t>(label),
                                     1);
          loss += row_loss_fixed(softmax, z[label]);
          if (softmax.argmax == label) {
            add_tally(&table.tallies[kTallyCorrect + label], 1);
          }
        }
      }
    }
    tiles.release();
  }
  add_row_tallies<kWarpRowsThreads>(table.tallies, loss, bad_logits, bad_labels);
}

}  // namespace infoplane::cuda
