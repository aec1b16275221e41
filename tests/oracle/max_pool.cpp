#include "tests/oracle/max_pool.h"

namespace infoplane::oracle {

MaxPool max_pool(const Windowed& s, const std::vector<double>& x) {
  MaxPool result;
  for (int plane = 0; plane < s.n * s.c; ++plane) {
    for (int oh = 0; oh < s.out_h(); ++oh) {
      for (int ow = 0; ow < s.out_w(); ++ow) {
        int winner = -1;
        double best = 0.0;
        s.for_each_element(oh, ow, [&](int kh, int kw, int row, int column) {
          const double value = x[(plane * s.h + row) * s.w + column];
          if (winner < 0 || value > best) {
            winner = kh * s.kernel_w + kw;
            best = value;
          }
        });
        result.y.push_back(best);
        result.argmax.push_back(winner);
      }
    }
  }
  return result;
}

std::vector<double> max_pool_backward(const Windowed& s, const std::vector<int>& argmax,
                                      const std::vector<double>& dy) {
  std::vector<double> dx(s.n * s.c * s.h * s.w);
  int at = 0;
  for (int plane = 0; plane < s.n * s.c; ++plane) {
    for (int oh = 0; oh < s.out_h(); ++oh) {
      for (int ow = 0; ow < s.out_w(); ++ow, ++at) {
        s.for_each_element(oh, ow, [&](int kh, int kw, int row, int column) {
          if (kh * s.kernel_w + kw == argmax[at]) {
            dx[(plane * s.h + row) * s.w + column] += dy[at];
          }
        });
      }
    }
  }
  return dx;
}

}  // namespace infoplane::oracle
