#pragma once

#include <vector>

namespace infoplane::oracle {

std::vector<double> relu(std::vector<double> x);
std::vector<double> tanh(std::vector<double> x);

/// Gradients from the input x, where the ops take them from the output.
std::vector<double> relu_backward(const std::vector<double>& x, std::vector<double> dy);
std::vector<double> tanh_backward(const std::vector<double>& x, std::vector<double> dy);

}  // namespace infoplane::oracle
