#pragma once

#include <filesystem>
#include <vector>

#include "data/dataset.h"

namespace infoplane {

/// Reads one split of MNIST's IDX format, each file plain or gzip-compressed.
///
/// Images   u32 magic 0x803, u32 N, u32 H, u32 W (big-endian), then N * H * W bytes
/// Labels   u32 magic 0x801, u32 N, then N bytes, each below `classes`
/// Source   yann.lecun.com/exdb/mnist
///
/// Sets `image` to [1, H, W], or checks against it when it is set already. Throws DataError naming
/// the file for wrong magic numbers, sizes that do not fit, labels out of range, counts that
/// differ, and no images at all.
Split read_idx_split(const std::filesystem::path& images, const std::filesystem::path& labels,
                     int classes, Shape& image);

}  // namespace infoplane
