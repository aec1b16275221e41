#pragma once

#include "cuda/hashed_counts.cuh"
#include "cuda/logit_row.cuh"
#include "cuda/row_tiles.cuh"

namespace infoplane::cuda {

/// Rows a tile here: a thread of a block has one of each.
constexpr int kThreadRowsTile = kBlockThreads;
/// More classes than any tile of so many rows has room for.
constexpr int kMostThreadRowClasses = 256;

/// The tiles that fit a block's shared memory; no stages where not one does.
template <class Label>
TileShape thread_rows_shape(int classes, bool bulk, std::int64_t shared_bytes) {
  TileShape shape{kThreadRowsTile, bulk ? 2 : 1, bulk};
  while (shape.stages > 0 && row_tiles_bytes<Label>(shape, classes) > shared_bytes) {
    --shape.stages;
  }
  return classes <= kMostThreadRowClasses ? shape : TileShape{};
}

// Softmax -> bin -> rank -> count in a hashed table for about a hundred classes (docs/counting.md).
//
// Grid     persistent: the blocks that the GPU holds at a time, a tile of 256 rows after the other,
//          a thread a row
// Shared   two tiles, 102 KB each at 100 classes; correct rows a class, and block_sum's tree: 3 KB
// Traffic  logits and labels once, by bulk copies a tile ahead; for a row one probe or two of 32
//          bytes, at random, and one atomic
// Why      a thread a row needs no exchange between threads, and 100 divides into a warp badly;
//          rows of 4 k floats, k odd, are read four at a time without bank conflicts. A tile in
//          shared memory is read three times; from L2 all of that would be bytes moved
// Exact    the arithmetic of core/counting.h, keys compared whole, and integer sums
template <bool kQuads, class Label>
__global__ void __launch_bounds__(kBlockThreads, 1)
    count_thread_rows_kernel(HashedCountsView table, TileShape shape, std::int64_t rows,
                             const float* logits, const Label* labels) {
  __shared__ std::uint32_t correct[kMostThreadRowClasses];
  const int classes = table.classes;
  const int thread = static_cast<int>(threadIdx.x);
  RowTiles<Label> tiles(shape, classes, rows, logits, labels);
  correct[thread] = 0;  // as many as threads
  __syncthreads();

  std::uint64_t loss = 0;
  std::uint64_t bad_logits = 0;
  std::uint64_t bad_labels = 0;
  while (tiles.next()) {
    if (thread < tiles.rows()) {
      const float* z = tiles.logits() + thread * classes;
      const auto label = static_cast<std::int32_t>(tiles.labels()[thread]);
      const RowSoftmax softmax = row_softmax_wide<kQuads>(classes, z);
      if (!softmax.valid) {
        ++bad_logits;
      } else if (label < 0 || label >= classes) {
        ++bad_labels;
      } else {
        const float least = least_in_a_bin(softmax.sum, table.bins);
        SparseRank symbol(table.steps, table.bins);
        for (int c = 0; c < classes; c += 4) {
          const float4 four = four_logits<kQuads>(classes, z, c);
          const float values[4] = {four.x, four.y, four.z, four.w};
          for (int i = 0; i < 4; ++i) {
            if (add_rn(values[i], -softmax.max) >= least) {
              symbol.push(c + i, bin_index(row_probability(softmax, values[i]), table.bins));
            }
          }
        }
        add_to_cell<DeviceAtomics>(table, symbol.rank(classes),
                                   kFirstOwner + static_cast<std::uint32_t>(label), 1);
        loss += row_loss_fixed(softmax, z[label]);
        if (softmax.argmax == label) {
          atomicAdd(&correct[label], 1u);
        }
      }
    }
    tiles.release();
  }

  add_row_tallies<kBlockThreads>(table.tallies, loss, bad_logits, bad_labels);
  if (thread < classes) {
    add_tally(&table.tallies[kTallyCorrect + thread], correct[thread]);
  }
}

}  // namespace infoplane::cuda
