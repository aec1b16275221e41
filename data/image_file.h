#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/shape.h"

namespace infoplane {

/// Whether the file's name ends like an image that read_image() knows.
bool is_image_name(const std::filesystem::path& file);

/// The [C, H, W] of an image file: C is 1 when it is grey, else 3. Throws DataError when it is no
/// image, or claims to be larger than its bytes can be.
Shape image_shape(const std::filesystem::path& file);

/// In what an image was not of the shape that it was read as.
struct ImageChanges {
  bool resized = false;
  bool recoloured = false;  ///< from grey to colours, or from those to grey
};

/// Decodes an image, converts it to grey or RGB and resizes it: writes `shape` = [C, H, W] bytes,
/// planes one after the other, to `out`. Throws DataError when it is damaged.
ImageChanges read_image(const std::filesystem::path& file, const Shape& shape, std::uint8_t* out);

}  // namespace infoplane
