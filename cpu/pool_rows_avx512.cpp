// Max-pool with AVX-512: the channels of a window in a register, whatever their number.
#include "cpu/pool_rows.h"

#if defined(__x86_64__)

#include <algorithm>

#include "cpu/vectors_avx512.h"

namespace infoplane::cpu {

using namespace avx512;

[[INFOPLANE_KERNEL]] void pool_row_avx512(const Window& window, const PoolRow& row) {
  const std::int64_t x_row = row.width * row.channels;
  for (std::int64_t column = 0; column < row.columns; ++column) {
    const std::int64_t left = column * window.stride_w - window.pad_w;
    const std::int64_t first = std::max<std::int64_t>(0, -left);
    const std::int64_t last = std::min(window.kernel_w, row.width - left);
    for (std::int64_t c = 0; c < row.channels; c += kLanes) {
      const Mask mask =
          first_rows(static_cast<int>(std::min<std::int64_t>(kLanes, row.channels - c)));
      F best = all(-INFINITY);
      I winner = all(static_cast<std::int32_t>(row.first_row * window.kernel_w + first));
      for (std::int64_t kh = row.first_row; kh < row.last_row; ++kh) {
        const float* x = row.x + (kh - row.first_row) * x_row + left * row.channels + c;
        for (std::int64_t kw = first; kw < last; ++kw) {
          const F value = _mm512_maskz_loadu_ps(mask, x + kw * row.channels);
          // Not "not less or equal" alone: a NaN is taken, and kept.
          const Mask larger = _mm512_mask_cmp_ps_mask(equal(best, best), value, best, _CMP_NLE_UQ);
          best = choose(larger, value, best);
          winner =
              choose(larger, all(static_cast<std::int32_t>(kh * window.kernel_w + kw)), winner);
        }
      }
      const std::int64_t to = column * row.channels + c;
      _mm512_mask_storeu_ps(row.y + to, mask, best);
      if (row.argmax != nullptr) {
        _mm_mask_storeu_epi8(row.argmax + to, mask, _mm512_cvtepi32_epi8(winner));
      }
    }
  }
}

}  // namespace infoplane::cpu

#else

namespace infoplane::cpu {

void pool_row_avx512(const Window&, const PoolRow&) {}

}  // namespace infoplane::cpu

#endif
