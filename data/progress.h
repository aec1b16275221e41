#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/error.h"

namespace infoplane {

/// Called while a file comes in: its name, the bytes so far, and all of them or 0 when unknown.
/// Returns whether to go on.
using Progress =
    std::function<bool(const std::string& file, std::int64_t done, std::int64_t total)>;

/// Progress said not to go on.
class Stopped : public Error {
 public:
  explicit Stopped(const std::string& file)
      : Error("stopped while " + file + " came in; call it again to have it all") {}
};

/// Throws Stopped when `progress`, which may be none, says so.
inline void report(const Progress& progress, const std::string& file, std::int64_t done,
                   std::int64_t total) {
  if (progress && !progress(file, done, total)) {
    throw Stopped(file);
  }
}

}  // namespace infoplane
