#include "data/image_file.h"

#define STBI_NO_STDIO
#include <stb/stb_image.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "data/bmp_check.h"
#include "data/file.h"
#include "data/jpeg_check.h"
#include "data/png_check.h"
#include "data/pnm.h"
#include "data/resize.h"

namespace infoplane {

namespace {

// No format read here packs more pixels into a byte: deflate gives 1032 bytes, of up to 8 pixels.
constexpr std::uint64_t kMostPixelsPerByte = 8 * 1032;
// As STBI_MAX_DIMENSIONS in stb.cpp.
constexpr std::int64_t kMostExtent = 16384;
// The decoder holds sizes in int.
constexpr std::size_t kMostFileBytes = std::size_t{1} << 30;

struct FreeImage {
  void operator()(stbi_uc* pixels) const noexcept { stbi_image_free(pixels); }
};
using DecodedImage = std::unique_ptr<stbi_uc[], FreeImage>;

[[noreturn]] void bad_image(const std::filesystem::path& file, const char* reason) {
  bad_file(file, "cannot be decoded as an image (" + std::string(reason ? reason : "damaged") +
                     "); replace it, or take it out of the folder");
}

[[noreturn]] void damaged_image(const std::filesystem::path& file, const std::string& defect) {
  bad_file(file, "is damaged (" + defect + "); replace it, or take it out of the folder");
}

struct Size {
  int channels = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
};

/// What the decoder must not be given, or would not notice, of a file that has its structure or its
/// sums to be judged by, in a few words; empty when there is nothing. It takes anything behind an
/// escape for a JPEG file, and reads its tables to learn the size.
std::string defect_of_whole(std::span<const std::uint8_t> bytes) {
  if (bytes[0] == 0xFF) {
    return jpeg_defect(bytes);
  }
  return is_png(bytes) ? png_defect(bytes) : "";
}

/// What the header says. Throws DataError for one that cannot be read.
Size size_in(const MappedFile& file) {
  const auto bytes = file.bytes();
  if (is_pnm(bytes)) {
    const auto image = read_pnm(bytes);
    if (!image) {
      damaged_image(file.path(), "its header");
    }
    return {image->channels, static_cast<std::int64_t>(image->height),
            static_cast<std::int64_t>(image->width)};
  }
  if (const std::string defect = defect_of_whole(bytes); !defect.empty()) {
    damaged_image(file.path(), defect);
  }
  int width = 0;
  int height = 0;
  int channels = 0;
  if (stbi_info_from_memory(bytes.data(), static_cast<int>(bytes.size()), &width, &height,
                            &channels) == 0) {
    bad_image(file.path(), stbi_failure_reason());
  }
  if (has_os2_palette(bytes)) {
    bad_image(file.path(), "an OS/2 palette");
  }
  // Rows of a BMP file that begin at the top have a negative height.
  return {channels, std::abs(std::int64_t{height}), width};
}

/// What the decoders would not notice of the pixels, in a few words; empty when there is nothing.
std::string defect_of_pixels(std::span<const std::uint8_t> bytes) {
  if (is_pnm(bytes)) {
    return pnm_defect(*read_pnm(bytes));
  }
  return is_bmp(bytes) ? bmp_defect(bytes) : "";
}

Shape shape_in(const MappedFile& file) {
  const auto bytes = file.bytes();
  if (bytes.empty() || bytes.size() > kMostFileBytes) {
    bad_file(file.path(), bytes.empty() ? "is empty; replace it, or take it out of the folder"
                                        : "is too large for an image; take it out of the folder");
  }
  const auto [channels, height, width] = size_in(file);
  const std::string size = std::to_string(width) + " x " + std::to_string(height) + " pixels";
  if (width > kMostExtent || height > kMostExtent) {
    bad_file(file.path(), "is of " + size + ", but a side may have " + std::to_string(kMostExtent) +
                              "; make it smaller, or take it out of the folder");
  }
  const auto pixels = static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height);
  if (width < 1 || height < 1 || pixels > kMostPixelsPerByte * bytes.size()) {
    bad_file(file.path(), "claims " + size + " in " + std::to_string(bytes.size()) +
                              " bytes; replace it, or take it out of the folder");
  }
  const std::string defect = defect_of_pixels(bytes);
  if (!defect.empty()) {
    damaged_image(file.path(), defect);
  }
  return {channels <= 2 ? 1 : 3, height, width};
}

/// [H, W, channels] bytes of a file that passed shape_in().
std::vector<std::uint8_t> decode(const MappedFile& file, int channels) {
  const auto bytes = file.bytes();
  if (is_pnm(bytes)) {
    return decode_pnm(*read_pnm(bytes), channels);
  }
  int width = 0;
  int height = 0;
  int stored_channels = 0;
  const DecodedImage decoded(stbi_load_from_memory(bytes.data(), static_cast<int>(bytes.size()),
                                                   &width, &height, &stored_channels, channels));
  if (!decoded) {
    bad_image(file.path(), stbi_failure_reason());
  }
  const std::int64_t size = std::int64_t{width} * height * channels;
  return {decoded.get(), decoded.get() + size};
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

ImageChanges read_image(const std::filesystem::path& path, const Shape& shape, std::uint8_t* out) {
  const MappedFile file(path);
  const Shape own = shape_in(file);
  const int channels = static_cast<int>(shape[0]);
  std::vector<std::uint8_t> pixels = decode(file, channels);
  const ImageChanges changes{own[1] != shape[1] || own[2] != shape[2], own[0] != shape[0]};
  if (changes.resized) {
    std::vector<std::uint8_t> resized(static_cast<std::size_t>(shape.numel()));
    if (!resize_pixels(pixels.data(), static_cast<int>(own[2]), static_cast<int>(own[1]),
                       resized.data(), static_cast<int>(shape[2]), static_cast<int>(shape[1]),
                       channels)) {
      bad_file(path, "cannot be resized to " + shape.to_string() + "; take it out of the folder");
    }
    pixels = std::move(resized);
  }
  const std::int64_t plane = shape[1] * shape[2];
  for (std::int64_t i = 0; i < plane; ++i) {
    for (int c = 0; c < channels; ++c) {
      out[c * plane + i] = pixels[static_cast<std::size_t>(i * channels + c)];
    }
  }
  return changes;
}

}  // namespace infoplane
