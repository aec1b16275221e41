#include "tests/oracle/activation.h"

#include <cmath>
#include <cstddef>

namespace infoplane::oracle {

std::vector<double> relu(std::vector<double> x) {
  for (double& value : x) {
    value = value > 0.0 ? value : 0.0;
  }
  return x;
}

std::vector<double> tanh(std::vector<double> x) {
  for (double& value : x) {
    value = std::tanh(value);
  }
  return x;
}

std::vector<double> relu_backward(const std::vector<double>& x, std::vector<double> dy) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    dy[i] *= x[i] > 0.0 ? 1.0 : 0.0;
  }
  return dy;
}

std::vector<double> tanh_backward(const std::vector<double>& x, std::vector<double> dy) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    dy[i] /= std::cosh(x[i]) * std::cosh(x[i]);
  }
  return dy;
}

}  // namespace infoplane::oracle
