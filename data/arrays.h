#pragma once

#include <filesystem>
#include <optional>

#include "data/dataset.h"

namespace infoplane {

/// Two .npy files, of as many images as labels.
struct ArrayFiles {
  std::filesystem::path images;
  std::filesystem::path labels;
};

/// A data set out of .npy files: of `training` alone, split 80 to 20 in an order drawn from the
/// seed; with `validation`, that, in the order of given_order() (data/split.h), and all of
/// `training` in one drawn from the seed.
///
/// Images   uint8 (then scaled by 1/255), float16, 32 or 64 (used as they are, in float32; a note
///          says when they reach beyond 16 in magnitude):
///          [N, K] vectors, [N, H, W] grey or [N, C, H, W]; also [N, H, W, C], which a note says
///          and which is what a last extent of 1 or 3 means where the second is neither
/// Labels   [N] or [N, 1] of any integer type; the classes are 0 to the largest label
///
/// Throws DataError, naming the file, for other types and shapes, counts that differ, fewer than
/// two images or classes, labels that are negative or above 65535, values that are no finite
/// number, and validation images of another shape, scale or class than the training images have.
DataSet load_arrays(const ArrayFiles& training, const std::optional<ArrayFiles>& validation,
                    const DataOptions& options);

}  // namespace infoplane
