#include "data/bmp_check.h"

#include <cstddef>
#include <cstdlib>

namespace infoplane {

namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kFileHeaderBytes = 14;
constexpr std::size_t kOs2HeaderBytes = 12;

/// `size` bytes, the least significant first.
std::uint32_t number(Bytes bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = size; i > 0; --i) {
    value = value << 8 | bytes[at + i - 1];
  }
  return value;
}

struct Rows {
  std::size_t count = 0;
  std::size_t pixels = 0;
  std::size_t bits = 0;  ///< a pixel

  std::size_t bytes() const { return (pixels * bits + 31) / 32 * 4; }
};

/// Whether a pixel is of a colour beyond a palette of that many.
bool leaves_palette(Bytes data, const Rows& rows, std::size_t colours) {
  const std::size_t in_byte = 8 / rows.bits;
  const std::size_t mask = (std::size_t{1} << rows.bits) - 1;
  for (std::size_t row = 0; row < rows.count; ++row) {
    for (std::size_t i = 0; i < rows.pixels; ++i) {
      const std::size_t shift = 8 - rows.bits * (1 + i % in_byte);
      if ((data[row * rows.bytes() + i / in_byte] >> shift & mask) >= colours) {
        return true;
      }
    }
  }
  return false;
}

bool is_os2(Bytes bytes) { return number(bytes, kFileHeaderBytes, 4) == kOs2HeaderBytes; }

Rows rows_of(Bytes bytes) {
  if (is_os2(bytes)) {
    return {number(bytes, 20, 2), number(bytes, 18, 2), number(bytes, 24, 2)};
  }
  // A negative count says that the first row is the top one.
  const auto count = static_cast<std::int32_t>(number(bytes, 22, 4));
  return {static_cast<std::size_t>(std::abs(std::int64_t{count})), number(bytes, 18, 4),
          number(bytes, 28, 2)};
}

bool has_palette(const Rows& rows) { return rows.bits == 1 || rows.bits == 4 || rows.bits == 8; }

}  // namespace

bool is_bmp(Bytes bytes) { return bytes.size() > 1 && bytes[0] == 'B' && bytes[1] == 'M'; }

bool has_os2_palette(Bytes bytes) {
  return bytes.size() >= kFileHeaderBytes + kOs2HeaderBytes && is_os2(bytes) &&
         has_palette(rows_of(bytes));
}

std::string bmp_defect(Bytes bytes) {
  if (bytes.size() < kFileHeaderBytes + kOs2HeaderBytes) {
    return "truncated";
  }
  const std::size_t header = kFileHeaderBytes + number(bytes, kFileHeaderBytes, 4);
  const std::size_t offset = number(bytes, 10, 4);
  if (bytes.size() < header || bytes.size() < offset) {
    return "truncated";
  }
  const Rows rows = rows_of(bytes);
  if (bytes.size() - offset < rows.count * rows.bytes()) {
    return "truncated";
  }
  if (offset < header) {
    return "pixels inside its header";
  }
  if (!has_palette(rows)) {
    const bool known = rows.bits == 16 || rows.bits == 24 || rows.bits == 32;
    return known ? "" : std::to_string(rows.bits) + " bits a pixel";
  }
  const std::size_t colours = (offset - header) / 4;
  return leaves_palette(bytes.subspan(offset), rows, colours) ? "a colour that its palette lacks"
                                                              : "";
}

}  // namespace infoplane
