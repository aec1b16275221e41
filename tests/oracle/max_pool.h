#pragma once

#include <vector>

#include "tests/oracle/window.h"

namespace infoplane::oracle {

struct MaxPool {
  std::vector<double> y;    ///< [n, c, oh, ow]
  std::vector<int> argmax;  ///< kh * kernel_w + kw of the first largest
};

MaxPool max_pool(const Windowed& s, const std::vector<double>& x);

/// dx [n, c, h, w] from dy and the winners of the forward pass.
std::vector<double> max_pool_backward(const Windowed& s, const std::vector<int>& argmax,
                                      const std::vector<double>& dy);

}  // namespace infoplane::oracle
