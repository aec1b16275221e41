#include "data/jpeg_check.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace infoplane {

namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uint8_t kEscape = 0xFF;
constexpr std::uint8_t kHuffmanTables = 0xC4;
constexpr std::uint8_t kFirstRestart = 0xD0;
constexpr std::uint8_t kStart = 0xD8;
constexpr std::uint8_t kEnd = 0xD9;

constexpr std::size_t kCodeLengths = 16;
constexpr int kMostCodes = 256;
constexpr std::uint8_t kMostDifferenceBits = 15;

/// A marker that stands alone or is none: no segment follows it.
bool has_no_segment(std::uint8_t marker) {
  return marker == 0 || marker == kEscape || (marker >= kFirstRestart && marker <= kStart);
}

/// The tables of one segment: class and number, 16 counts of codes by length, the codes' values.
bool tables_are_sound(Bytes segment) {
  while (!segment.empty()) {
    if (segment.size() < 1 + kCodeLengths) {
      return false;
    }
    const bool difference = segment[0] >> 4 == 0;
    const Bytes counts = segment.subspan(1, kCodeLengths);
    const auto codes = static_cast<std::size_t>(std::accumulate(counts.begin(), counts.end(), 0));
    segment = segment.subspan(1 + kCodeLengths);
    if (codes > kMostCodes || codes > segment.size()) {
      return false;
    }
    const Bytes values = segment.first(codes);
    if (difference && std::any_of(values.begin(), values.end(),
                                  [](std::uint8_t bits) { return bits > kMostDifferenceBits; })) {
      return false;
    }
    segment = segment.subspan(codes);
  }
  return true;
}

}  // namespace

std::string jpeg_defect(Bytes bytes) {
  // Between segments anything but an escape is passed over, be it padding or the data of a scan:
  // in those, an escape is followed by 0 or by a restart.
  for (std::size_t at = 0; at + 1 < bytes.size();) {
    if (bytes[at] != kEscape || has_no_segment(bytes[at + 1])) {
      ++at;
      continue;
    }
    const std::uint8_t marker = bytes[at + 1];
    if (marker == kEnd) {
      return "";
    }
    if (at + 4 > bytes.size()) {
      break;
    }
    const std::size_t length = std::size_t{bytes[at + 2]} << 8 | bytes[at + 3];
    if (length < 2 || at + 2 + length > bytes.size()) {
      break;
    }
    if (marker == kHuffmanTables && !tables_are_sound(bytes.subspan(at + 4, length - 2))) {
      return "damaged Huffman table";
    }
    at += 2 + length;
  }
  return "truncated";
}

}  // namespace infoplane
