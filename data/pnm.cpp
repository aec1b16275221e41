#include "data/pnm.h"

#include <algorithm>
#include <cctype>

namespace infoplane {

namespace {

constexpr std::uint32_t kMostWhite = 65535;
constexpr std::uint64_t kLargest = 1'000'000;  // any larger number in a header is as wrong

using Bytes = std::span<const std::uint8_t>;

class Header {
 public:
  explicit Header(Bytes bytes) : rest_(bytes) {}

  Bytes rest() const { return rest_; }

  /// The next character, 0 at the end; a comment reads as the line end behind it.
  int next() {
    int character = take();
    if (character == '#') {
      while (character != '\n' && character != '\r' && character != 0) {
        character = take();
      }
    }
    return character;
  }

  /// The number behind white space, with the one white character behind it; 0 when there is none.
  std::uint64_t number() {
    int character = next();
    while (std::isspace(character)) {
      character = next();
    }
    std::uint64_t value = 0;
    for (; std::isdigit(character); character = next()) {
      value = std::min(kLargest, 10 * value + static_cast<std::uint64_t>(character - '0'));
    }
    return std::isspace(character) ? value : 0;
  }

 private:
  int take() {
    if (rest_.empty()) {
      return 0;
    }
    const int character = rest_.front();
    rest_ = rest_.subspan(1);
    return character;
  }

  Bytes rest_;
};

std::size_t sample_bytes(const Pnm& image) { return image.white > 255 ? 2 : 1; }

std::uint64_t sample_count(const Pnm& image) {
  return image.width * image.height * static_cast<std::uint64_t>(image.channels);
}

std::uint32_t sample(const Pnm& image, std::size_t i) {
  const Bytes bytes = image.samples;
  return sample_bytes(image) == 1 ? bytes[i] : std::uint32_t{bytes[2 * i]} << 8 | bytes[2 * i + 1];
}

}  // namespace

bool is_pnm(Bytes bytes) {
  return bytes.size() > 1 && bytes[0] == 'P' && (bytes[1] == '5' || bytes[1] == '6');
}

std::optional<Pnm> read_pnm(Bytes bytes) {
  Header header(bytes.subspan(2));
  if (!std::isspace(header.next())) {
    return std::nullopt;
  }
  Pnm image;
  image.channels = bytes[1] == '5' ? 1 : 3;
  image.width = header.number();
  image.height = header.number();
  const std::uint64_t white = header.number();
  if (image.width == 0 || image.height == 0 || white == 0 || white > kMostWhite) {
    return std::nullopt;
  }
  image.white = static_cast<std::uint32_t>(white);
  image.samples = header.rest();
  return image;
}

std::string pnm_defect(const Pnm& image) {
  const std::uint64_t count = sample_count(image);
  if (image.samples.size() / sample_bytes(image) < count) {
    return "truncated";
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (sample(image, i) > image.white) {
      return "a sample of " + std::to_string(sample(image, i)) + " above " +
             std::to_string(image.white);
    }
  }
  return "";
}

std::vector<std::uint8_t> decode_pnm(const Pnm& image, int channels) {
  std::vector<std::uint8_t> scaled(sample_count(image));
  for (std::size_t i = 0; i < scaled.size(); ++i) {
    const std::uint32_t doubled = 2 * 255 * sample(image, i) + image.white;
    scaled[i] = static_cast<std::uint8_t>(doubled / (2 * image.white));
  }
  if (channels == image.channels) {
    return scaled;
  }
  std::vector<std::uint8_t> converted;
  for (std::size_t i = 0; i < scaled.size(); i += static_cast<std::size_t>(image.channels)) {
    if (channels == 1) {
      // stb_image's weights in 256ths, so that a picture is the same in any format.
      const int luma = 77 * scaled[i] + 150 * scaled[i + 1] + 29 * scaled[i + 2];
      converted.push_back(static_cast<std::uint8_t>(luma >> 8));
    } else {
      converted.insert(converted.end(), 3, scaled[i]);
    }
  }
  return converted;
}

}  // namespace infoplane
