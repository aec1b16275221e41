#pragma once

#include <vector>

namespace infoplane::oracle {

/// x is [rows, channels]; images are passed channels-last, which is the same.
struct BatchNorm {
  std::vector<double> y, mean, variance, unbiased;  ///< variance over rows, and over rows - 1
};

std::vector<double> batch_norm_eval(int rows, int channels, double epsilon,
                                    const std::vector<double>& x, const std::vector<double>& gamma,
                                    const std::vector<double>& beta,
                                    const std::vector<double>& mean,
                                    const std::vector<double>& variance);

BatchNorm batch_norm_train(int rows, int channels, double epsilon, const std::vector<double>& x,
                           const std::vector<double>& gamma, const std::vector<double>& beta);

struct BatchNormGradients {
  std::vector<double> dx, dgamma, dbeta;
};

/// By the chain rule over mean and variance, not by the closed form that the ops use.
BatchNormGradients batch_norm_backward(int rows, int channels, double epsilon,
                                       const std::vector<double>& x,
                                       const std::vector<double>& gamma,
                                       const std::vector<double>& dy);

}  // namespace infoplane::oracle
