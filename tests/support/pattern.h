#pragma once

#include <cstddef>
#include <vector>

namespace infoplane::test {

/// The inputs of tests/oracle/torch_values.py: n multiples of 1/8 in [-4, 4), spread by `step`.
inline std::vector<float> pattern(int n, int step) {
  std::vector<float> values;
  for (int i = 0; i < n; ++i) {
    values.push_back(static_cast<float>((i * step + 11) % 64 - 32) / 8.0f);
  }
  return values;
}

}  // namespace infoplane::test
