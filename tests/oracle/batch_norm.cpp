#include "tests/oracle/batch_norm.h"

#include <cmath>

namespace infoplane::oracle {

std::vector<double> batch_norm_eval(int rows, int channels, double epsilon,
                                    const std::vector<double>& x, const std::vector<double>& gamma,
                                    const std::vector<double>& beta,
                                    const std::vector<double>& mean,
                                    const std::vector<double>& variance) {
  std::vector<double> y;
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < channels; ++c) {
      y.push_back(gamma[c] * (x[r * channels + c] - mean[c]) / std::sqrt(variance[c] + epsilon) +
                  beta[c]);
    }
  }
  return y;
}

BatchNorm batch_norm_train(int rows, int channels, double epsilon, const std::vector<double>& x,
                           const std::vector<double>& gamma, const std::vector<double>& beta) {
  BatchNorm result;
  for (int c = 0; c < channels; ++c) {
    double sum = 0.0;
    for (int r = 0; r < rows; ++r) {
      sum += x[r * channels + c];
    }
    const double mean = sum / rows;
    double squares = 0.0;
    for (int r = 0; r < rows; ++r) {
      squares += (x[r * channels + c] - mean) * (x[r * channels + c] - mean);
    }
    result.mean.push_back(mean);
    result.variance.push_back(squares / rows);
    result.unbiased.push_back(squares / (rows - 1));
  }
  result.y = batch_norm_eval(rows, channels, epsilon, x, gamma, beta, result.mean, result.variance);
  return result;
}

BatchNormGradients batch_norm_backward(int rows, int channels, double epsilon,
                                       const std::vector<double>& x,
                                       const std::vector<double>& gamma,
                                       const std::vector<double>& dy) {
  const std::vector<double> zero(channels);
  const BatchNorm forward = batch_norm_train(rows, channels, epsilon, x, gamma, zero);
  BatchNormGradients g{std::vector<double>(x.size()), zero, zero};
  for (int c = 0; c < channels; ++c) {
    const double mean = forward.mean[c];
    const double deviation = std::sqrt(forward.variance[c] + epsilon);
    double d_mean = 0.0;
    double d_variance = 0.0;
    for (int r = 0; r < rows; ++r) {
      const double centred = x[r * channels + c] - mean;
      const double d = dy[r * channels + c];
      g.dbeta[c] += d;
      g.dgamma[c] += d * centred / deviation;
      d_mean -= d * gamma[c] / deviation;
      d_variance -= 0.5 * d * gamma[c] * centred / (deviation * deviation * deviation);
    }
    for (int r = 0; r < rows; ++r) {
      const double centred = x[r * channels + c] - mean;
      g.dx[r * channels + c] = dy[r * channels + c] * gamma[c] / deviation + d_mean / rows +
                               d_variance * 2.0 * centred / rows;
    }
  }
  return g;
}

}  // namespace infoplane::oracle
