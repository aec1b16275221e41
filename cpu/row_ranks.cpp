#include "cpu/row_ranks.h"

#include "core/counting.h"
#include "core/joint_counts.h"
#include "cpu/instructions.h"

namespace infoplane::cpu {
namespace {

#define INFOPLANE_INLINE inline __attribute__((always_inline))

/// The least probability that is in bin 1 or above.
float first_edge(int bins) {
  float edge = 1.0f / static_cast<float>(bins);
  while (bin_index(edge, bins) > 0) {
    edge = float_from_bits(bits_of(edge) - 1);
  }
  while (bin_index(edge, bins) == 0) {
    edge = float_from_bits(bits_of(edge) + 1);
  }
  return edge;
}

/// row_softmax (core/counting.h) of one row, classes side by side: lane l of a vector holds classes
/// l, l + 32, ..., which are the partial sums. Leaves exp(z - max) in `e`.
INFOPLANE_INLINE RowSoftmax softmax_of(const float* z, int classes, float* e) {
  RowSoftmax row;
  float max = z[0];
  std::int32_t nan = 0;
#pragma omp simd reduction(max : max) reduction(| : nan)
  for (int c = 0; c < classes; ++c) {
    max = z[c] > max ? z[c] : max;
    nan |= z[c] != z[c] ? 1 : 0;
  }
  constexpr float kLargest = 0x1.fffffep+127f;
  row.max = max;
  row.valid = nan == 0 && max >= -kLargest && max <= kLargest;
  if (!row.valid) {
    return row;
  }
  while (z[row.argmax] != max) {
    ++row.argmax;
  }
#pragma omp simd
  for (int c = 0; c < classes; ++c) {
    e[c] = exp_nonpositive(add_rn(z[c], -max));
  }
  alignas(64) float partial[kSumLanes] = {};
  int base = 0;
  for (; base + kSumLanes <= classes; base += kSumLanes) {
#pragma omp simd
    for (int lane = 0; lane < kSumLanes; ++lane) {
      partial[lane] = add_rn(partial[lane], e[base + lane]);
    }
  }
  for (int lane = 0; base + lane < classes; ++lane) {
    partial[lane] = add_rn(partial[lane], e[base + lane]);
  }
  row.sum = sum_lanes(partial);
  row.reciprocal = reciprocal_rn(row.sum);
  return row;
}

INFOPLANE_INLINE WideRank rank_of(const HashedCountsView& table, const float* e, float reciprocal,
                                  float edge) {
  const int classes = table.classes;
  SparseRank symbol(table.steps, table.bins);
  // Few classes reach bin 1: look at 32 at a time for any.
  for (int base = 0; base < classes; base += kSumLanes) {
    const int count = classes - base < kSumLanes ? classes - base : kSumLanes;
    std::int32_t any = 0;
#pragma omp simd reduction(| : any)
    for (int lane = 0; lane < count; ++lane) {
      any |= mul_rn(e[base + lane], reciprocal) >= edge ? 1 : 0;
    }
    if (any != 0) {
      for (int c = base; c < base + count; ++c) {
        const float p = mul_rn(e[c], reciprocal);
        if (p >= edge) {
          symbol.push(c, bin_index(p, table.bins));
        }
      }
    }
  }
  return symbol.rank(classes);
}

INFOPLANE_INLINE void find_ranks(const HashedCountsView& table, const float* logits,
                                 const std::int32_t* labels, std::int64_t rows, WideRank* symbols,
                                 std::uint32_t* owners, std::uint64_t* tallies, float* scratch) {
  const int classes = table.classes;
  const float edge = first_edge(table.bins);
  for (std::int64_t r = 0; r < rows; ++r) {
    const float* z = logits + r * classes;
    const std::int32_t label = labels[r];
    const RowSoftmax row = softmax_of(z, classes, scratch);
    owners[r] = kEmptyEntry;
    if (!row.valid) {
      ++tallies[kTallyBadLogits];
      continue;
    }
    if (label < 0 || label >= classes) {
      ++tallies[kTallyBadLabels];
      continue;
    }
    symbols[r] = rank_of(table, scratch, row.reciprocal, edge);
    owners[r] = kFirstOwner + static_cast<std::uint32_t>(label);
    tallies[kTallyLoss] += row_loss_fixed(row, z[label]);
    tallies[kTallyCorrect + label] += row.argmax == label ? 1 : 0;
  }
}

void find_ranks_scalar(const HashedCountsView& table, const float* logits,
                       const std::int32_t* labels, std::int64_t rows, WideRank* symbols,
                       std::uint32_t* owners, std::uint64_t* tallies, float* scratch) {
  find_ranks(table, logits, labels, rows, symbols, owners, tallies, scratch);
}

#if defined(__x86_64__)

[[gnu::target("avx2,fma,tune=haswell")]] void find_ranks_avx2(
    const HashedCountsView& table, const float* logits, const std::int32_t* labels,
    std::int64_t rows, WideRank* symbols, std::uint32_t* owners, std::uint64_t* tallies,
    float* scratch) {
  find_ranks(table, logits, labels, rows, symbols, owners, tallies, scratch);
}

[[gnu::target(
    "avx512f,avx512dq,avx512bw,avx512vl,prefer-vector-width=512,tune=skylake-avx512")]] void
find_ranks_avx512(const HashedCountsView& table, const float* logits, const std::int32_t* labels,
                  std::int64_t rows, WideRank* symbols, std::uint32_t* owners,
                  std::uint64_t* tallies, float* scratch) {
  find_ranks(table, logits, labels, rows, symbols, owners, tallies, scratch);
}

#endif

}  // namespace

FindRanks choose_find_ranks() {
#if defined(__x86_64__)
  switch (choose_instructions()) {
    case Instructions::kAvx512: return find_ranks_avx512;
    case Instructions::kAvx2: return find_ranks_avx2;
    case Instructions::kScalar: break;
  }
#endif
  return find_ranks_scalar;
}

}  // namespace infoplane::cpu
