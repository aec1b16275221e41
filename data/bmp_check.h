#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace infoplane {

/// Whether the bytes begin like a BMP file.
bool is_bmp(std::span<const std::uint8_t> bytes);

/// Whether it has the palette of OS/2's 12-byte header, of which stb_image 2.27 leaves the last
/// four colours out.
bool has_os2_palette(std::span<const std::uint8_t> bytes);

/// What is wrong with the pixels of a BMP file whose header the decoder takes, in a few words;
/// empty when nothing is. The decoder would take rows that are cut for zeros, and colours that the
/// palette lacks from uninitialised memory.
/// Source: Microsoft, "Bitmap Storage": rows are padded to four bytes.
std::string bmp_defect(std::span<const std::uint8_t> bytes);

}  // namespace infoplane
