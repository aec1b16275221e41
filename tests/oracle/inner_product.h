#pragma once

#include <vector>

// Naive, in double, from the definition; shares nothing with the code under test.

namespace infoplane::oracle {

/// y [n, out] = x [n, in] wᵀ + b; w [out, in]; b [out] or empty.
std::vector<double> inner_product(int n, int in, int out, const std::vector<double>& x,
                                  const std::vector<double>& w, const std::vector<double>& b);

struct InnerProductGradients {
  std::vector<double> dx, dw, db;
};

InnerProductGradients inner_product_backward(int n, int in, int out, const std::vector<double>& x,
                                             const std::vector<double>& w,
                                             const std::vector<double>& dy);

}  // namespace infoplane::oracle
