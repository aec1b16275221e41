#pragma once

#include <filesystem>

namespace infoplane {

/// The user's folder for what can be fetched or found out again: $XDG_CACHE_HOME/infoplane or
/// ~/.cache/infoplane; empty where neither variable is set. It need not exist.
std::filesystem::path user_cache();

/// The variable's value as a path; empty when it is unset.
std::filesystem::path path_from_environment(const char* variable);

}  // namespace infoplane
