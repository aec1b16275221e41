#pragma once

#include "core/joint_counts.h"
#include "cuda/grid.cuh"
#include "cuda/logit_row.cuh"
#include "cuda/row_tallies.cuh"

namespace infoplane::cuda {

// The first step of the ladder (docs/counting.md): one kernel after another, as a framework's
// operations would do it. A study, and the plainest definition of what the others fuse.

/// The symbol of a row that has none.
constexpr std::uint32_t kNoSymbol = ~std::uint32_t{0};

// Softmax of every row.
//
// Grid     a thread a row, in strides; as many blocks as fill the GPU
// Shared   nothing
// Traffic  logits in, probabilities out, 8 C bytes a row, and 20 for what the other passes need
// Why      the first pass of three
// Exact    the arithmetic of core/counting.h
__global__ void __launch_bounds__(kBlockThreads)
    softmax_rows_kernel(int classes, std::int64_t rows, const float* logits,
                        RowSoftmax* softmax_rows, float* probabilities) {
  for (std::int64_t n = grid_thread(); n < rows; n += grid_threads()) {
    const float* z = logits + n * classes;
    const RowSoftmax softmax = row_softmax(classes, LogitRow{z});
    softmax_rows[n] = softmax;
    if (softmax.valid) {
      for (int c = 0; c < classes; ++c) {
        probabilities[n * classes + c] = row_probability(softmax, z[c]);
      }
    }
  }
}

// The symbol of every row that has one.
//
// Grid     a thread a row, in strides; as many blocks as fill the GPU
// Shared   nothing
// Traffic  probabilities in, 4 C bytes a row, a byte of the softmax; 4 bytes a row out
// Why      the second pass of three
// Exact    the arithmetic of core/counting.h
__global__ void __launch_bounds__(kBlockThreads)
    symbol_rows_kernel(JointCountsView table, std::int64_t rows, const RowSoftmax* softmax_rows,
                       const float* probabilities, std::uint32_t* symbols) {
  for (std::int64_t n = grid_thread(); n < rows; n += grid_threads()) {
    symbols[n] = kNoSymbol;
    if (softmax_rows[n].valid) {
      SymbolRank symbol(table.ranks, table.bins);
      for (int c = 0; c < table.classes; ++c) {
        symbol.push(bin_index(probabilities[n * table.classes + c], table.bins));
      }
      symbols[n] = symbol.rank();
    }
  }
}

// n(t, y) += 1, and the tallies.
//
// Grid     a thread a row, in strides; as many blocks as fill the GPU
// Shared   the tree of block_sum
// Traffic  symbol, label, softmax and one logit a row; one atomic a row on the table, and one for a
//          correct row
// Why      the third pass of three
// Exact    integer sums, which have no order
template <class Label>
__global__ void __launch_bounds__(kBlockThreads)
    count_symbols_kernel(JointCountsView table, std::int64_t rows, const float* logits,
                         const Label* labels, const RowSoftmax* softmax_rows,
                         const std::uint32_t* symbols) {
  const int classes = table.classes;
  std::uint64_t loss = 0;
  std::uint64_t bad_logits = 0;
  std::uint64_t bad_labels = 0;
  for (std::int64_t n = grid_thread(); n < rows; n += grid_threads()) {
    const auto label = static_cast<std::int32_t>(labels[n]);
    if (symbols[n] == kNoSymbol) {
      ++bad_logits;
      continue;
    }
    if (label < 0 || label >= classes) {
      ++bad_labels;
      continue;
    }
    const RowSoftmax softmax = softmax_rows[n];
    atomicAdd(&table.counts[static_cast<std::int64_t>(symbols[n]) * classes + label], 1u);
    loss += row_loss_fixed(softmax, logits[n * classes + label]);
    if (softmax.argmax == label) {
      add_tally(&table.tallies[kTallyCorrect + label], 1);
    }
  }
  add_row_tallies(table.tallies, loss, bad_logits, bad_labels);
}

}  // namespace infoplane::cuda
