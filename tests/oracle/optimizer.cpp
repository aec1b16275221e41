#include "tests/oracle/optimizer.h"

#include <cmath>
#include <cstddef>

namespace infoplane::oracle {

void Sgd::step(std::vector<double>& w, const std::vector<double>& grad) {
  velocity.resize(w.size());
  for (std::size_t i = 0; i < w.size(); ++i) {
    velocity[i] = momentum * velocity[i] + grad[i] + weight_decay * w[i];
    w[i] -= lr * velocity[i];
  }
}

void Adam::step(std::vector<double>& w, const std::vector<double>& grad) {
  m.resize(w.size());
  v.resize(w.size());
  ++t;
  for (std::size_t i = 0; i < w.size(); ++i) {
    const double g = grad[i] + weight_decay * w[i];
    m[i] = beta1 * m[i] + (1.0 - beta1) * g;
    v[i] = beta2 * v[i] + (1.0 - beta2) * g * g;
    const double m_hat = m[i] / (1.0 - std::pow(beta1, t));
    const double v_hat = v[i] / (1.0 - std::pow(beta2, t));
    w[i] -= lr * m_hat / (std::sqrt(v_hat) + epsilon);
  }
}

}  // namespace infoplane::oracle
