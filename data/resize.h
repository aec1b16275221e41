#pragma once

#include <cstdint>

namespace infoplane {

/// [H, W, channels] bytes of one size from those of another. An axis that becomes longer is
/// filtered by Catmull and Rom's kernel, another by Mitchell and Netravali's. False when it cannot
/// be done.
bool resize_pixels(const std::uint8_t* from, int from_width, int from_height, std::uint8_t* to,
                   int to_width, int to_height, int channels);

}  // namespace infoplane
