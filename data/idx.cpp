#include "data/idx.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <string>

#include "data/file.h"
#include "data/gzip.h"

namespace infoplane {

namespace {

constexpr std::uint32_t kImagesMagic = 0x00000803;
constexpr std::uint32_t kLabelsMagic = 0x00000801;

std::string hex(std::uint32_t word) {
  std::array<char, 11> text{};
  std::snprintf(text.data(), text.size(), "0x%08X", static_cast<unsigned>(word));
  return text.data();
}

/// Reads `Words` big-endian words, the first of which must be `magic`.
template <std::size_t Words>
std::array<std::uint32_t, Words> read_header(GzipReader& reader, std::uint32_t magic,
                                             const char* kind) {
  std::array<std::uint8_t, 4 * Words> bytes{};
  reader.read(bytes.data(), bytes.size(), "the header");
  std::array<std::uint32_t, Words> words{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    words[i / 4] = words[i / 4] << 8 | bytes[i];
  }
  if (words[0] != magic) {
    bad_file(reader.path(), "magic number " + hex(words[0]) + ", but IDX " + kind + " begin with " +
                                hex(magic) + "; bring the official file");
  }
  return words;
}

std::vector<std::uint8_t> read_images(const std::filesystem::path& file, Shape& image) {
  GzipReader reader(file);
  const auto [magic, n, height, width] = read_header<4>(reader, kImagesMagic, "images");
  if (n == 0 || height == 0 || width == 0) {
    bad_file(file, "holds no images (" + std::to_string(n) + " of " + std::to_string(height) +
                       " x " + std::to_string(width) + "); bring a fresh copy of it");
  }
  const std::uint64_t size = std::uint64_t{height} * width;
  if (size > std::numeric_limits<std::int32_t>::max()) {
    bad_file(file, "its header promises images of " + std::to_string(height) + " x " +
                       std::to_string(width) + " pixels; bring a fresh copy of it");
  }
  const Shape found = {1, height, width};
  if (image.rank() == 0) {
    image = found;
  } else if (image != found) {
    bad_file(file, "images are " + found.to_string() + ", but the training images are " +
                       image.to_string() + "; bring both from one data set");
  }
  reader.expect_room_for(16, n * size);
  std::vector<std::uint8_t> pixels = reader.read_vector(n * size, "the images");
  reader.expect_end();
  return pixels;
}

std::vector<std::int32_t> read_labels(const std::filesystem::path& file, int classes) {
  GzipReader reader(file);
  const auto [magic, n] = read_header<2>(reader, kLabelsMagic, "labels");
  reader.expect_room_for(8, n);
  const std::vector<std::uint8_t> bytes = reader.read_vector(n, "the labels");
  reader.expect_end();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] >= classes) {
      bad_file(file, "label " + std::to_string(bytes[i]) + " of image " + std::to_string(i) +
                         " is out of range, there are " + std::to_string(classes) +
                         " classes; bring the official file");
    }
  }
  return {bytes.begin(), bytes.end()};
}

}  // namespace

Split read_idx_split(const std::filesystem::path& images, const std::filesystem::path& labels,
                     int classes, Shape& image) {
  Split split;
  split.pixels = read_images(images, image);
  split.labels = read_labels(labels, classes);
  const auto count = static_cast<std::int64_t>(split.pixels.size()) / image.numel();
  if (count != split.size()) {
    bad_file(labels, "holds " + std::to_string(split.size()) + " labels, but " + images.string() +
                         " holds " + std::to_string(count) +
                         " images; bring both from one data set");
  }
  return split;
}

}  // namespace infoplane
