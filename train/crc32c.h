#pragma once

#include <cstdint>
#include <string_view>

namespace infoplane {

/// CRC-32C (Castagnoli) of the bytes, reflected, as iSCSI and TensorFlow use it.
std::uint32_t crc32c(std::string_view bytes);

}  // namespace infoplane
