#pragma once

#include <chrono>
#include <string>

namespace infoplane {

/// A time in UTC, as fmt's chrono format says, e.g. "{:%Y%m%dT%H%M%SZ}".
std::string utc(std::chrono::system_clock::time_point time, const char* format);

/// Now, as 2026-01-31T23:59:59Z.
std::string utc_now();

}  // namespace infoplane
