#pragma once

#include <filesystem>
#include <string_view>

namespace infoplane {

/// Replaces `file` by one that holds `bytes`: written under the name plus ".part", then renamed, so
/// that a reader sees the old file or the new one and never half of either. Throws DataError with
/// the file's name and the system's reason, and leaves no ".part" behind.
void write_file(const std::filesystem::path& file, std::string_view bytes);

}  // namespace infoplane
