#pragma once

#include <vector>

#include "tests/oracle/window.h"

namespace infoplane::oracle {

/// y [n, k, oh, ow] = cross-correlation of x [n, c, h, w] with w [k, c, kh, kw], plus b [k] or
/// nothing when b is empty. All row-major.
std::vector<double> convolution(const Windowed& s, int k, const std::vector<double>& x,
                                const std::vector<double>& w, const std::vector<double>& b);

struct ConvolutionGradients {
  std::vector<double> dx, dw, db;
};

ConvolutionGradients convolution_backward(const Windowed& s, int k, const std::vector<double>& x,
                                          const std::vector<double>& w,
                                          const std::vector<double>& dy);

}  // namespace infoplane::oracle
