#include "data/png_check.h"

#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace infoplane {

namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uint8_t kSignature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
constexpr std::size_t kWord = 4;

/// The most significant byte first.
std::uint32_t word(Bytes bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
         std::uint32_t{bytes[2]} << 8 | bytes[3];
}

}  // namespace

bool is_png(Bytes bytes) {
  return bytes.size() >= std::size(kSignature) &&
         std::equal(std::begin(kSignature), std::end(kSignature), bytes.begin());
}

std::string png_defect(Bytes bytes) {
  // A chunk: the length of its data, its type, the data, and the CRC-32 of type and data.
  bool is_first = true;
  for (Bytes rest = bytes.subspan(std::size(kSignature)); rest.size() >= 3 * kWord;) {
    const std::size_t length = word(rest);
    if (length > rest.size() - 3 * kWord) {
      break;
    }
    const Bytes summed = rest.subspan(kWord, kWord + length);
    const std::string_view type(reinterpret_cast<const char*>(summed.data()), kWord);
    if (is_first && type != "IHDR") {
      return "it does not begin with its header";
    }
    if (crc32_z(0, summed.data(), summed.size()) != word(rest.subspan(2 * kWord + length))) {
      return "a wrong checksum in its chunk " + std::string(type);
    }
    if (type == "IEND") {
      return "";
    }
    is_first = false;
    rest = rest.subspan(3 * kWord + length);
  }
  return "truncated";
}

}  // namespace infoplane
