#pragma once

#include <cmath>
#include <cstdlib>
#include <string>

namespace infoplane::apps {

/// For CLI11's check(): why a value is refused; empty for one that is taken.

/// CLI::Range lets NaN through.
inline std::string is_number(const std::string& text) {
  return std::isnan(std::strtod(text.c_str(), nullptr)) ? "'" + text + "' is no number" : "";
}

inline std::string is_name(const std::string& text) {
  return text.empty() ? "expected a name, not an empty one" : "";
}

}  // namespace infoplane::apps
