#pragma once

#include <cstdint>

#include "core/float_bits.h"
#include "core/hd.h"

namespace infoplane {

/// bfloat16, the upper half of a float32: its range, and 7 bits behind the point.
struct Bf16 {
  std::uint16_t bits;
};

/// To the nearest, of two equally near ones to the even one; beyond the largest to infinity. A NaN
/// stays one.
INFOPLANE_HD Bf16 to_bf16(float value) {
  constexpr std::uint32_t kQuietNaN = 0x00400000u;
  const std::uint32_t bits = bits_of(value);
  if (value != value) {
    return {static_cast<std::uint16_t>((bits | kQuietNaN) >> 16)};
  }
  const std::uint32_t odd = (bits >> 16) & 1u;
  return {static_cast<std::uint16_t>((bits + 0x7FFFu + odd) >> 16)};
}

INFOPLANE_HD float from_bf16(Bf16 value) {
  return float_from_bits(static_cast<std::uint32_t>(value.bits) << 16);
}

}  // namespace infoplane
