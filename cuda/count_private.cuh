#pragma once

#include "core/joint_counts.h"
#include "cuda/hot_cells.cuh"
#include "cuda/logit_row.cuh"
#include "cuda/row_tallies.cuh"
#include "cuda/row_tiles.cuh"

namespace infoplane::cuda {

/// Threads a block here, and rows a tile: a thread has one row of each.
constexpr int kPrivateThreads = 512;

/// What a launch keeps in a block's shared memory.
struct PrivatePlan {
  TileShape shape;
  HotCells hot;            ///< without symbols: this kernel cannot count the table
  std::int64_t bytes = 0;  ///< dynamic shared memory
};

/// Cuts `shared_bytes` of a block up: tiles, three where copies run ahead, or two if that makes
/// more symbols hot; the rank table; the rest for counters.
template <class Label>
PrivatePlan plan_private(int classes, int bins, std::int64_t symbols, bool bulk,
                         std::int64_t shared_bytes) {
  PrivatePlan best;
  if (classes > kMostHotClasses) {
    return best;
  }
  constexpr std::int64_t kWord = sizeof(std::uint32_t);
  const std::int64_t tables = kWord * classes * (bins + 2);  // ranks and correct rows
  for (int stages = bulk ? 3 : 1; stages >= (bulk ? 2 : 1); --stages) {
    PrivatePlan plan;
    plan.shape = {kPrivateThreads, stages, bulk};
    plan.bytes = row_tiles_bytes<Label>(plan.shape, classes) + tables;
    plan.hot = choose_hot_cells(classes, bins, symbols, shared_bytes - plan.bytes);
    plan.bytes += kWord * classes * plan.hot.symbols;
    if (plan.hot.symbols > best.hot.symbols) {
      best = plan;
    }
  }
  return best;
}

/// The symbol of a valid row, and its softmax. kClasses classes, whose row then stays in registers,
/// or, with 0, `classes` of them.
template <int kClasses>
__device__ inline RowSymbol row_symbol(const float* z, int classes, int bins,
                                       const std::uint32_t* ranks, RowSoftmax* softmax) {
  RowSymbol result;
  SymbolRank symbol(ranks, bins);
  const auto push = [&](int c, float probability) {
    const int bin = bin_index(probability, bins);
    symbol.push(bin);
    result.nonzero |= bin > 0 ? std::uint32_t{1} << c : 0;
  };
  if constexpr (kClasses > 0) {
    static_assert(kClasses % 2 == 0);  // an odd row would be read by single floats
    float e[kClasses];
    for (int c = 0; c < kClasses; c += 2) {
      const float2 two = *reinterpret_cast<const float2*>(z + c);
      e[c] = two.x;
      e[c + 1] = two.y;
    }
    *softmax = row_softmax_in_place(e);
    if (softmax->valid) {
      for (int c = 0; c < kClasses; ++c) {
        push(c, mul_rn(e[c], softmax->reciprocal));
      }
    }
  } else {
    *softmax = row_softmax(classes, LogitRow{z});
    if (softmax->valid) {
      for (int c = 0; c < classes; ++c) {
        push(c, row_probability(*softmax, z[c]));
      }
    }
  }
  result.rank = symbol.rank();
  result.sum = symbol.sum();
  result.argmax = softmax->argmax;
  result.largest = bin_index(softmax->reciprocal, bins);  // exp(0) = 1
  return result;
}

// Fused softmax -> bin -> symbol -> count with counters of the block's own for the hot cells: the
// third step of the ladder, and the one used for a dense table (docs/counting.md).
//
// Grid     persistent: the blocks that the GPU holds at a time, a tile of 512 rows after the other,
//          a thread a row
// Shared   tiles on their way, the rank table, counters of the hot cells: for ten classes and ten
//          bins 45 or 68 KB and 135 KB. Where not even the symbols with one non-zero bin have room,
//          the table is counted by count_global_atomics_kernel
// Traffic  logits and labels once, by bulk copies that run tiles ahead; an atomic on L2 for a row
//          whose cell is not hot; at the end of a block one for each hot cell that has rows
// Why      a trained network's rows fall into about C cells and a fresh one's into a few hundred:
//          in L2 they wait for each other, or at least for L2's rate of atomics. Shared memory's
//          atomics are not returned and equal addresses of a warp are added up by the hardware
// Exact    the arithmetic of core/counting.h, and integer sums: where a row is counted first does
//          not change a cell's sum
template <int kClasses, class Label>
__global__ void __launch_bounds__(kPrivateThreads)
    count_private_kernel(JointCountsView table, TileShape shape, HotCells hot, std::int64_t rows,
                         const float* logits, const Label* labels) {
  const int classes = kClasses > 0 ? kClasses : table.classes;
  const int bins = table.bins;
  const int thread = static_cast<int>(threadIdx.x);
  RowTiles<Label> tiles(shape, classes, rows, logits, labels);
  auto* ranks = reinterpret_cast<std::uint32_t*>(dynamic_shared_memory() +
                                                 row_tiles_bytes<Label>(shape, classes));
  std::uint32_t* correct = ranks + classes * (bins + 1);
  std::uint32_t* counters = correct + classes;  // [hot.symbols, C]
  for (int i = thread; i < classes * (bins + 1); i += kPrivateThreads) {
    ranks[i] = table.ranks[i];
  }
  for (int i = thread; i < classes * (1 + hot.symbols); i += kPrivateThreads) {
    correct[i] = 0;  // and the counters behind them
  }
  __syncthreads();

  std::uint64_t loss = 0;
  std::uint32_t bad_logits = 0;
  std::uint32_t bad_labels = 0;
  while (tiles.next()) {
    if (thread < tiles.rows()) {
      const float* z = tiles.logits() + thread * classes;
      const auto label = static_cast<std::int32_t>(tiles.labels()[thread]);
      RowSoftmax softmax;
      const RowSymbol symbol = row_symbol<kClasses>(z, classes, bins, ranks, &softmax);
      if (!softmax.valid) {
        ++bad_logits;
      } else if (label < 0 || label >= classes) {
        ++bad_labels;
      } else {
        const int slot = hot_slot(hot, classes, bins, symbol);
        if (slot != kColdSlot) {
          atomicAdd(&counters[slot * classes + label], 1u);
        } else {
          atomicAdd(&table.counts[static_cast<std::int64_t>(symbol.rank) * classes + label], 1u);
        }
        loss += row_loss_fixed(softmax, z[label]);
        if (softmax.argmax == label) {
          atomicAdd(&correct[label], 1u);
        }
      }
    }
    tiles.release();
  }

  add_row_tallies<kPrivateThreads>(table.tallies, loss, bad_logits, bad_labels);
  if (thread < classes) {
    add_tally(&table.tallies[kTallyCorrect + thread], correct[thread]);
  }
  // Neighbouring threads take neighbouring cells, which share sectors of L2.
  for (int i = thread; i < hot.symbols * classes; i += kPrivateThreads) {
    if (counters[i] != 0) {
      const std::int64_t rank = hot_rank(hot, classes, bins, ranks, i / classes);
      atomicAdd(&table.counts[rank * classes + i % classes], counters[i]);
    }
  }
}

}  // namespace infoplane::cuda
