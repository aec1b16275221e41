#pragma once

#include <vector>

namespace infoplane::oracle {

struct Sgd {
  double lr, momentum, weight_decay;
  std::vector<double> velocity;

  void step(std::vector<double>& w, const std::vector<double>& grad);
};

/// Kingma and Ba 2015, algorithm 1, with the decay added to the gradient.
struct Adam {
  double lr, beta1, beta2, epsilon, weight_decay;
  std::vector<double> m, v;
  int t = 0;

  void step(std::vector<double>& w, const std::vector<double>& grad);
};

}  // namespace infoplane::oracle
