// Counting with AVX2: 8 rows at a time, a row a lane. The twin of count_rows_avx512.cpp, which
// explains the data flow. What this instruction set lacks:
//   masks              all-ones lanes, and their sign bits where rows are counted
//   rounding to zero   the nearest integer, less one where the exact remainder is negative
//   vscalefps          an addition to the exponent, then one rounded product
//   tables of 16 ranks two of 8 and a selection
#include "cpu/count_rows.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/counting.h"

#define INFOPLANE_AVX2 gnu::target("avx2,fma,popcnt,tune=haswell")
#define INFOPLANE_INLINE INFOPLANE_AVX2, gnu::always_inline

namespace infoplane::cpu {
namespace {

constexpr int kRows = 8;           // of a block
constexpr int kMostUnrolled = 16;  // classes
static_assert(kRows <= kBlockRows);
static_assert(kCountLine == 1 << 4);

[[INFOPLANE_INLINE]] inline __m256i lane_numbers() {
  return _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
}

/// Four classes of 8 rows, by squares of 4 x 4 in the 128-bit lanes.
[[INFOPLANE_INLINE]] inline void transpose_four(const float* logits, int stride, __m256* z) {
  __m256 row[4];
#pragma GCC unroll 4
  for (int r = 0; r < 4; ++r) {
    const float* from = logits + r * std::int64_t{stride};
    row[r] = _mm256_set_m128(_mm_loadu_ps(from + 4 * std::int64_t{stride}), _mm_loadu_ps(from));
  }
  const __m256 low01 = _mm256_unpacklo_ps(row[0], row[1]);
  const __m256 low23 = _mm256_unpacklo_ps(row[2], row[3]);
  const __m256 high01 = _mm256_unpackhi_ps(row[0], row[1]);
  const __m256 high23 = _mm256_unpackhi_ps(row[2], row[3]);
  z[0] = _mm256_shuffle_ps(low01, low23, 0x44);
  z[1] = _mm256_shuffle_ps(low01, low23, 0xEE);
  z[2] = _mm256_shuffle_ps(high01, high23, 0x44);
  z[3] = _mm256_shuffle_ps(high01, high23, 0xEE);
}

/// The pairs at `from` of two neighbouring rows.
[[INFOPLANE_INLINE]] inline __m128 two_pairs(const float* from, int stride) {
  const __m128 first = _mm_castpd_ps(_mm_load_sd(reinterpret_cast<const double*>(from)));
  return _mm_loadh_pi(first, reinterpret_cast<const __m64*>(from + stride));
}

/// Two classes of 8 rows.
[[INFOPLANE_INLINE]] inline void transpose_two(const float* logits, int stride, __m256* z) {
  const std::int64_t two = 2 * std::int64_t{stride};
  const __m256 rows0145 =
      _mm256_set_m128(two_pairs(logits + 2 * two, stride), two_pairs(logits, stride));
  const __m256 rows2367 =
      _mm256_set_m128(two_pairs(logits + 3 * two, stride), two_pairs(logits + two, stride));
  z[0] = _mm256_shuffle_ps(rows0145, rows2367, 0x88);
  z[1] = _mm256_shuffle_ps(rows0145, rows2367, 0xDD);
}

[[INFOPLANE_INLINE]] inline void transpose(const float* logits, int classes, __m256* z) {
  int c = 0;
#pragma GCC unroll 4
  for (; c + 4 <= classes; c += 4) {
    transpose_four(logits + c, classes, z + c);
  }
  if (c + 2 <= classes) {
    transpose_two(logits + c, classes, z + c);
    c += 2;
  }
  if (c < classes) {
    z[c] = _mm256_i32gather_ps(logits + c,
                               _mm256_mullo_epi32(lane_numbers(), _mm256_set1_epi32(classes)), 4);
  }
}

/// exp_nonpositive of core/counting.h. `shifted` holds n + 64 in its low bits, so that q 2^(n + 64)
/// is exact and the last product rounds once. A NaN gives zero.
[[INFOPLANE_INLINE]] inline __m256 exp_nonpositive(__m256 d) {
  const __m256 round = _mm256_set1_ps(0x1.8p+23f + 64.0f);
  const __m256 clamped = _mm256_max_ps(d, _mm256_set1_ps(-104.0f));
  const __m256 shifted = _mm256_fmadd_ps(clamped, _mm256_set1_ps(0x1.715476p+0f), round);
  const __m256 n = _mm256_sub_ps(shifted, round);
  __m256 r = _mm256_fnmadd_ps(n, _mm256_set1_ps(0x1.62e400p-1f), clamped);
  r = _mm256_fnmadd_ps(n, _mm256_set1_ps(0x1.7f7d1cp-20f), r);
  __m256 q = _mm256_set1_ps(0x1.6a2352p-10f);
  q = _mm256_fmadd_ps(q, r, _mm256_set1_ps(0x1.123a6cp-7f));
  q = _mm256_fmadd_ps(q, r, _mm256_set1_ps(0x1.5558f4p-5f));
  q = _mm256_fmadd_ps(q, r, _mm256_set1_ps(0x1.555490p-3f));
  q = _mm256_fmadd_ps(q, r, _mm256_set1_ps(0x1.fffffcp-2f));
  q = _mm256_fmadd_ps(q, r, _mm256_set1_ps(1.0f));
  q = _mm256_fmadd_ps(q, r, _mm256_set1_ps(1.0f));
  const __m256i scaled =
      _mm256_add_epi32(_mm256_castps_si256(q), _mm256_slli_epi32(_mm256_castps_si256(shifted), 23));
  return _mm256_mul_ps(_mm256_castsi256_ps(scaled), _mm256_set1_ps(0x1p-64f));
}

/// The tree of sum_lanes over partial sums of which the first kWidth are not zero.
template <int kHalf, int kWidth>
[[INFOPLANE_INLINE]] inline void add_halves(__m256* partial) {
  constexpr int kAdded = std::min(kHalf, kWidth - kHalf);
#pragma GCC unroll 16
  for (int lane = 0; lane < kAdded; ++lane) {
    partial[lane] = _mm256_add_ps(partial[lane], partial[lane + kHalf]);
  }
  if constexpr (kHalf > 1) {
    add_halves<kHalf / 2, std::min(kHalf, kWidth)>(partial);
  }
}

/// log_of_sum of core/counting.h with the rest of row_loss_fixed, for 4 rows: s = m 2^e with m in
/// (sqrt(1/2), sqrt(2)].
[[INFOPLANE_INLINE]] inline __m256i loss_fixed(__m128 mantissa, __m128i exponent, __m128 max,
                                               __m128 logit) {
  const __m256d m = _mm256_cvtps_pd(mantissa);
  const __m256d one = _mm256_set1_pd(1.0);
  const __m256d u = _mm256_div_pd(_mm256_sub_pd(m, one), _mm256_add_pd(m, one));
  const __m256d w = _mm256_mul_pd(u, u);
  __m256d series = _mm256_set1_pd(1.0 / 15.0);
  series = _mm256_fmadd_pd(series, w, _mm256_set1_pd(1.0 / 13.0));
  series = _mm256_fmadd_pd(series, w, _mm256_set1_pd(1.0 / 11.0));
  series = _mm256_fmadd_pd(series, w, _mm256_set1_pd(1.0 / 9.0));
  series = _mm256_fmadd_pd(series, w, _mm256_set1_pd(1.0 / 7.0));
  series = _mm256_fmadd_pd(series, w, _mm256_set1_pd(1.0 / 5.0));
  series = _mm256_fmadd_pd(series, w, _mm256_set1_pd(1.0 / 3.0));
  series = _mm256_fmadd_pd(series, w, one);
  const __m256d log =
      _mm256_fmadd_pd(_mm256_cvtepi32_pd(exponent), _mm256_set1_pd(0x1.62e42fefa39efp-1),
                      _mm256_mul_pd(_mm256_add_pd(u, u), series));
  const __m256d nats =
      _mm256_add_pd(log, _mm256_sub_pd(_mm256_cvtps_pd(max), _mm256_cvtps_pd(logit)));
  const __m256d capped = _mm256_min_pd(nats, _mm256_set1_pd(16384.0));
  // The product is exact, so one rounding is what two would be. An integer below 2^52, added to
  // 2^52, is in the low bits.
  const __m256d fixed =
      _mm256_floor_pd(_mm256_fmadd_pd(capped, _mm256_set1_pd(268435456.0), _mm256_set1_pd(0.5)));
  const __m256d magic = _mm256_set1_pd(0x1p+52);
  return _mm256_xor_si256(_mm256_castpd_si256(_mm256_add_pd(fixed, magic)),
                          _mm256_castpd_si256(magic));
}

/// How a class's row of ranks [B + 1] is read.
enum class Ranks { kOneRegister, kTwoRegisters, kMemory };

/// Its entries at `prefix`, whose low bits are the index.
template <Ranks kRanks>
[[INFOPLANE_INLINE]] inline __m256i rank_terms(const std::uint32_t* ranks, int bins, __m256i prefix,
                                               __m256i valid) {
  const int* from = reinterpret_cast<const int*>(ranks);
  const __m256i last = _mm256_set1_epi32(kRanks == Ranks::kTwoRegisters ? bins - 8 : bins);
  const __m256i there = _mm256_cmpgt_epi32(lane_numbers(), last);  // past the end
  const __m256i entries = _mm256_xor_si256(there, _mm256_set1_epi32(-1));
  if constexpr (kRanks == Ranks::kOneRegister) {
    return _mm256_permutevar8x32_epi32(_mm256_maskload_epi32(from, entries), prefix);
  } else if constexpr (kRanks == Ranks::kTwoRegisters) {
    const __m256i low = _mm256_permutevar8x32_epi32(
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)), prefix);
    const __m256i high =
        _mm256_permutevar8x32_epi32(_mm256_maskload_epi32(from + 8, entries), prefix);
    return _mm256_castps_si256(
        _mm256_blendv_ps(_mm256_castsi256_ps(low), _mm256_castsi256_ps(high),
                         _mm256_castsi256_ps(_mm256_slli_epi32(prefix, 28))));
  } else {
    const __m256i index =
        _mm256_and_si256(_mm256_and_si256(prefix, _mm256_set1_epi32(0x7FFFFF)), valid);
    return _mm256_i32gather_epi32(from, index, 4);
  }
}

/// A block whose exponentials are known. Masks are lanes of ones.
template <int kClasses>
struct Exponentials {
  __m256 registers[kClasses > 0 ? kClasses : 1];
  __m256* e;  // [C], exp(z - max), in `registers` or in scratch memory
  __m256 sum;
  __m256 max;
  __m256 logit;  // the label's
  __m256i label;
  __m256i live;     // rows that are there
  __m256i valid;    // and whose logits are
  __m256i good;     // and whose label is
  __m256i correct;  // rows whose label is the first largest logit
};

/// The block of logits [8, C]; the rows that are not in `live` are read like the others.
template <int kClasses>
[[INFOPLANE_INLINE]] inline void find_exponentials(const float* logits, int classes, __m256i label,
                                                   __m256i live, Exponentials<kClasses>& block) {
  __m256 registers[kClasses > 0 ? kClasses : 1];
  __m256* z = kClasses > 0 ? registers : block.e;
  transpose(logits, classes, z);

  // A NaN is seen by the comparisons, two classes at a time; the maximum may miss it.
  __m256 max = z[0];
  __m256 ordered = _mm256_cmp_ps(z[0], z[classes - 1], _CMP_ORD_Q);
#pragma GCC unroll 16
  for (int c = 1; c < classes; ++c) {
    max = _mm256_max_ps(max, z[c]);
    if (c % 2 == 0) {
      ordered = _mm256_and_ps(ordered, _mm256_cmp_ps(z[c - 1], z[c], _CMP_ORD_Q));
    }
  }
  const __m256 magnitude = _mm256_andnot_ps(_mm256_set1_ps(-0.0f), max);
  ordered = _mm256_and_ps(ordered,
                          _mm256_cmp_ps(magnitude, _mm256_set1_ps(0x1.fffffep+127f), _CMP_LE_OQ));
  const __m256i valid = _mm256_and_si256(live, _mm256_castps_si256(ordered));
  __m256i argmax = _mm256_set1_epi32(classes - 1);
#pragma GCC unroll 16
  for (int c = classes - 2; c >= 0; --c) {
    argmax = _mm256_blendv_epi8(argmax, _mm256_set1_epi32(c),
                                _mm256_castps_si256(_mm256_cmp_ps(z[c], max, _CMP_EQ_OQ)));
  }

  // A partial sum starts at its first term: 0 + e is e.
  constexpr int kWidth = kClasses > 0 ? kClasses : kSumLanes;
  __m256 partial[kWidth];
#pragma GCC unroll 16
  for (int c = 0; c < kWidth; ++c) {
    if (kClasses == 0 && c >= classes) {
      partial[c] = _mm256_setzero_ps();
      continue;
    }
    partial[c] = exp_nonpositive(_mm256_sub_ps(z[c], max));
    block.e[c] = partial[c];
  }
  for (int c = kSumLanes; c < classes; ++c) {
    block.e[c] = exp_nonpositive(_mm256_sub_ps(z[c], max));
    partial[c % kSumLanes] = _mm256_add_ps(partial[c % kSumLanes], block.e[c]);
  }
  add_halves<kSumLanes / 2, kWidth>(partial);

  const __m256i number = _mm256_set1_epi32(classes);
  const __m256i in_range =
      _mm256_andnot_si256(_mm256_srai_epi32(label, 31), _mm256_cmpgt_epi32(number, label));
  const __m256i good = _mm256_and_si256(valid, in_range);
  const __m256i place = _mm256_add_epi32(_mm256_mullo_epi32(lane_numbers(), number), label);
  block.logit = _mm256_mask_i32gather_ps(_mm256_setzero_ps(), logits, place,
                                         _mm256_castsi256_ps(good), sizeof(float));
  block.sum = partial[0];
  block.max = max;
  block.label = label;
  block.live = live;
  block.valid = valid;
  block.good = good;
  block.correct = _mm256_cmpeq_epi32(argmax, label);
}

/// Sums of one call. Masks are -1, and subtracted.
struct Sums {
  __m256i loss;
  __m256i bad_logits;
  __m256i bad_labels;
};

[[INFOPLANE_INLINE]] inline void add_sums(__m256 sum, __m256 max, __m256 logit, __m256i good,
                                          Sums& sums) {
  const __m256i bits = _mm256_castps_si256(sum);
  const __m256i exponent =
      _mm256_srai_epi32(_mm256_sub_epi32(bits, _mm256_set1_epi32(0x3F3504F4)), 23);
  const __m256 mantissa =
      _mm256_castsi256_ps(_mm256_sub_epi32(bits, _mm256_slli_epi32(exponent, 23)));
  const __m256i low = loss_fixed(_mm256_castps256_ps128(mantissa), _mm256_castsi256_si128(exponent),
                                 _mm256_castps256_ps128(max), _mm256_castps256_ps128(logit));
  const __m256i high =
      loss_fixed(_mm256_extractf128_ps(mantissa, 1), _mm256_extracti128_si256(exponent, 1),
                 _mm256_extractf128_ps(max, 1), _mm256_extractf128_ps(logit, 1));
  const __m256i good_low = _mm256_cvtepi32_epi64(_mm256_castsi256_si128(good));
  const __m256i good_high = _mm256_cvtepi32_epi64(_mm256_extracti128_si256(good, 1));
  sums.loss = _mm256_add_epi64(sums.loss, _mm256_and_si256(good_low, low));
  sums.loss = _mm256_add_epi64(sums.loss, _mm256_and_si256(good_high, high));
}

/// Cells found and not yet counted.
struct Pending {
  alignas(32) std::uint32_t cells[kRows];
  alignas(32) std::uint32_t lines[kRows];
  alignas(32) std::uint32_t tallies[kRows];
  int good = 0;  // a bit a row
};

[[INFOPLANE_INLINE]] inline void store(std::uint32_t* to, __m256i from) {
  _mm256_store_si256(reinterpret_cast<__m256i*>(to), from);
}

template <int kClasses, Ranks kRanks>
[[INFOPLANE_INLINE]] inline void find_cells(const Exponentials<kClasses>& block, int classes,
                                            const JointCountsView& table, Sums& sums,
                                            Pending& pending) {
  // 1 / S is 1 only where S is: one class then has everything, and p below 1 by a hair puts it
  // into the last bin, the others, below 2^-24, staying in the first. So no bin needs a limit.
  const __m256 reciprocal =
      _mm256_min_ps(_mm256_div_ps(_mm256_set1_ps(1.0f), block.sum), _mm256_set1_ps(0x1.fffffep-1f));
  const __m256 scale = _mm256_set1_ps(static_cast<float>(table.bins));
  const __m256 magic = _mm256_set1_ps(0x1p+23f);  // an integer added to it is in the low bits
  __m256i prefix = _mm256_setzero_si256();
  __m256i rank = _mm256_setzero_si256();
#pragma GCC unroll 16
  for (int c = 0; c < classes; ++c) {
    const __m256 p = _mm256_mul_ps(block.e[c], reciprocal);
    const __m256 nearest = _mm256_fmadd_ps(p, scale, magic);
    const __m256 remainder = _mm256_fmsub_ps(p, scale, _mm256_sub_ps(nearest, magic));
    prefix = _mm256_add_epi32(prefix, _mm256_castps_si256(nearest));
    prefix = _mm256_add_epi32(prefix, _mm256_srai_epi32(_mm256_castps_si256(remainder), 31));
    rank =
        _mm256_add_epi32(rank, rank_terms<kRanks>(table.ranks + std::int64_t{c} * (table.bins + 1),
                                                  table.bins, prefix, block.valid));
  }
  const __m256i number = _mm256_set1_epi32(classes);
  const __m256i cell =
      _mm256_and_si256(block.good, _mm256_add_epi32(_mm256_mullo_epi32(rank, number), block.label));
  store(pending.cells, cell);
  store(pending.lines, _mm256_srli_epi32(cell, 4));
  store(pending.tallies, _mm256_add_epi32(_mm256_blendv_epi8(number, block.label, block.correct),
                                          _mm256_set1_epi32(kTallyCorrect)));
  pending.good = _mm256_movemask_ps(_mm256_castsi256_ps(block.good));
#pragma GCC unroll 8
  for (int i = 0; i < kRows; ++i) {
    __builtin_prefetch(table.counts + pending.cells[i], 1);
  }

  add_sums(block.sum, block.max, block.logit, block.good, sums);
  sums.bad_logits = _mm256_sub_epi32(sums.bad_logits, _mm256_andnot_si256(block.valid, block.live));
  sums.bad_labels = _mm256_sub_epi32(sums.bad_labels, _mm256_andnot_si256(block.good, block.valid));
}

[[INFOPLANE_INLINE]] inline void count(const Pending& pending, const JointCountsView& table) {
  std::uint32_t* const counts = table.counts;
  std::uint8_t* const touched = table.touched;
  std::uint64_t* const tallies = table.tallies;
#pragma GCC unroll 8
  for (int i = 0; i < kRows; ++i) {
    if ((pending.good >> i & 1) != 0) {
      ++counts[pending.cells[i]];
      touched[pending.lines[i]] = 1;
      ++tallies[pending.tallies[i]];
    }
  }
}

/// The sum of the lanes, of whichever width.
template <class Lane>
[[INFOPLANE_INLINE]] inline std::uint64_t sum_of(__m256i lanes) {
  alignas(32) Lane values[32 / sizeof(Lane)];
  _mm256_store_si256(reinterpret_cast<__m256i*>(values), lanes);
  std::uint64_t sum = 0;
  for (const Lane value : values) {
    sum += value;
  }
  return sum;
}

// Three blocks under way, and empty ones at the end, as with AVX-512.
template <int kClasses, Ranks kRanks>
[[INFOPLANE_AVX2]] void count_rows(const JointCountsView& table, const float* logits,
                                   const std::int32_t* labels, std::int64_t rows, float* scratch) {
  const int classes = kClasses > 0 ? kClasses : table.classes;
  const std::int64_t block_size = std::int64_t{kRows} * classes;
  Sums sums{_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256()};
  Exponentials<kClasses> blocks[2] = {};
  Pending pending[2];
  for (int i = 0; i < 2; ++i) {
    blocks[i].e =
        kClasses > 0 ? blocks[i].registers : reinterpret_cast<__m256*>(scratch + i * block_size);
  }
  std::fill_n(scratch, 3 * block_size, 0.0f);
  int now = 0;
  for (std::int64_t row = 0; row < rows + 2 * kRows; row += kRows, now ^= 1) {
    const auto left = static_cast<int>(std::clamp<std::int64_t>(rows - row, 0, kRows));
    const float* block = logits + row * classes;
    if (left < kRows) {  // completed to a block
      float* completed = scratch + 2 * block_size;
      std::copy_n(block, left * classes, completed);
      block = completed;
    }
    const __m256i live = _mm256_cmpgt_epi32(_mm256_set1_epi32(left), lane_numbers());
    find_exponentials<kClasses>(block, classes, _mm256_maskload_epi32(labels + row, live), live,
                                blocks[now]);
    find_cells<kClasses, kRanks>(blocks[now ^ 1], classes, table, sums, pending[now ^ 1]);
    count(pending[now], table);
  }
  table.tallies[kTallyLoss] += sum_of<std::uint64_t>(sums.loss);
  table.tallies[kTallyBadLogits] += sum_of<std::uint32_t>(sums.bad_logits);
  table.tallies[kTallyBadLabels] += sum_of<std::uint32_t>(sums.bad_labels);
}

template <Ranks kRanks, int... kLess2>
constexpr std::array<CountRows, sizeof...(kLess2)> unrolled(std::integer_sequence<int, kLess2...>) {
  return {count_rows<kLess2 + 2, kRanks>...};
}

template <Ranks kRanks>
CountRows for_classes(int classes) {
  constexpr auto kUnrolled = unrolled<kRanks>(std::make_integer_sequence<int, kMostUnrolled - 1>());
  return classes <= kMostUnrolled ? kUnrolled[static_cast<std::size_t>(classes - 2)]
                                  : count_rows<0, kRanks>;
}

}  // namespace

CountRows count_rows_avx2(const JointCountsView& table) {
  if (table.bins > 15) {
    return count_rows<0, Ranks::kMemory>;
  }
  return table.bins > 7 ? for_classes<Ranks::kTwoRegisters>(table.classes)
                        : for_classes<Ranks::kOneRegister>(table.classes);
}

}  // namespace infoplane::cpu

#else

namespace infoplane::cpu {

CountRows count_rows_avx2(const JointCountsView& /*table*/) { return nullptr; }

}  // namespace infoplane::cpu

#endif
