#pragma once

#include <cmath>
#include <functional>
#include <memory>
#include <vector>

#include "nn/initialize.h"
#include "nn/network.h"
#include "tests/support/guarded.h"
#include "tests/support/values.h"

namespace infoplane::test {

/// What a layer computes, in double and row-major order: y from x and the layer's parameters.
using ForwardOracle = std::function<std::vector<double>(
    const std::vector<double>& x, const std::vector<std::vector<double>>& parameters)>;

/// A layer with memory for its parameters, random where `Init` would make them constant.
class BoundLayer {
 public:
  BoundLayer(Context& ctx, std::unique_ptr<Layer> layer, const Shape& x) {
    Layer* raw = layer.get();
    std::vector<std::unique_ptr<Layer>> layers;
    layers.push_back(std::move(layer));
    network_ = std::make_unique<Network>(ctx, x.row(), std::move(layers), 7);
    layer_ = raw;
    std::uint64_t seed = 100;
    for (Parameter* parameter : layer_->parameters()) {
      const std::vector<float> values =
          random_values(parameter->shape.numel(), ++seed, 0.25f, 1.25f);
      ctx.backend().copy_from_host(parameter->value.data(), values.data(),
                                   parameter->value.bytes());
    }
  }

  Layer& layer() { return *layer_; }

 private:
  std::unique_ptr<Network> network_;
  Layer* layer_;
};

/// Row-major values of a device tensor, in double.
inline std::vector<double> logical(const Shape& shape, const std::vector<float>& device_order) {
  return doubles(to_logical_order(shape, device_order));
}

/// Checks a layer's training step against `oracle`: forward within `tolerance`, and every gradient
/// of L = sum r_i y_i, with random r, against central differences of the oracle in double. dx is
/// poisoned, so it must be overwritten; parameter gradients start at known values, so they must be
/// added to; sentinels guard all activations. With a `next`, the layer takes that activation along,
/// and the oracle computes both.
inline void check_gradients(Context& ctx, BoundLayer& bound, const Shape& x_shape,
                            const ForwardOracle& oracle, double tolerance = 2e-4,
                            Activation next = Activation::kIdentity) {
  constexpr double kStep = 1e-5;
  constexpr float kBefore = 0.75f;  // what the parameter gradients hold before
  Layer& layer = bound.layer();
  const Shape y_shape = layer.output(x_shape);
  const std::vector<float> x_values = random_values(x_shape.numel(), 3);
  const std::vector<float> r_values = random_values(y_shape.numel(), 4);
  const std::vector<double> r = logical(y_shape, r_values);
  Guarded<float> x(ctx, x_shape, x_values);
  Guarded<float> y(ctx, y_shape);
  Guarded<float> dy(ctx, y_shape, r_values);
  Guarded<float> dx(ctx, x_shape);
  std::vector<double> x_oracle = logical(x_shape, x_values);
  std::vector<std::vector<double>> parameters;
  for (Parameter* parameter : layer.parameters()) {
    parameters.push_back(logical(parameter->shape, to_host_sync(ctx, parameter->value)));
    const std::vector<float> before(static_cast<std::size_t>(parameter->shape.numel()), kBefore);
    ctx.backend().copy_from_host(parameter->grad.data(), before.data(), parameter->grad.bytes());
  }

  const std::unique_ptr<Step> step = next == Activation::kIdentity
                                         ? layer.plan(ctx, x_shape, Mode::kTrain)
                                         : layer.plan_with(ctx, x_shape, Mode::kTrain, next);
  ASSERT_NE(step, nullptr);
  step->forward(ctx, x, y);
  expect_near(to_logical_order(y_shape, y.to_host_sync()), oracle(x_oracle, parameters), tolerance);
  step->backward(ctx, x, y, dy, dx);
  EXPECT_EQ(x.to_host_sync(), x_values);
  y.to_host_sync();  // their walls
  dy.to_host_sync();

  const auto loss = [&] {
    const std::vector<double> out = oracle(x_oracle, parameters);
    double sum = 0.0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      sum += r[i] * out[i];
    }
    return sum;
  };
  const auto differences = [&](std::vector<double>& variables, double before) {
    std::vector<double> gradient;
    for (double& variable : variables) {
      const double centre = variable;
      variable = centre + kStep;
      const double above = loss();
      variable = centre - kStep;
      const double below = loss();
      variable = centre;
      gradient.push_back(before + (above - below) / (2.0 * kStep));
    }
    return gradient;
  };
  expect_near(to_logical_order(x_shape, dx.to_host_sync()), differences(x_oracle, 0.0), tolerance,
              tolerance);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Parameter& parameter = *layer.parameters()[i];
    SCOPED_TRACE(parameter.name);
    expect_near(to_logical_order(parameter.shape, to_host_sync(ctx, parameter.grad)),
                differences(parameters[i], static_cast<double>(kBefore)), tolerance, tolerance);
  }
}

}  // namespace infoplane::test
