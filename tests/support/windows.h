#pragma once

#include <string>

#include "core/geometry.h"
#include "tests/oracle/window.h"

namespace infoplane::test {

inline Window window_of(const oracle::Windowed& s) {
  return {s.kernel_h, s.kernel_w, s.stride_h, s.stride_w, s.pad_h, s.pad_w};
}

inline Shape input_of(const oracle::Windowed& s) { return {s.n, s.c, s.h, s.w}; }

inline std::string describe(const oracle::Windowed& s) {
  const auto pair = [](int h, int w) { return std::to_string(h) + " x " + std::to_string(w); };
  return input_of(s).to_string() + ", kernel " + pair(s.kernel_h, s.kernel_w) + ", stride " +
         pair(s.stride_h, s.stride_w) + ", padding " + pair(s.pad_h, s.pad_w);
}

}  // namespace infoplane::test
