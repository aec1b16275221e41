#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/progress.h"

namespace infoplane {

/// Unpacks those regular files of a tar or zip archive, compressed or not, whose names without
/// folders are among `names`, into `folder`. Nothing else is written, wherever an entry's path
/// points. Throws DataError for what is no archive, damaged, or has a member of over 256 MiB, and
/// Stopped. Built without INFOPLANE_DOWNLOAD it always throws.
void extract(const std::filesystem::path& archive, const std::vector<std::string>& names,
             const std::filesystem::path& folder, const Progress& progress);

}  // namespace infoplane
