#include "cpu/log2.h"

#include <cstring>

#include "cpu/simd.h"

namespace infoplane::cpu {

// x = m 2^k, m in (sqrt(1/2), sqrt(2)];  log m = 2 atanh(u), u = (m - 1) / (m + 1), |u| <= 0.1716.
INFOPLANE_CPU_CLONES void log2_of(const double* x, std::int64_t size, double* result) {
  constexpr std::uint64_t kOne = 0x3FF0000000000000u;
  constexpr std::uint64_t kRootOfHalf = 0x3FE6A09E667F3BCDu;
  constexpr std::uint64_t kMagic =
      0x4330000000000000u;  // 2^52: an integer in the low bits is added
  for (std::int64_t i = 0; i < size; ++i) {
    std::uint64_t bits;
    std::memcpy(&bits, x + i, sizeof bits);
    const std::uint64_t biased = (bits + (kOne - kRootOfHalf)) >> 52;  // k + 1023
    const std::uint64_t shifted = biased | kMagic;
    const std::uint64_t m_bits = bits - (biased << 52) + kOne;
    double k;
    double m;
    std::memcpy(&k, &shifted, sizeof k);
    std::memcpy(&m, &m_bits, sizeof m);
    k -= 0x1p52 + 1023.0;
    const double u = (m - 1.0) / (m + 1.0);
    const double w = u * u;
    double series = 1.0 / 21.0;
    series = series * w + 1.0 / 19.0;
    series = series * w + 1.0 / 17.0;
    series = series * w + 1.0 / 15.0;
    series = series * w + 1.0 / 13.0;
    series = series * w + 1.0 / 11.0;
    series = series * w + 1.0 / 9.0;
    series = series * w + 1.0 / 7.0;
    series = series * w + 1.0 / 5.0;
    series = series * w + 1.0 / 3.0;
    series = series * w + 1.0;
    result[i] = k + u * 2.8853900817779268 * series;  // 2 / ln 2
  }
}

}  // namespace infoplane::cpu
