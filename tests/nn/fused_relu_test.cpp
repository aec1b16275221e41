// A layer that takes the ReLU behind it along against the two one after the other.

#include "nn/activation.h"
#include "nn/batch_norm.h"
#include "nn/conv2d.h"
#include "nn/dense.h"
#include "tests/support/devices.h"
#include "tests/support/gradients.h"

namespace infoplane::test {
namespace {

class FusedRelu : public DeviceTest {
 protected:
  /// The CPU gives the same bits; a GPU's libraries may choose another algorithm for both in one.
  void expect_same(const std::vector<float>& values, const std::vector<float>& expected) const {
    if (GetParam() == Device::kCpu) {
      EXPECT_TRUE(same_bits(values, expected));
    } else {
      expect_near(values, doubles(expected), 1e-4, 1e-4);
    }
  }

  void check(std::unique_ptr<Layer> made, const Shape& x_shape) const {
    SCOPED_TRACE(made->describe() + " of " + x_shape.to_string());
    Context ctx = make_context();
    BoundLayer bound(ctx, std::move(made), x_shape);
    Layer& layer = bound.layer();
    ActivationLayer relu(Activation::kRelu);
    const Shape y_shape = layer.output(x_shape);
    const std::vector<float> dy_values = random_values(y_shape.numel(), 2);
    const Guarded<float> x(ctx, x_shape, random_values(x_shape.numel(), 1));
    Guarded<float> between(ctx, y_shape), expected(ctx, y_shape), y(ctx, y_shape);
    EXPECT_EQ(layer.plan_with(ctx, x_shape, Mode::kTrain, Activation::kTanh), nullptr);

    for (const Mode mode : {Mode::kEval, Mode::kTrain}) {
      layer.plan(ctx, x_shape, mode)->forward(ctx, x, between);
      relu.plan(ctx, y_shape, mode)->forward(ctx, between, expected);
      layer.plan_with(ctx, x_shape, mode, Activation::kRelu)->forward(ctx, x, y);
      expect_same(y.to_host_sync(), expected.to_host_sync());
    }

    const auto gradients_of = [&](Step& step, Guarded<float>& dy) {
      std::vector<std::vector<float>> gradients;
      Guarded<float> dx(ctx, x_shape);
      for (Parameter* parameter : layer.parameters()) {
        ctx.backend().fill_zero(parameter->grad.data(), parameter->grad.bytes());
      }
      step.backward(ctx, x, y, dy, dx);
      gradients.push_back(dx.to_host_sync());
      for (Parameter* parameter : layer.parameters()) {
        gradients.push_back(to_host_sync(ctx, parameter->grad));
      }
      return gradients;
    };
    const auto alone = layer.plan(ctx, x_shape, Mode::kTrain);
    const auto both = layer.plan_with(ctx, x_shape, Mode::kTrain, Activation::kRelu);
    Guarded<float> dy(ctx, y_shape, dy_values), dbetween(ctx, y_shape);
    alone->forward(ctx, x, between);  // batch norm keeps what its backward pass needs
    relu.plan(ctx, y_shape, Mode::kTrain)->backward(ctx, between, y, dy, dbetween);
    const auto expected_gradients = gradients_of(*alone, dbetween);
    both->forward(ctx, x, y);
    const auto gradients = gradients_of(*both, dy);
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      SCOPED_TRACE(i == 0 ? "dx" : layer.parameters()[i - 1]->name);
      expect_same(gradients[i], expected_gradients[i]);
    }
  }
};
INFOPLANE_FOR_EACH_DEVICE(FusedRelu);

TEST_P(FusedRelu, DenseIsBothInTurn) {
  for (const auto& [n, in, out] :
       {std::tuple(1, 1, 1), {33, 12, 10}, {31, 7, 16}, {7, 33, 1}, {1, 31, 33}, {129, 100, 65}}) {
    check(std::make_unique<Dense>(in, out), {n, in});
  }
}

TEST_P(FusedRelu, Conv2dIsBothInTurn) {
  // On a host with AVX-512: by oneDNN, directly, and by Winograd's way.
  check(std::make_unique<Conv2d>(16, 33, Window::square(1, 1, 0)), {3, 16, 5, 3});
  check(std::make_unique<Conv2d>(3, 10, Window::square(5, 1, 2)), {33, 3, 7, 6});
  check(std::make_unique<Conv2d>(20, 29, Window::square(3, 1, 1)), {65, 20, 5, 7});
  check(std::make_unique<Conv2d>(2, 7, Window{3, 2, 2, 1, 1, 0}), {2, 2, 9, 8});
}

TEST_P(FusedRelu, BatchNormIsBothInTurn) {
  check(std::make_unique<BatchNorm>(31), {33, 31});
  check(std::make_unique<BatchNorm>(3), {5, 3, 7, 3});
}

}  // namespace
}  // namespace infoplane::test
