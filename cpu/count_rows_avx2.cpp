// Counting with AVX2: what the kernel of cpu/count_rows.inc needs beside the vectors. What this
// instruction set lacks:
//   rounding to zero   the nearest integer, less one where the exact remainder is negative
//   tables of 16 ranks two of 8 and a selection
#include "cpu/count_rows.h"

#if defined(__x86_64__)

#include <algorithm>
#include <array>
#include <utility>

#include "core/counting.h"
#include "cpu/vectors_avx2.h"

namespace infoplane::cpu {
namespace avx2 {
namespace {

/// The logit of each row's label, of the rows in `mask`.
[[INFOPLANE_INLINE]] inline F gather(const float* logits, int classes, I label, Mask mask) {
  return _mm256_mask_i32gather_ps(all(0.0f), logits,
                                  add(multiply(lane_numbers(), all(std::int32_t{classes})), label),
                                  as_floats(mask), 4);
}

/// The sum of bins, in the low bits.
struct Prefix {
  I sum;

  /// An integer added to 2^23 is in the low bits.
  [[INFOPLANE_INLINE]] void add_bin(F p, F scale) {
    const F magic = all(0x1p+23f);
    const F nearest = multiply_add(p, scale, magic);
    const F remainder = _mm256_fmsub_ps(p, scale, subtract(nearest, magic));
    sum = add(add(sum, as_ints(nearest)), shifted_right_signed<31>(as_ints(remainder)));
  }
};
[[INFOPLANE_INLINE]] inline Prefix no_bins() { return {all(std::int32_t{0})}; }

/// Where a class's row of ranks [B + 1] is looked up.
enum class RankSource { kRegister, kTwoRegisters, kMemory };

/// The table of ranks.
template <int kClasses>
struct RankTable {
  explicit RankTable(const JointCountsView& table) : rows(table.ranks), bins(table.bins) {}

  /// Of class c, the entries at the prefix sums.
  template <RankSource kSource>
  [[INFOPLANE_INLINE]] I terms(int c, Prefix prefix, Mask valid) const {
    const int* row = reinterpret_cast<const int*>(rows + std::int64_t{c} * (bins + 1));
    if constexpr (kSource == RankSource::kMemory) {
      return _mm256_i32gather_epi32(row, both(both(prefix.sum, all(0x7FFFFF)), valid), 4);
    } else if constexpr (kSource == RankSource::kRegister) {
      return _mm256_permutevar8x32_epi32(load_where(first_rows(bins + 1), row), prefix.sum);
    } else {
      const I low = _mm256_permutevar8x32_epi32(
          _mm256_loadu_si256(reinterpret_cast<const __m256i*>(row)), prefix.sum);
      const I high =
          _mm256_permutevar8x32_epi32(load_where(first_rows(bins - 7), row + 8), prefix.sum);
      return choose(bit_set(prefix.sum, 3), high, low);
    }
  }

  const std::uint32_t* rows;
  int bins;
};

/// Four classes of 8 rows, by squares of 4 x 4 in the 128-bit lanes.
[[INFOPLANE_INLINE]] inline void transpose_four(const float* logits, std::int64_t stride, F* z) {
  __m256 row[4];
#pragma GCC unroll 4
  for (int r = 0; r < 4; ++r) {
    const float* from = logits + r * stride;
    row[r] = _mm256_set_m128(_mm_loadu_ps(from + 4 * stride), _mm_loadu_ps(from));
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
[[INFOPLANE_INLINE]] inline __m128 two_pairs(const float* from, std::int64_t stride) {
  const __m128 first = _mm_castsi128_ps(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)));
  return _mm_loadh_pi(first, reinterpret_cast<const __m64*>(from + stride));
}

/// Two classes of 8 rows.
[[INFOPLANE_INLINE]] inline void transpose_two(const float* logits, std::int64_t stride, F* z) {
  const std::int64_t two = 2 * stride;
  const __m256 rows0145 =
      _mm256_set_m128(two_pairs(logits + 2 * two, stride), two_pairs(logits, stride));
  const __m256 rows2367 =
      _mm256_set_m128(two_pairs(logits + 3 * two, stride), two_pairs(logits + two, stride));
  z[0] = _mm256_shuffle_ps(rows0145, rows2367, 0x88);
  z[1] = _mm256_shuffle_ps(rows0145, rows2367, 0xDD);
}

[[INFOPLANE_INLINE]] inline void transpose(const float* logits, int classes, F* z) {
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
    z[c] = gather(logits, classes, all(std::int32_t{c}), all(std::int32_t{-1}));
  }
}

#include "cpu/count_rows.inc"

}  // namespace
}  // namespace avx2

CountRows count_rows_avx2(const JointCountsView& table) {
  if (table.bins > 15) {
    return avx2::for_classes<avx2::RankSource::kMemory>(table.classes);
  }
  return table.bins > 7 ? avx2::for_classes<avx2::RankSource::kTwoRegisters>(table.classes)
                        : avx2::for_classes<avx2::RankSource::kRegister>(table.classes);
}

}  // namespace infoplane::cpu

#else

namespace infoplane::cpu {

CountRows count_rows_avx2(const JointCountsView& /*table*/) { return nullptr; }

}  // namespace infoplane::cpu

#endif
