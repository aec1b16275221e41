#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace infoplane {

/// Whether the bytes begin like a PNG file.
bool is_png(std::span<const std::uint8_t> bytes);

/// What is wrong with a PNG file that the decoder would not notice, in a few words; empty when
/// nothing is: a chunk whose CRC-32 is not that of its type and data, a file that does not begin
/// with its header, IHDR, or does not come to its end, IEND. What lies behind that is no image's.
///
/// The compressed pixels have an Adler-32 of their own, which is left out: every byte of them lies
/// in an IDAT chunk, so that its CRC speaks for it.
///
/// Source: W3C, "Portable Network Graphics", sections 5.2 to 5.4.
std::string png_defect(std::span<const std::uint8_t> bytes);

}  // namespace infoplane
