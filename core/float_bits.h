#pragma once

#include <cstdint>
#include <cstring>

#include "core/hd.h"

namespace infoplane {

#if defined(__CUDA_ARCH__)
INFOPLANE_HD float float_from_bits(std::uint32_t bits) { return __uint_as_float(bits); }
INFOPLANE_HD std::uint32_t bits_of(float value) { return __float_as_uint(value); }
#else
INFOPLANE_HD float float_from_bits(std::uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}
INFOPLANE_HD std::uint32_t bits_of(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}
#endif

}  // namespace infoplane
