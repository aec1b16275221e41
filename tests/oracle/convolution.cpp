#include "tests/oracle/convolution.h"

namespace infoplane::oracle {

std::vector<double> convolution(const Windowed& s, int k, const std::vector<double>& x,
                                const std::vector<double>& w, const std::vector<double>& b) {
  std::vector<double> y;
  for (int n = 0; n < s.n; ++n) {
    for (int o = 0; o < k; ++o) {
      for (int oh = 0; oh < s.out_h(); ++oh) {
        for (int ow = 0; ow < s.out_w(); ++ow) {
          double sum = b.empty() ? 0.0 : b[o];
          s.for_each_element(oh, ow, [&](int kh, int kw, int row, int column) {
            for (int c = 0; c < s.c; ++c) {
              sum += x[((n * s.c + c) * s.h + row) * s.w + column] *
                     w[((o * s.c + c) * s.kernel_h + kh) * s.kernel_w + kw];
            }
          });
          y.push_back(sum);
        }
      }
    }
  }
  return y;
}

ConvolutionGradients convolution_backward(const Windowed& s, int k, const std::vector<double>& x,
                                          const std::vector<double>& w,
                                          const std::vector<double>& dy) {
  ConvolutionGradients g{std::vector<double>(x.size()), std::vector<double>(w.size()),
                         std::vector<double>(k)};
  for (int n = 0; n < s.n; ++n) {
    for (int o = 0; o < k; ++o) {
      for (int oh = 0; oh < s.out_h(); ++oh) {
        for (int ow = 0; ow < s.out_w(); ++ow) {
          const double d = dy[((n * k + o) * s.out_h() + oh) * s.out_w() + ow];
          g.db[o] += d;
          s.for_each_element(oh, ow, [&](int kh, int kw, int row, int column) {
            for (int c = 0; c < s.c; ++c) {
              const int at_x = ((n * s.c + c) * s.h + row) * s.w + column;
              const int at_w = ((o * s.c + c) * s.kernel_h + kh) * s.kernel_w + kw;
              g.dx[at_x] += d * w[at_w];
              g.dw[at_w] += d * x[at_x];
            }
          });
        }
      }
    }
  }
  return g;
}

}  // namespace infoplane::oracle
