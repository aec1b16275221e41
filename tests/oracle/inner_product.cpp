#include "tests/oracle/inner_product.h"

namespace infoplane::oracle {

std::vector<double> inner_product(int n, int in, int out, const std::vector<double>& x,
                                  const std::vector<double>& w, const std::vector<double>& b) {
  std::vector<double> y;
  for (int r = 0; r < n; ++r) {
    for (int o = 0; o < out; ++o) {
      double sum = b.empty() ? 0.0 : b[o];
      for (int i = 0; i < in; ++i) {
        sum += x[r * in + i] * w[o * in + i];
      }
      y.push_back(sum);
    }
  }
  return y;
}

InnerProductGradients inner_product_backward(int n, int in, int out, const std::vector<double>& x,
                                             const std::vector<double>& w,
                                             const std::vector<double>& dy) {
  InnerProductGradients g{std::vector<double>(x.size()), std::vector<double>(w.size()),
                          std::vector<double>(out)};
  for (int r = 0; r < n; ++r) {
    for (int o = 0; o < out; ++o) {
      g.db[o] += dy[r * out + o];
      for (int i = 0; i < in; ++i) {
        g.dx[r * in + i] += dy[r * out + o] * w[o * in + i];
        g.dw[o * in + i] += dy[r * out + o] * x[r * in + i];
      }
    }
  }
  return g;
}

}  // namespace infoplane::oracle
