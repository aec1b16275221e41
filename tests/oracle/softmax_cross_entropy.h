#pragma once

#include <vector>

namespace infoplane::oracle {

struct SoftmaxCrossEntropy {
  double loss_sum = 0.0;
  std::vector<double> dlogits;  ///< of loss_sum * scale
};

SoftmaxCrossEntropy softmax_cross_entropy(int rows, int classes, double scale,
                                          const std::vector<double>& logits,
                                          const std::vector<int>& labels);

}  // namespace infoplane::oracle
