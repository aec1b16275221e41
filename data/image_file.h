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

/// Decodes an image, converts it to grey or RGB and resizes it: writes `shape` = [C, H, W] bytes,
/// planes one after the other, to `out`. Returns whether it was of another size. Throws DataError
/// when it is damaged.
bool read_image(const std::filesystem::path& file, const Shape& shape, std::uint8_t* out);

}  // namespace infoplane
