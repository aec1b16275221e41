#include "tests/oracle/softmax_cross_entropy.h"

#include <algorithm>
#include <cmath>

namespace infoplane::oracle {

SoftmaxCrossEntropy softmax_cross_entropy(int rows, int classes, double scale,
                                          const std::vector<double>& logits,
                                          const std::vector<int>& labels) {
  SoftmaxCrossEntropy result;
  for (int r = 0; r < rows; ++r) {
    const double* z = logits.data() + r * classes;
    const double largest = *std::max_element(z, z + classes);
    double sum = 0.0;
    for (int c = 0; c < classes; ++c) {
      sum += std::exp(z[c] - largest);
    }
    result.loss_sum += std::log(sum) - (z[labels[r]] - largest);
    for (int c = 0; c < classes; ++c) {
      const double p = std::exp(z[c] - largest) / sum;
      result.dlogits.push_back(scale * (p - (c == labels[r] ? 1.0 : 0.0)));
    }
  }
  return result;
}

}  // namespace infoplane::oracle
