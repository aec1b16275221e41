#pragma once

#include <cstdint>

#include "core/geometry.h"

namespace infoplane::cpu {

/// One row of max-pool's outputs of one image, channels last.
struct PoolRow {
  const float* x;        ///< the image's row under kernel row `first_row`
  std::int64_t width;    ///< columns of the image
  std::int64_t columns;  ///< of y
  std::int64_t channels;
  std::int64_t first_row, last_row;  ///< the kernel's rows on the image
  float* y;                          ///< [columns, channels]
  std::uint8_t* argmax;              ///< the same, or null
};

/// As ops::max_pool_forward does for all rows. For a processor with AVX-512.
void pool_row_avx512(const Window& window, const PoolRow& row);

}  // namespace infoplane::cpu
