#pragma once

#include <filesystem>

#include "data/dataset.h"

namespace infoplane {

/// A data set out of two .npy files, split 80 to 20 in an order drawn from the seed.
///
/// Images   uint8 (then scaled by 1/255), float16, 32 or 64 (used as they are, in float32):
///          [N, K] vectors, [N, H, W] grey or [N, C, H, W]; also [N, H, W, C], which a note says
///          and which is what a last extent of 1 or 3 means where the second is neither
/// Labels   [N] or [N, 1] of any integer type; the classes are 0 to the largest label
///
/// Throws DataError, naming the file, for other types and shapes, counts that differ, fewer than
/// two images or classes, labels that are negative or above 65535, and values that are no finite
/// number.
DataSet load_arrays(const std::filesystem::path& images, const std::filesystem::path& labels,
                    const DataOptions& options);

}  // namespace infoplane
