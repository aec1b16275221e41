#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace infoplane::test {

/// Interleaved RGB pixels [height, width, 3] as the files x.png, x.jpg and x.bmp.
std::map<std::string, std::vector<std::uint8_t>> encoded_images(
    const std::vector<std::uint8_t>& rgb, int width, int height);

}  // namespace infoplane::test
