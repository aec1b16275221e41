// Looking at symbols with AVX-512: the counts of one in a register.
#include "cpu/scan_symbols.h"

#if defined(__x86_64__)

#include <algorithm>
#include <array>

#include "cpu/vectors_avx512.h"

namespace infoplane::cpu {
namespace avx512 {
namespace {

/// The sum of counts [C], 0 behind them: of 32 bits, as a whole table's is (kMostCountedRows).
template <int kClasses>
[[INFOPLANE_INLINE]] inline std::uint32_t rows_of(I own, const std::uint32_t* counts) {
  if constexpr (kClasses == 10) {
    // Three loads, as what moves words within a register is in demand.
    const auto four = [counts](int y) {
      return _mm_loadu_si128(reinterpret_cast<const __m128i*>(counts + y));
    };
    __m128i sum = _mm_add_epi32(four(0), four(4));
    sum = _mm_add_epi32(sum, _mm_loadl_epi64(reinterpret_cast<const __m128i*>(counts + 8)));
    sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0b01001110));
    sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0b10110001));
    return static_cast<std::uint32_t>(_mm_cvtsi128_si32(sum));
  } else {
    return static_cast<std::uint32_t>(_mm512_reduce_add_epi32(own));
  }
}

/// kClasses is C, or 0 for any up to 16.
///
/// How many labels a symbol has is nothing that a processor could foresee. So there is no branch on
/// it: the places of what is to be counted go to a list, by a compression of the register, and are
/// counted from there.
template <int kClasses>
[[INFOPLANE_KERNEL]] std::size_t scan_symbols(const JointCountsView& table,
                                              std::span<const std::uint32_t> symbols, After after,
                                              CountsOfCounts& small, std::uint64_t* label_rows,
                                              std::uint32_t* large) {
  constexpr std::size_t kAtATime = 256;  // their places stay in the first-level cache
  const int classes = kClasses > 0 ? kClasses : table.classes;
  const Mask all_classes = first_rows(classes);
  const auto most_rows = static_cast<std::uint32_t>(small.most_rows());
  const I first_place =
      _mm512_mullo_epi32(_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
                         all(static_cast<std::int32_t>(small.entries())));
  std::array<std::int32_t, CountsOfCounts::kMostRows + 1> triangles;
  for (std::size_t rows = 0; rows < triangles.size(); ++rows) {
    triangles[rows] = static_cast<std::int32_t>(CountsOfCounts::triangle(rows));
  }
  std::uint32_t* times = small.times();
  std::array<std::uint32_t, 16 * kAtATime + 16> places;
  I sums = all(0);  // of labels; those of a whole table fit 32 bits (kMostCountedRows)
  std::size_t found = 0;
  for (std::size_t first = 0; first < symbols.size(); first += kAtATime) {
    const std::size_t last = std::min(symbols.size(), first + kAtATime);
    std::uint32_t* next = places.data();
    for (std::size_t i = first; i < last; ++i) {
      std::uint32_t* counts = table.counts + std::int64_t{symbols[i]} * classes;
      const I own = _mm512_maskz_loadu_epi32(all_classes, counts);
      sums = add(sums, own);
      const std::uint32_t rows = rows_of<kClasses>(own, counts);
      const bool is_small = rows <= most_rows;
      large[found] = symbols[i];
      found += is_small ? 0 : 1;
      const std::uint32_t counted = is_small ? rows : 0;
      small.add_symbol(counted);
      const Mask labels = _mm512_mask_test_epi32_mask(is_small ? all_classes : Mask{0}, own, own);
      _mm512_storeu_si512(next, _mm512_maskz_compress_epi32(
                                    labels, add(add(first_place, all(triangles[counted])), own)));
      next += __builtin_popcount(labels);
      if (is_small && after == After::kEmpty) {
        std::fill_n(counts, classes, 0);
      }
    }
    for (const std::uint32_t* place = places.data(); place < next; ++place) {
      ++times[*place];
    }
  }
  std::array<std::uint32_t, 16> of_label;
  _mm512_storeu_si512(of_label.data(), sums);
  for (int y = 0; y < classes; ++y) {
    label_rows[y] += of_label[static_cast<std::size_t>(y)];
  }
  return found;
}

}  // namespace
}  // namespace avx512

ScanSymbols scan_symbols_avx512(const JointCountsView& table) {
  return table.classes == 10 ? avx512::scan_symbols<10> : avx512::scan_symbols<0>;
}

}  // namespace infoplane::cpu

#else

namespace infoplane::cpu {

ScanSymbols scan_symbols_avx512(const JointCountsView& /*table*/) { return nullptr; }

}  // namespace infoplane::cpu

#endif
