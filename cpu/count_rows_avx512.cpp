// Counting with AVX-512: what the kernel of cpu/count_rows.inc needs beside the vectors.
#include "cpu/count_rows.h"

#if defined(__x86_64__)

#include <algorithm>
#include <array>
#include <utility>

#include "core/counting.h"
#include "cpu/vectors_avx512.h"

namespace infoplane::cpu {
namespace avx512 {
namespace {

/// The logit of each row's label, of the rows in `mask`.
[[INFOPLANE_INLINE]] inline F gather(const float* logits, int classes, I label, Mask mask) {
  const I lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return _mm512_mask_i32gather_ps(all(0.0f), mask, add(multiply(lanes, all(classes)), label),
                                  logits, 4);
}

/// 2^23 + s, whose low bits are the sum of bins s: to add B p toward zero to an integer of this
/// size is to add the bin.
struct Prefix {
  F sum;

  [[INFOPLANE_INLINE]] void add_bin(F p, F scale) {
    sum = _mm512_fmadd_round_ps(p, scale, sum, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
  }
};
[[INFOPLANE_INLINE]] inline Prefix no_bins() { return {all(0x1p+23f)}; }

/// Where a class's row of ranks [B + 1] is looked up.
enum class RankSource { kRegister, kMemory };

/// The table of ranks; rows of at most 16, of unrolled classes, are copied so that each fills a
/// register.
template <int kClasses>
struct RankTable {
  explicit RankTable(const JointCountsView& table) : rows(table.ranks), stride(table.bins + 1) {
    if (kClasses > 0 && stride <= 16) {
      for (int c = 0; c < kClasses; ++c) {
        std::copy_n(rows + c * stride, stride, registers[c]);
      }
    }
  }
  /// Of class c, the entries at the prefix sums.
  template <RankSource kSource>
  [[INFOPLANE_INLINE]] I terms(int c, Prefix prefix, Mask valid) const {
    const I index = as_ints(prefix.sum);
    const std::uint32_t* row = rows + std::int64_t{c} * stride;
    if constexpr (kSource == RankSource::kMemory) {
      return _mm512_mask_i32gather_epi32(all(0), valid, both(index, all(0x7FFFFF)), row, 4);
    } else if constexpr (kClasses > 0) {
      return _mm512_permutexvar_epi32(index, _mm512_load_si512(registers[c]));
    } else {
      const auto entries = static_cast<Mask>((1u << stride) - 1u);
      return _mm512_permutexvar_epi32(index, _mm512_maskz_loadu_epi32(entries, row));
    }
  }

  alignas(64) std::uint32_t registers[kClasses > 0 ? kClasses : 1][16] = {};
  const std::uint32_t* rows;
  int stride;
};

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

/// The pairs at `from` of two neighbouring rows.
[[INFOPLANE_INLINE]] inline __m128 two_pairs(const float* from, std::int64_t stride) {
  const __m128 first = _mm_castsi128_ps(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)));
  return _mm_loadh_pi(first, reinterpret_cast<const __m64*>(from + stride));
}

/// Two classes of 16 rows. A gather of pairs would be shorter, and takes longer.
[[INFOPLANE_INLINE]] inline void transpose_two(const float* logits, std::int64_t stride, F* z) {
  F rows[2];  // lane k: rows 4 k and 4 k + 1, 4 k + 2 and 4 k + 3
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) {
    const float* from = logits + 2 * i * stride;
    const __m256 low =
        _mm256_set_m128(two_pairs(from + 4 * stride, stride), two_pairs(from, stride));
    const __m256 high = _mm256_set_m128(two_pairs(from + 12 * stride, stride),
                                        two_pairs(from + 8 * stride, stride));
    rows[i] = _mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1);
  }
  z[0] = _mm512_shuffle_ps(rows[0], rows[1], 0x88);
  z[1] = _mm512_shuffle_ps(rows[0], rows[1], 0xDD);
}

[[INFOPLANE_INLINE]] inline void transpose(const float* logits, int classes, F* z) {
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
    z[c] = gather(logits, classes, all(std::int32_t{c}), 0xFFFF);
  }
}

#include "cpu/count_rows.inc"

}  // namespace
}  // namespace avx512

CountRows count_rows_avx512(const JointCountsView& table) {
  return table.bins > 15 ? avx512::for_classes<avx512::RankSource::kMemory>(table.classes)
                         : avx512::for_classes<avx512::RankSource::kRegister>(table.classes);
}

}  // namespace infoplane::cpu

#else

namespace infoplane::cpu {

CountRows count_rows_avx512(const JointCountsView& /*table*/) { return nullptr; }

}  // namespace infoplane::cpu

#endif
