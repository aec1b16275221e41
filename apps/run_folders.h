#pragma once

#include <filesystem>
#include <vector>

namespace infoplane::apps {

/// The run folders and traces that were named, where the folder of a sweep stands for its runs in
/// their order, and what is named twice counts once. A run of a sweep that has no trace yet is left
/// out, with a warning. Throws DataError for
/// a sweep with none.
std::vector<std::filesystem::path> run_folders(const std::vector<std::filesystem::path>& named);

}  // namespace infoplane::apps
