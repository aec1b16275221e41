#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace infoplane {

/// A binary grey (P5) or RGB (P6) image of the Netpbm family, as it lies in a file.
struct Pnm {
  int channels = 0;
  std::uint64_t width = 0;
  std::uint64_t height = 0;
  std::uint32_t white = 0;  ///< maxval: the largest sample, up to 65535
  std::span<const std::uint8_t>
      samples;  ///< all that follows the header: [height, width, channels]
};

/// Whether the bytes begin like one.
bool is_pnm(std::span<const std::uint8_t> bytes);

/// Reads the header: numbers between white space and comments. Nothing when it is damaged.
/// Source: the manual pages pgm(5) and ppm(5) of Netpbm.
std::optional<Pnm> read_pnm(std::span<const std::uint8_t> bytes);

/// What is wrong with the samples, in a few words; empty when nothing is: they are cut, or larger
/// than white.
std::string pnm_defect(const Pnm& image);

/// [height, width, channels] bytes of a sound image: samples scaled to 0..255 and rounded, halves
/// up; in `channels` 1 or 3, where grey is luma (ITU-R BT.601), as for other formats.
std::vector<std::uint8_t> decode_pnm(const Pnm& image, int channels);

}  // namespace infoplane
