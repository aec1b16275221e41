#include "tests/data/encoded_images.h"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#include <stb/stb_image_write.h>

namespace infoplane::test {

namespace {

constexpr int kJpegQuality = 95;

void append(void* user, void* data, int size) {
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  auto& image = *static_cast<std::vector<std::uint8_t>*>(user);
  image.insert(image.end(), bytes, bytes + size);
}

}  // namespace

std::map<std::string, std::vector<std::uint8_t>> encoded_images(
    const std::vector<std::uint8_t>& rgb, int width, int height) {
  std::map<std::string, std::vector<std::uint8_t>> images;
  stbi_write_png_to_func(append, &images["x.png"], width, height, 3, rgb.data(), 0);
  stbi_write_jpg_to_func(append, &images["x.jpg"], width, height, 3, rgb.data(), kJpegQuality);
  stbi_write_bmp_to_func(append, &images["x.bmp"], width, height, 3, rgb.data());
  return images;
}

}  // namespace infoplane::test
