#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace infoplane {

/// What is wrong with a JPEG file that the decoder would not notice, in a few words; empty when
/// nothing is. Looks at the structure alone:
///
/// - a file without an end marker is truncated (the decoder fills the rest with grey),
/// - a Huffman table has at most 256 codes, and codes of DC differences mean at most 15 bits
///   (stb_image 2.27 writes and reads past its tables otherwise: nothings/stb issues 1108 and
///   1289).
///
/// Source: ITU-T T.81, annex B.
std::string jpeg_defect(std::span<const std::uint8_t> bytes);

}  // namespace infoplane
