#include "cpu/row_cells.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "core/counting.h"
#include "core/error.h"

namespace infoplane::cpu {
namespace {

/// One row at a time through the functions of core/ alone, for processors without AVX2 and as the
/// measure of the vector kernels.
void find_cells_scalar(const JointCountsView& table, const float* logits,
                       const std::int32_t* labels, std::int64_t rows, std::uint32_t* cells,
                       std::uint64_t* tallies, float* /*scratch*/) {
  const int classes = table.classes;
  for (std::int64_t r = 0; r < rows; ++r) {
    const float* z = logits + r * classes;
    const std::int32_t label = labels[r];
    const RowSoftmax row = row_softmax(classes, [z](int c) { return z[c]; });
    cells[r] = kNoCell;
    if (!row.valid) {
      ++tallies[kTallyBadLogits];
      continue;
    }
    if (label < 0 || label >= classes) {
      ++tallies[kTallyBadLabels];
      continue;
    }
    SymbolRank symbol(table.ranks, table.bins);
    for (int c = 0; c < classes; ++c) {
      symbol.push(bin_index(row_probability(row, z[c]), table.bins));
    }
    cells[r] =
        symbol.rank() * static_cast<std::uint32_t>(classes) + static_cast<std::uint32_t>(label);
    tallies[kTallyLoss] += row_loss_fixed(row, z[label]);
    tallies[kTallyCorrect + label] += row.argmax == label ? 1 : 0;
  }
}

#if defined(__x86_64__)

#define INFOPLANE_INLINE inline __attribute__((always_inline))

using Lanes = float[kBlockRows];  // one value of each row of a block
using Four = float __attribute__((vector_size(16)));

INFOPLANE_INLINE Four load_four(const float* from) {
  Four four;
  __builtin_memcpy(&four, from, sizeof four);
  return four;
}

/// z[c][r] = logits[r][c] for a whole block: squares of 4 x 4, because stores of single values
/// would take as long as the exponentials.
INFOPLANE_INLINE void transpose_block(const float* logits, int classes, Lanes* z) {
  int c = 0;
  for (; c + 4 <= classes; c += 4) {
    for (int r = 0; r < kBlockRows; r += 4) {
      const float* corner = logits + static_cast<std::int64_t>(r) * classes + c;
      const Four row0 = load_four(corner);
      const Four row1 = load_four(corner + classes);
      const Four row2 = load_four(corner + 2 * static_cast<std::int64_t>(classes));
      const Four row3 = load_four(corner + 3 * static_cast<std::int64_t>(classes));
      const Four low01 = __builtin_shufflevector(row0, row1, 0, 4, 1, 5);
      const Four low23 = __builtin_shufflevector(row2, row3, 0, 4, 1, 5);
      const Four high01 = __builtin_shufflevector(row0, row1, 2, 6, 3, 7);
      const Four high23 = __builtin_shufflevector(row2, row3, 2, 6, 3, 7);
      const Four columns[4] = {__builtin_shufflevector(low01, low23, 0, 1, 4, 5),
                               __builtin_shufflevector(low01, low23, 2, 3, 6, 7),
                               __builtin_shufflevector(high01, high23, 0, 1, 4, 5),
                               __builtin_shufflevector(high01, high23, 2, 3, 6, 7)};
      for (int k = 0; k < 4; ++k) {
        __builtin_memcpy(&z[c + k][r], &columns[k], sizeof(Four));
      }
    }
  }
  for (; c < classes; ++c) {
    for (int r = 0; r < kBlockRows; ++r) {
      z[c][r] = logits[static_cast<std::int64_t>(r) * classes + c];
    }
  }
}

/// The same for the rows left over at the end; the missing ones are zero.
INFOPLANE_INLINE void transpose_rest(const float* logits, int classes, int rows, Lanes* z) {
  for (int c = 0; c < classes; ++c) {
    for (int r = 0; r < kBlockRows; ++r) {
      z[c][r] = r < rows ? logits[r * classes + c] : 0.0f;
    }
  }
}

/// What row_softmax and the steps after it do (core/counting.h), for 16 rows in step. The loops
/// over r have no branches and a fixed length: the compiler turns each into vector instructions,
/// where told that a comparison may not trap (CMakeLists.txt).
INFOPLANE_INLINE void find_block(const JointCountsView& table, const float* logits,
                                 const std::int32_t* labels, int rows, std::uint32_t* cells,
                                 std::uint64_t* tallies, Lanes* z) {
  const int classes = table.classes;
  const int bins = table.bins;
  if (rows == kBlockRows) {
    transpose_block(logits, classes, z);
  } else {
    transpose_rest(logits, classes, rows, z);
  }

  alignas(64) Lanes max;
  alignas(64) std::int32_t argmax[kBlockRows] = {};
  alignas(64) std::int32_t bad[kBlockRows];
#pragma omp simd
  for (int r = 0; r < kBlockRows; ++r) {
    max[r] = z[0][r];
    bad[r] = z[0][r] != z[0][r] ? 1 : 0;
  }
  for (int c = 1; c < classes; ++c) {
#pragma omp simd
    for (int r = 0; r < kBlockRows; ++r) {
      const float value = z[c][r];
      bad[r] |= value != value ? 1 : 0;
      argmax[r] = value > max[r] ? c : argmax[r];
      max[r] = value > max[r] ? value : max[r];
    }
  }
  constexpr float kLargest = 0x1.fffffep+127f;
  std::int32_t any_bad = 0;
#pragma omp simd
  for (int r = 0; r < kBlockRows; ++r) {
    bad[r] |= max[r] >= -kLargest && max[r] <= kLargest ? 0 : 1;
    any_bad |= bad[r];
  }
  if (any_bad != 0) {  // rare: such a row becomes a row of zeros, so that no index comes of it
#pragma omp simd
    for (int r = 0; r < kBlockRows; ++r) {
      max[r] = bad[r] != 0 ? 0.0f : max[r];
    }
    for (int c = 0; c < classes; ++c) {
#pragma omp simd
      for (int r = 0; r < kBlockRows; ++r) {
        z[c][r] = bad[r] != 0 ? 0.0f : z[c][r];
      }
    }
  }

  // z becomes exp(z - max). A partial sum starts at its first term: 0 + e is e.
  alignas(64) Lanes partial[kSumLanes];
  const int first_terms = classes < kSumLanes ? classes : kSumLanes;
  for (int c = 0; c < first_terms; ++c) {
#pragma omp simd
    for (int r = 0; r < kBlockRows; ++r) {
      z[c][r] = exp_nonpositive(add_rn(z[c][r], -max[r]));
      partial[c][r] = z[c][r];
    }
  }
  for (int c = kSumLanes; c < classes; ++c) {
#pragma omp simd
    for (int r = 0; r < kBlockRows; ++r) {
      z[c][r] = exp_nonpositive(add_rn(z[c][r], -max[r]));
      partial[c % kSumLanes][r] = add_rn(partial[c % kSumLanes][r], z[c][r]);
    }
  }
  // The tree of sum_lanes, without the additions of lanes that are zero for want of classes.
  int width = first_terms;
  for (int half = kSumLanes / 2; half > 0; half /= 2) {
    for (int lane = 0; lane + half < width; ++lane) {
#pragma omp simd
      for (int r = 0; r < kBlockRows; ++r) {
        partial[lane][r] = add_rn(partial[lane][r], partial[lane + half][r]);
      }
    }
    width = width < half ? width : half;
  }

  alignas(64) Lanes reciprocal;
  alignas(64) std::int32_t prefix[kBlockRows] = {};
  alignas(64) std::uint32_t rank[kBlockRows] = {};
#pragma omp simd
  for (int r = 0; r < kBlockRows; ++r) {
    reciprocal[r] = reciprocal_rn(partial[0][r]);
  }
  const std::uint32_t* ranks = table.ranks;
  for (int c = 0; c < classes; ++c, ranks += bins + 1) {
#pragma omp simd
    for (int r = 0; r < kBlockRows; ++r) {
      prefix[r] += bin_index(mul_rn(z[c][r], reciprocal[r]), bins);
      rank[r] += ranks[prefix[r]];
    }
  }

  // From here on a row whose label is wrong takes the label 0 along, and counts nowhere.
  alignas(64) std::int32_t label[kBlockRows] = {};
  alignas(64) std::int32_t bad_label[kBlockRows] = {};
  alignas(64) Lanes label_logit = {};
  alignas(64) std::uint64_t loss[kBlockRows];
  for (int r = 0; r < rows; ++r) {
    bad_label[r] = labels[r] < 0 || labels[r] >= classes ? 1 : 0;
    label[r] = bad_label[r] != 0 ? 0 : labels[r];
    label_logit[r] = bad[r] != 0 ? 0.0f : logits[r * classes + label[r]];
  }
#pragma omp simd
  for (int r = 0; r < kBlockRows; ++r) {
    RowSoftmax row;
    row.max = max[r];
    row.sum = partial[0][r];
    loss[r] = row_loss_fixed(row, label_logit[r]);
  }
  for (int r = 0; r < rows; ++r) {
    const bool good = (bad[r] | bad_label[r]) == 0;
    cells[r] =
        good ? rank[r] * static_cast<std::uint32_t>(classes) + static_cast<std::uint32_t>(label[r])
             : kNoCell;
    tallies[kTallyLoss] += good ? loss[r] : 0;
    tallies[kTallyCorrect + label[r]] += good && argmax[r] == label[r] ? 1 : 0;
    tallies[kTallyBadLogits] += bad[r] != 0 ? 1 : 0;
    tallies[kTallyBadLabels] += bad[r] == 0 && bad_label[r] != 0 ? 1 : 0;
  }
}

INFOPLANE_INLINE void find_blocks(const JointCountsView& table, const float* logits,
                                  const std::int32_t* labels, std::int64_t rows,
                                  std::uint32_t* cells, std::uint64_t* tallies, float* scratch) {
  Lanes* z = reinterpret_cast<Lanes*>(__builtin_assume_aligned(scratch, 64));
  for (std::int64_t r = 0; r < rows; r += kBlockRows) {
    const std::int64_t left = rows - r;
    find_block(table, logits + r * table.classes, labels + r,
               left < kBlockRows ? static_cast<int>(left) : kBlockRows, cells + r, tallies, z);
  }
}

[[gnu::target("avx2,fma,tune=haswell")]] void find_cells_avx2(
    const JointCountsView& table, const float* logits, const std::int32_t* labels,
    std::int64_t rows, std::uint32_t* cells, std::uint64_t* tallies, float* scratch) {
  find_blocks(table, logits, labels, rows, cells, tallies, scratch);
}

[[gnu::target(
    "avx512f,avx512dq,avx512bw,avx512vl,prefer-vector-width=512,tune=skylake-avx512")]] void
find_cells_avx512(const JointCountsView& table, const float* logits, const std::int32_t* labels,
                  std::int64_t rows, std::uint32_t* cells, std::uint64_t* tallies, float* scratch) {
  find_blocks(table, logits, labels, rows, cells, tallies, scratch);
}

FindCells avx2_kernel() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? find_cells_avx2
                                                                         : nullptr;
}

FindCells avx512_kernel() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                 __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
             ? find_cells_avx512
             : nullptr;
}

#else

FindCells avx2_kernel() { return nullptr; }
FindCells avx512_kernel() { return nullptr; }

#endif

struct Kernel {
  const char* name;
  FindCells find_cells;  // null where the processor lacks the instructions
};

}  // namespace

FindCells choose_find_cells() {
  const Kernel kernels[] = {// fastest first
                            {"avx512", avx512_kernel()},
                            {"avx2", avx2_kernel()},
                            {"scalar", find_cells_scalar}};
  const char* asked = std::getenv("INFOPLANE_CPU_KERNEL");
  const bool any = asked == nullptr || *asked == '\0';
  for (const Kernel& kernel : kernels) {
    if (!any && std::string(asked) == kernel.name && kernel.find_cells == nullptr) {
      throw UsageError("INFOPLANE_CPU_KERNEL=" + std::string(asked) +
                       ": this processor lacks the instructions; use scalar or unset it");
    }
    if (kernel.find_cells != nullptr && (any || std::string(asked) == kernel.name)) {
      return kernel.find_cells;
    }
  }
  throw UsageError("INFOPLANE_CPU_KERNEL=" + std::string(asked) +
                   ": unknown kernel; use scalar, avx2 or avx512");
}

}  // namespace infoplane::cpu
