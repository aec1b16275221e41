#include "data/image_file.h"

#define STBI_NO_STDIO
#include <stb/stb_image.h>
#include <stb/stb_image_resize.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <span>
#include <string>

#include "data/file.h"
#include "data/jpeg_check.h"

namespace infoplane {

namespace {

// No format read here packs more pixels into a byte: deflate gives 1032 bytes, of up to 8 pixels.
constexpr std::uint64_t kMostPixelsPerByte = 8 * 1032;
// The decoder holds sizes in int.
constexpr std::size_t kMostFileBytes = std::size_t{1} << 30;

struct FreeImage {
  void operator()(stbi_uc* pixels) const noexcept { stbi_image_free(pixels); }
};
using DecodedImage = std::unique_ptr<stbi_uc[], FreeImage>;

[[noreturn]] void bad_image(const std::filesystem::path& file) {
  const char* reason = stbi_failure_reason();
  bad_file(file, "cannot be decoded as an image (" + std::string(reason ? reason : "damaged") +
                     "); replace it, or take it out of the folder");
}

[[noreturn]] void damaged_image(const std::filesystem::path& file, const std::string& defect) {
  bad_file(file, "is damaged (" + defect + "); replace it, or take it out of the folder");
}

/// What the decoder would not notice, in a few words; empty when there is nothing. It fills what a
/// file lacks with zeros, but rows of PNM and BMP files are stored as they are, so that the file is
/// at least that long.
std::string hidden_defect(std::span<const std::uint8_t> bytes, std::uint64_t pixels, int channels) {
  const auto begins_with = [&](std::uint8_t a, std::uint8_t b) {
    return bytes.size() > 1 && bytes[0] == a && bytes[1] == b;
  };
  std::uint64_t least_bits = 0;
  if (begins_with('P', '5') || begins_with('P', '6')) {
    least_bits = 8 * pixels * static_cast<std::uint64_t>(channels);
  } else if (begins_with('B', 'M')) {
    constexpr std::size_t kBitsAt = 28;  // bits a pixel, in the common 40-byte header and its heirs
    least_bits = pixels * (bytes.size() > kBitsAt ? bytes[kBitsAt] : 1);
  }
  return 8 * bytes.size() < least_bits ? "truncated" : "";
}

Shape shape_in(const MappedFile& file) {
  const auto bytes = file.bytes();
  int width = 0;
  int height = 0;
  int channels = 0;
  if (bytes.empty() || bytes.size() > kMostFileBytes) {
    bad_file(file.path(), bytes.empty() ? "is empty; replace it, or take it out of the folder"
                                        : "is too large for an image; take it out of the folder");
  }
  // The decoder takes anything behind an escape for a JPEG file, and reads its tables to learn the
  // size: they are checked before that.
  if (const std::string defect = bytes[0] == 0xFF ? jpeg_defect(bytes) : ""; !defect.empty()) {
    damaged_image(file.path(), defect);
  }
  if (stbi_info_from_memory(bytes.data(), static_cast<int>(bytes.size()), &width, &height,
                            &channels) == 0) {
    bad_image(file.path());
  }
  const auto pixels = static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height);
  if (width < 1 || height < 1 || pixels > kMostPixelsPerByte * bytes.size()) {
    bad_file(file.path(), "claims " + std::to_string(width) + " x " + std::to_string(height) +
                              " pixels in " + std::to_string(bytes.size()) +
                              " bytes; replace it, or take it out of the folder");
  }
  const std::string defect = hidden_defect(bytes, pixels, channels);
  if (!defect.empty()) {
    damaged_image(file.path(), defect);
  }
  return {channels <= 2 ? 1 : 3, height, width};
}

}  // namespace

bool is_image_name(const std::filesystem::path& file) {
  static const std::array<std::string, 6> known = {".png", ".jpg", ".jpeg", ".bmp", ".pgm", ".ppm"};
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return std::find(known.begin(), known.end(), extension) != known.end();
}

Shape image_shape(const std::filesystem::path& file) { return shape_in(MappedFile(file)); }

bool read_image(const std::filesystem::path& path, const Shape& shape, std::uint8_t* out) {
  const MappedFile file(path);
  const Shape own = shape_in(file);
  const int channels = static_cast<int>(shape[0]);
  int width = 0;
  int height = 0;
  int stored_channels = 0;
  const DecodedImage decoded(stbi_load_from_memory(file.bytes().data(),
                                                   static_cast<int>(file.bytes().size()), &width,
                                                   &height, &stored_channels, channels));
  if (!decoded) {
    bad_image(path);
  }
  const stbi_uc* pixels = decoded.get();
  std::vector<std::uint8_t> resized;
  const bool is_resized = own[1] != shape[1] || own[2] != shape[2];
  if (is_resized) {
    resized.resize(static_cast<std::size_t>(shape.numel()));
    if (stbir_resize_uint8(pixels, width, height, 0, resized.data(), static_cast<int>(shape[2]),
                           static_cast<int>(shape[1]), 0, channels) == 0) {
      bad_file(path, "cannot be resized to " + shape.to_string() + "; take it out of the folder");
    }
    pixels = resized.data();
  }
  const std::int64_t plane = shape[1] * shape[2];
  for (std::int64_t i = 0; i < plane; ++i) {
    for (int c = 0; c < channels; ++c) {
      out[c * plane + i] = pixels[i * channels + c];
    }
  }
  return is_resized;
}

}  // namespace infoplane
