#pragma once

#include <bit>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace infoplane::cpu {

/// Counts of a symbol, by label.
struct LabelRows {
  std::uint64_t rows;    ///< their sum
  std::uint32_t labels;  ///< a bit for each that is not zero
};

/// Looks at counts[0] to counts[size - 1], size <= 32.
inline LabelRows label_rows_of(const std::uint32_t* counts, std::int64_t size) {
  LabelRows found{0, 0};
  std::int64_t y = 0;
#if defined(__SSE2__)
  const __m128i zero = _mm_setzero_si128();
  __m128i sum = zero;
  for (; y + 4 <= size; y += 4) {
    const __m128i four = _mm_loadu_si128(reinterpret_cast<const __m128i*>(counts + y));
    const __m128 is_zero = _mm_castsi128_ps(_mm_cmpeq_epi32(four, zero));
    sum = _mm_add_epi64(sum, _mm_unpacklo_epi32(four, zero));
    sum = _mm_add_epi64(sum, _mm_unpackhi_epi32(four, zero));
    found.labels |= (static_cast<std::uint32_t>(_mm_movemask_ps(is_zero)) ^ 0xFu) << y;
  }
  sum = _mm_add_epi64(sum, _mm_unpackhi_epi64(sum, sum));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(&found.rows), sum);
#endif
  for (; y < size; ++y) {
    found.rows += counts[y];
    found.labels |= (counts[y] != 0 ? 1u : 0u) << y;
  }
  return found;
}

/// Calls visit(y, counts[y]) for the counts [C] that are not zero, in order.
template <class Visit>
void for_each_label(const std::uint32_t* counts, std::int64_t classes, const Visit& visit) {
  for (std::int64_t base = 0; base < classes; base += 32) {
    const std::int64_t size = classes - base < 32 ? classes - base : 32;
    for (std::uint32_t left = label_rows_of(counts + base, size).labels; left != 0;
         left &= left - 1) {
      const std::int64_t y = base + std::countr_zero(left);
      visit(static_cast<std::size_t>(y), std::uint64_t{counts[y]});
    }
  }
}

/// The sum of counts [C].
inline std::uint64_t rows_of(const std::uint32_t* counts, std::int64_t classes) {
  std::uint64_t rows = 0;
  for (std::int64_t base = 0; base < classes; base += 32) {
    rows += label_rows_of(counts + base, classes - base < 32 ? classes - base : 32).rows;
  }
  return rows;
}

}  // namespace infoplane::cpu
