#include "core/user_cache.h"

#include <cstdlib>

namespace infoplane {

namespace fs = std::filesystem;

fs::path user_cache() {
  const fs::path cache = path_from_environment("XDG_CACHE_HOME");
  const fs::path home = path_from_environment("HOME");
  return !cache.empty() ? cache / "infoplane"
         : home.empty() ? fs::path()
                        : home / ".cache" / "infoplane";
}

fs::path path_from_environment(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? fs::path() : fs::path(value);
}

}  // namespace infoplane
