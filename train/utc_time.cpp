#include "train/utc_time.h"

#include <fmt/chrono.h>

namespace infoplane {

std::string utc(std::chrono::system_clock::time_point time, const char* format) {
  return fmt::format(fmt::runtime(format), fmt::gmtime(time));
}

std::string utc_now() { return utc(std::chrono::system_clock::now(), "{:%Y-%m-%dT%H:%M:%SZ}"); }

}  // namespace infoplane
