#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "data/dataset.h"

namespace infoplane {

/// Bytes for that many images. Throws DataError, naming the folder they are of, when memory does
/// not suffice.
std::vector<std::uint8_t> room_for_images(const std::filesystem::path& folder, std::size_t count,
                                          const Shape& shape);

/// A data set out of image files (PNG, JPEG, BMP, PGM, PPM), one sub-folder a class.
///
/// Classes  the sub-folders in the order of their names; names that begin with a dot are skipped
/// Splits   FOLDER/train and FOLDER/validation (or val, or test) where they are there; otherwise
///          FOLDER/CLASS/... split 80 to 20
/// Order    of training images drawn from the seed, so that --limit takes some of every class; of
///          a validation folder that of the names, whatever the seed (given_order() in
///          data/split.h)
/// Size     the first file of the first class by name, of FOLDER/train where there is a validation
///          folder, decides: [1, H, W] when it is grey, [3, H, W] when it has colours; the others
///          are resized and converted to that, which a note counts, and alpha is dropped
///
/// Throws DataError, naming the file or folder, for fewer than two classes, classes that only the
/// validation part has, empty classes, and files that are no image or damaged.
DataSet load_image_folder(const std::filesystem::path& folder, const DataOptions& options);

}  // namespace infoplane
