#include "data/resize.h"

// The one place where the single-header image libraries are compiled.
#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_BMP
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_MAX_DIMENSIONS 16384
#include <stb/stb_image.h>

// Later releases have a second version in the first one's place.
#if __has_include(<stb/stb_image_resize.h>)
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#include <stb/stb_image_resize.h>

namespace infoplane {

bool resize_pixels(const std::uint8_t* from, int from_width, int from_height, std::uint8_t* to,
                   int to_width, int to_height, int channels) {
  return stbir_resize_uint8(from, from_width, from_height, 0, to, to_width, to_height, 0,
                            channels) != 0;
}

}  // namespace infoplane
#else
#define STB_IMAGE_RESIZE2_IMPLEMENTATION
#include <stb/stb_image_resize2.h>

namespace infoplane {
namespace {

/// As the first version chooses it; the second does not filter an axis that stays as it is.
stbir_filter filter_of(int from, int to) {
  return to > from ? STBIR_FILTER_CATMULLROM : STBIR_FILTER_MITCHELL;
}

}  // namespace

bool resize_pixels(const std::uint8_t* from, int from_width, int from_height, std::uint8_t* to,
                   int to_width, int to_height, int channels) {
  STBIR_RESIZE resize;
  stbir_resize_init(&resize, from, from_width, from_height, 0, to, to_width, to_height, 0,
                    static_cast<stbir_pixel_layout>(channels), STBIR_TYPE_UINT8);
  stbir_set_filters(&resize, filter_of(from_width, to_width), filter_of(from_height, to_height));
  return stbir_resize_extended(&resize) != 0;
}

}  // namespace infoplane
#endif
