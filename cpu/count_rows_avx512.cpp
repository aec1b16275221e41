// Counting with AVX-512: 16 rows at a time, a row a lane.
//
// Data flow of a block, every step on all 16 rows at once:
//   logits [16, C]  -> transposed in registers to a vector a class
//   maximum, validity, first class that attains it
//   exponentials and their sum, in the operations and the order of core/counting.h
//   bins and prefix sums in one multiply-add a class, ranks looked up in a register (vpermd)
//   loss in double, 8 rows at a time
//   cells           -> prefetched now, incremented after the next block has been computed
// With at most 16 classes their number is a template parameter: loops unroll and a block lives in
// registers. With more, the vectors of a block live in scratch memory.
//
// Rows that are rejected run along and are left out at the end: their values index nothing but
// registers, or are masked.
#include "cpu/count_rows.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/counting.h"

#define INFOPLANE_AVX512 \
  gnu::target("avx512f,avx512dq,avx512bw,avx512vl,fma,popcnt,prefer-vector-width=512")
#define INFOPLANE_INLINE INFOPLANE_AVX512, gnu::always_inline

namespace infoplane::cpu {
namespace {

constexpr int kMostUnrolled = 16;  // classes
static_assert(kCountLine == 1 << 4);

/// Classes c to c + 7 of 16 rows, from squares of 4 x 4 in the 128-bit lanes.
[[INFOPLANE_INLINE]] inline void transpose_eight(const float* logits, int stride, __m512* z) {
  __m512 halves[2][4];  // rows 0-7 and 8-15; lanes: c to c + 3, c + 4 to c + 7, of 4 rows each
#pragma GCC unroll 2
  for (int half = 0; half < 2; ++half) {
    __m512 row[4];
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r) {
      const float* from = logits + (8 * half + r) * std::int64_t{stride};
      row[r] = _mm512_insertf32x8(_mm512_castps256_ps512(_mm256_loadu_ps(from)),
                                  _mm256_loadu_ps(from + 4 * std::int64_t{stride}), 1);
    }
    const __m512 low01 = _mm512_unpacklo_ps(row[0], row[1]);
    const __m512 low23 = _mm512_unpacklo_ps(row[2], row[3]);
    const __m512 high01 = _mm512_unpackhi_ps(row[0], row[1]);
    const __m512 high23 = _mm512_unpackhi_ps(row[2], row[3]);
    halves[half][0] = _mm512_shuffle_ps(low01, low23, 0x44);
    halves[half][1] = _mm512_shuffle_ps(low01, low23, 0xEE);
    halves[half][2] = _mm512_shuffle_ps(high01, high23, 0x44);
    halves[half][3] = _mm512_shuffle_ps(high01, high23, 0xEE);
  }
#pragma GCC unroll 4
  for (int k = 0; k < 4; ++k) {
    z[k] = _mm512_shuffle_f32x4(halves[0][k], halves[1][k], 0x88);
    z[k + 4] = _mm512_shuffle_f32x4(halves[0][k], halves[1][k], 0xDD);
  }
}

/// Two classes of 16 rows: pairs are gathered as doubles, then parted.
[[INFOPLANE_INLINE]] inline void transpose_two(const float* logits, int stride, __m512* z) {
  const __m256i rows = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  const __m256i offset = _mm256_mullo_epi32(rows, _mm256_set1_epi32(stride));
  const __m512 low = _mm512_castpd_ps(_mm512_i32gather_pd(offset, logits, 4));
  const __m512 high =
      _mm512_castpd_ps(_mm512_i32gather_pd(offset, logits + 8 * std::int64_t{stride}, 4));
  const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  z[0] = _mm512_permutex2var_ps(low, even, high);
  z[1] = _mm512_permutex2var_ps(low, _mm512_add_epi32(even, _mm512_set1_epi32(1)), high);
}

[[INFOPLANE_INLINE]] inline __m512i lane_numbers() {
  return _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

[[INFOPLANE_INLINE]] inline void transpose(const float* logits, int classes, __m512* z) {
  int c = 0;
#pragma GCC unroll 2
  for (; c + 8 <= classes; c += 8) {
    transpose_eight(logits + c, classes, z + c);
  }
#pragma GCC unroll 3
  for (; c + 2 <= classes; c += 2) {
    transpose_two(logits + c, classes, z + c);
  }
  if (c < classes) {
    const __m512i offset = _mm512_mullo_epi32(lane_numbers(), _mm512_set1_epi32(classes));
    z[c] = _mm512_i32gather_ps(offset, logits + c, 4);
  }
}

/// The maximum of the first kSize vectors by a tree, as a chain of them would be waited for.
template <int kSize>
[[INFOPLANE_INLINE]] inline __m512 largest(const __m512* z) {
  if constexpr (kSize == 1) {
    return z[0];
  } else {
    constexpr int kHalf = kSize / 2;
    return _mm512_max_ps(largest<kHalf>(z), largest<kSize - kHalf>(z + kHalf));
  }
}

/// exp_nonpositive of core/counting.h. Clamped arguments need no selection at the end, as
/// exp(-104) rounds to zero, and vscalefps multiplies by a power of two and rounds once, as the
/// two products there do. A NaN gives a NaN.
[[INFOPLANE_INLINE]] inline __m512 exp_nonpositive(__m512 d) {
  const __m512 round = _mm512_set1_ps(0x1.8p+23f);
  const __m512 clamped = _mm512_max_ps(_mm512_set1_ps(-104.0f), d);  // in this order keeps a NaN
  const __m512 n =
      _mm512_sub_ps(_mm512_fmadd_ps(clamped, _mm512_set1_ps(0x1.715476p+0f), round), round);
  __m512 r = _mm512_fnmadd_ps(n, _mm512_set1_ps(0x1.62e400p-1f), clamped);
  r = _mm512_fnmadd_ps(n, _mm512_set1_ps(0x1.7f7d1cp-20f), r);
  __m512 q = _mm512_set1_ps(0x1.6a2352p-10f);
  q = _mm512_fmadd_ps(q, r, _mm512_set1_ps(0x1.123a6cp-7f));
  q = _mm512_fmadd_ps(q, r, _mm512_set1_ps(0x1.5558f4p-5f));
  q = _mm512_fmadd_ps(q, r, _mm512_set1_ps(0x1.555490p-3f));
  q = _mm512_fmadd_ps(q, r, _mm512_set1_ps(0x1.fffffcp-2f));
  q = _mm512_fmadd_ps(q, r, _mm512_set1_ps(1.0f));
  q = _mm512_fmadd_ps(q, r, _mm512_set1_ps(1.0f));
  return _mm512_scalef_ps(q, n);
}

/// The tree of sum_lanes over partial sums of which the first kWidth are not zero.
template <int kHalf, int kWidth>
[[INFOPLANE_INLINE]] inline void add_halves(__m512* partial) {
  constexpr int kAdded = std::min(kHalf, kWidth - kHalf);
#pragma GCC unroll 16
  for (int lane = 0; lane < kAdded; ++lane) {
    partial[lane] = _mm512_add_ps(partial[lane], partial[lane + kHalf]);
  }
  if constexpr (kHalf > 1) {
    add_halves<kHalf / 2, std::min(kHalf, kWidth)>(partial);
  }
}

/// log_of_sum of core/counting.h with the rest of row_loss_fixed, for 8 rows: s = m 2^e with m in
/// (sqrt(1/2), sqrt(2)].
[[INFOPLANE_INLINE]] inline __m512i loss_fixed(__m256 mantissa, __m256i exponent, __m256 max,
                                               __m256 logit) {
  const __m512d m = _mm512_cvtps_pd(mantissa);
  const __m512d one = _mm512_set1_pd(1.0);
  const __m512d u = _mm512_div_pd(_mm512_sub_pd(m, one), _mm512_add_pd(m, one));
  const __m512d w = _mm512_mul_pd(u, u);
  __m512d series = _mm512_set1_pd(1.0 / 15.0);
  series = _mm512_fmadd_pd(series, w, _mm512_set1_pd(1.0 / 13.0));
  series = _mm512_fmadd_pd(series, w, _mm512_set1_pd(1.0 / 11.0));
  series = _mm512_fmadd_pd(series, w, _mm512_set1_pd(1.0 / 9.0));
  series = _mm512_fmadd_pd(series, w, _mm512_set1_pd(1.0 / 7.0));
  series = _mm512_fmadd_pd(series, w, _mm512_set1_pd(1.0 / 5.0));
  series = _mm512_fmadd_pd(series, w, _mm512_set1_pd(1.0 / 3.0));
  series = _mm512_fmadd_pd(series, w, one);
  const __m512d log =
      _mm512_fmadd_pd(_mm512_cvtepi32_pd(exponent), _mm512_set1_pd(0x1.62e42fefa39efp-1),
                      _mm512_mul_pd(_mm512_add_pd(u, u), series));
  const __m512d nats =
      _mm512_add_pd(log, _mm512_sub_pd(_mm512_cvtps_pd(max), _mm512_cvtps_pd(logit)));
  const __m512d capped = _mm512_min_pd(nats, _mm512_set1_pd(16384.0));
  // The product is exact, so one rounding is what two would be.
  return _mm512_cvttpd_epi64(
      _mm512_fmadd_pd(capped, _mm512_set1_pd(268435456.0), _mm512_set1_pd(0.5)));
}

/// The table of ranks as a kernel reads it: the table's own rows, or, of unrolled classes, copies
/// that each fill a register.
template <int kClasses>
struct Ranks {
  explicit Ranks(const JointCountsView& table) : rows(table.ranks), stride(table.bins + 1) {
    if constexpr (kClasses > 0) {
      for (int c = 0; c < kClasses; ++c) {
        std::copy_n(rows + c * stride, stride, registers[c]);
      }
    }
  }
  alignas(64) std::uint32_t registers[kClasses > 0 ? kClasses : 1][16] = {};
  const std::uint32_t* rows;
  int stride;
};

/// The entries of class c's row of ranks [B + 1] at `prefix`, whose low bits are the index.
template <int kClasses, bool kInRegister>
[[INFOPLANE_INLINE]] inline __m512i rank_terms(const Ranks<kClasses>& ranks, int c, __m512i prefix,
                                               __mmask16 valid) {
  const std::uint32_t* row = ranks.rows + std::int64_t{c} * ranks.stride;
  if constexpr (kClasses > 0) {
    return _mm512_permutexvar_epi32(prefix, _mm512_load_si512(ranks.registers[c]));
  } else if constexpr (kInRegister) {
    const auto entries = static_cast<__mmask16>((1u << ranks.stride) - 1u);
    return _mm512_permutexvar_epi32(prefix, _mm512_maskz_loadu_epi32(entries, row));
  } else {
    const __m512i index = _mm512_and_epi32(prefix, _mm512_set1_epi32(0x7FFFFF));
    return _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), valid, index, row, 4);
  }
}

/// A block whose exponentials are known.
template <int kClasses>
struct Exponentials {
  __m512 registers[kClasses > 0 ? kClasses : 1];
  __m512* e;  // [C], exp(z - max), in `registers` or in scratch memory
  __m512 sum;
  __m512 max;
  __m512 logit;  // the label's
  __m512i label;
  __mmask16 live;     // rows that are there
  __mmask16 valid;    // and whose logits are
  __mmask16 good;     // and whose label is
  __mmask16 correct;  // rows whose label is the first largest logit
};

/// The block of logits [16, C]; the rows that are not in `live` are read like the others.
template <int kClasses>
[[INFOPLANE_INLINE]] inline void find_exponentials(const float* logits, int classes, __m512i label,
                                                   __mmask16 live, Exponentials<kClasses>& block) {
  __m512 registers[kClasses > 0 ? kClasses : 1];
  __m512* z = kClasses > 0 ? registers : block.e;
  transpose(logits, classes, z);

  __m512 max = z[0];
  if constexpr (kClasses > 0) {
    max = largest<kClasses>(z);
  } else {
    for (int c = 1; c < classes; ++c) {
      max = _mm512_max_ps(max, z[c]);
    }
  }
  const __m512i number = _mm512_set1_epi32(classes);
  const __mmask16 in_range = _mm512_cmp_epu32_mask(label, number, _MM_CMPINT_LT);
  const __m512i place = _mm512_add_epi32(_mm512_mullo_epi32(lane_numbers(), number), label);
  block.logit =
      _mm512_mask_i32gather_ps(_mm512_setzero_ps(), in_range, place, logits, sizeof(float));

  __m512i argmax = _mm512_set1_epi32(classes - 1);
#pragma GCC unroll 16
  for (int c = classes - 2; c >= 0; --c) {
    argmax = _mm512_mask_mov_epi32(argmax, _mm512_cmp_ps_mask(z[c], max, _CMP_EQ_OQ),
                                   _mm512_set1_epi32(c));
  }

  // A partial sum starts at its first term: 0 + e is e.
  constexpr int kWidth = kClasses > 0 ? kClasses : kSumLanes;
  __m512 partial[kWidth];
#pragma GCC unroll 16
  for (int c = 0; c < kWidth; ++c) {
    if (kClasses == 0 && c >= classes) {
      partial[c] = _mm512_setzero_ps();
      continue;
    }
    partial[c] = exp_nonpositive(_mm512_sub_ps(z[c], max));
    block.e[c] = partial[c];
  }
  for (int c = kSumLanes; c < classes; ++c) {
    block.e[c] = exp_nonpositive(_mm512_sub_ps(z[c], max));
    partial[c % kSumLanes] = _mm512_add_ps(partial[c % kSumLanes], block.e[c]);
  }
  add_halves<kSumLanes / 2, kWidth>(partial);

  // A NaN, +inf or a row of nothing but -inf ends up in the sum as a NaN.
  const __mmask16 valid = _mm512_mask_cmp_ps_mask(live, partial[0], partial[0], _CMP_ORD_Q);
  block.sum = partial[0];
  block.max = max;
  block.label = label;
  block.live = live;
  block.valid = valid;
  block.good = valid & in_range;
  block.correct = _mm512_cmpeq_epi32_mask(argmax, label);
}

/// Sums of one call.
struct Sums {
  __m512i loss;
  std::uint64_t bad_logits = 0;
  std::uint64_t bad_labels = 0;
};

[[INFOPLANE_INLINE]] inline void add_sums(__m512 sum, __m512 max, __m512 logit, __mmask16 good,
                                          Sums& sums) {
  const __m512i bits = _mm512_castps_si512(sum);
  const __m512i exponent =
      _mm512_srai_epi32(_mm512_sub_epi32(bits, _mm512_set1_epi32(0x3F3504F4)), 23);
  const __m512 mantissa =
      _mm512_castsi512_ps(_mm512_sub_epi32(bits, _mm512_slli_epi32(exponent, 23)));
  const __m512i low = loss_fixed(_mm512_castps512_ps256(mantissa), _mm512_castsi512_si256(exponent),
                                 _mm512_castps512_ps256(max), _mm512_castps512_ps256(logit));
  const __m512i high =
      loss_fixed(_mm512_extractf32x8_ps(mantissa, 1), _mm512_extracti32x8_epi32(exponent, 1),
                 _mm512_extractf32x8_ps(max, 1), _mm512_extractf32x8_ps(logit, 1));
  sums.loss = _mm512_mask_add_epi64(sums.loss, static_cast<__mmask8>(good), sums.loss, low);
  sums.loss = _mm512_mask_add_epi64(sums.loss, static_cast<__mmask8>(good >> 8), sums.loss, high);
}

/// Cells found and not yet counted.
struct Pending {
  alignas(64) std::uint32_t cells[kBlockRows];
  alignas(64) std::uint32_t lines[kBlockRows];
  alignas(64) std::uint32_t tallies[kBlockRows];
  int size = 0;
};

template <int kClasses, bool kInRegister>
[[INFOPLANE_INLINE]] inline void find_cells(const Exponentials<kClasses>& block, int classes,
                                            const JointCountsView& table,
                                            const Ranks<kClasses>& ranks, Sums& sums,
                                            Pending& pending) {
  // 1 / S is 1 only where S is: one class then has everything, and p below 1 by a hair puts it
  // into the last bin, the others, below 2^-24, staying in the first. So no bin needs a limit.
  const __m512 reciprocal =
      _mm512_min_ps(_mm512_div_ps(_mm512_set1_ps(1.0f), block.sum), _mm512_set1_ps(0x1.fffffep-1f));
  // 2^23 + s_i, whose low bits are the prefix sum s_i: to add B p toward zero to an integer of
  // this size is to add the bin.
  __m512 prefix = _mm512_set1_ps(0x1p+23f);
  __m512i rank = _mm512_setzero_si512();
  const __m512 scale = _mm512_set1_ps(static_cast<float>(table.bins));
#pragma GCC unroll 16
  for (int c = 0; c < classes; ++c) {
    prefix = _mm512_fmadd_round_ps(_mm512_mul_ps(block.e[c], reciprocal), scale, prefix,
                                   _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
    rank = _mm512_add_epi32(rank, rank_terms<kClasses, kInRegister>(
                                      ranks, c, _mm512_castps_si512(prefix), block.valid));
  }
  const __m512i number = _mm512_set1_epi32(classes);
  const __m512i cell = _mm512_add_epi32(_mm512_mullo_epi32(rank, number), block.label);
  const __m512i tally = _mm512_add_epi32(_mm512_mask_mov_epi32(number, block.correct, block.label),
                                         _mm512_set1_epi32(kTallyCorrect));
  _mm512_store_si512(pending.cells, _mm512_maskz_compress_epi32(block.good, cell));
  _mm512_store_si512(pending.lines,
                     _mm512_maskz_compress_epi32(block.good, _mm512_srli_epi32(cell, 4)));
  _mm512_store_si512(pending.tallies, _mm512_maskz_compress_epi32(block.good, tally));
  pending.size = _mm_popcnt_u32(block.good);
  for (int i = 0; i < pending.size; ++i) {
    __builtin_prefetch(table.counts + pending.cells[i], 1);
  }

  add_sums(block.sum, block.max, block.logit, block.good, sums);
  sums.bad_logits += static_cast<std::uint64_t>(_mm_popcnt_u32(block.live ^ block.valid));
  sums.bad_labels += static_cast<std::uint64_t>(_mm_popcnt_u32(block.valid ^ block.good));
}

[[INFOPLANE_INLINE]] inline void count(const Pending& pending, const JointCountsView& table) {
  std::uint32_t* const counts = table.counts;
  std::uint8_t* const touched = table.touched;
  std::uint64_t* const tallies = table.tallies;
  for (int i = 0; i < pending.size; ++i) {
    ++counts[pending.cells[i]];
    touched[pending.lines[i]] = 1;
    ++tallies[pending.tallies[i]];
  }
}

// Three blocks are under way at a time, each in its own third of the work, so that the processor
// always has something to do while it waits for one of them: the exponentials of block i, the
// cells of block i - 1, the increments of block i - 2. An empty block at the end drives the last
// rows through.
template <int kClasses, bool kInRegister>
[[INFOPLANE_AVX512]] void count_rows(const JointCountsView& table, const float* logits,
                                     const std::int32_t* labels, std::int64_t rows,
                                     float* scratch) {
  const int classes = kClasses > 0 ? kClasses : table.classes;
  const std::int64_t block_size = std::int64_t{kBlockRows} * classes;
  const Ranks<kClasses> ranks(table);
  Sums sums{_mm512_setzero_si512()};
  Exponentials<kClasses> blocks[2] = {};
  Pending pending[2];
  for (int i = 0; i < 2; ++i) {
    blocks[i].e =
        kClasses > 0 ? blocks[i].registers : reinterpret_cast<__m512*>(scratch + i * block_size);
  }
  std::fill_n(scratch, 3 * block_size, 0.0f);
  int now = 0;
  for (std::int64_t row = 0; row < rows + 2 * kBlockRows; row += kBlockRows, now ^= 1) {
    const std::int64_t left = std::max<std::int64_t>(rows - row, 0);
    const float* block = logits + row * classes;
    __mmask16 live = 0xFFFF;
    if (left < kBlockRows) {  // completed to a block
      live = static_cast<__mmask16>((1u << left) - 1u);
      float* completed = scratch + 2 * block_size;
      std::copy_n(block, left * classes, completed);
      block = completed;
    }
    find_exponentials<kClasses>(block, classes, _mm512_maskz_loadu_epi32(live, labels + row), live,
                                blocks[now]);
    find_cells<kClasses, kInRegister>(blocks[now ^ 1], classes, table, ranks, sums,
                                      pending[now ^ 1]);
    count(pending[now], table);
  }
  table.tallies[kTallyLoss] += static_cast<std::uint64_t>(_mm512_reduce_add_epi64(sums.loss));
  table.tallies[kTallyBadLogits] += sums.bad_logits;
  table.tallies[kTallyBadLabels] += sums.bad_labels;
}

template <int... kLess2>
constexpr std::array<CountRows, sizeof...(kLess2)> unrolled(std::integer_sequence<int, kLess2...>) {
  return {count_rows<kLess2 + 2, true>...};
}

}  // namespace

CountRows count_rows_avx512(const JointCountsView& table) {
  constexpr auto kUnrolled = unrolled(std::make_integer_sequence<int, kMostUnrolled - 1>());
  if (table.bins > 15) {
    return count_rows<0, false>;
  }
  return table.classes <= kMostUnrolled ? kUnrolled[static_cast<std::size_t>(table.classes - 2)]
                                        : count_rows<0, true>;
}

}  // namespace infoplane::cpu

#else

namespace infoplane::cpu {

CountRows count_rows_avx512(const JointCountsView& /*table*/) { return nullptr; }

}  // namespace infoplane::cpu

#endif
