#include "ops/activation.h"

#include <cmath>

#include "tests/oracle/activation.h"
#include "tests/support/devices.h"
#include "tests/support/errors.h"
#include "tests/support/guarded.h"
#include "tests/support/values.h"

namespace infoplane {
namespace {

using namespace test;

constexpr std::int64_t kSizes[] = {1, 31, 33, 1000, 100003};

class ActivationTest : public DeviceTest {};

TEST_P(ActivationTest, ForwardAgreesWithTheDefinition) {
  Context ctx = make_context();
  for (const std::int64_t n : kSizes) {
    SCOPED_TRACE(n);
    const std::vector<float> values = random_values(n, 1, -6.0f, 6.0f);
    const Guarded<float> x(ctx, {n}, values);
    Guarded<float> relu(ctx, {n}), tanh(ctx, {n}), identity(ctx, {n});
    ops::activation_forward(ctx, Activation::kRelu, x, relu);
    ops::activation_forward(ctx, Activation::kTanh, x, tanh);
    ops::activation_forward(ctx, Activation::kIdentity, x, identity);
    expect_near(relu.to_host_sync(), oracle::relu(doubles(values)), 0.0);
    expect_near(tanh.to_host_sync(), oracle::tanh(doubles(values)), 1e-30, 3e-7);
    EXPECT_TRUE(same_bits(identity.to_host_sync(), values));
  }
}

TEST_P(ActivationTest, TanhHoldsItsRelativeErrorEverywhere) {
  Context ctx = make_context();
  std::vector<float> values = {0.0f, 0.624f, 0.625f, 0.626f, 9.0f, 50.0f, 1e30f, INFINITY};
  for (float tiny = 1e-30f; tiny < 1.0f; tiny *= 3.0f) {
    values.push_back(tiny);
  }
  for (std::size_t i = values.size(); i-- > 0;) {
    values.push_back(-values[i]);
  }
  const auto n = static_cast<std::int64_t>(values.size());
  const Guarded<float> x(ctx, {n}, values);
  Guarded<float> y(ctx, {n});
  ops::activation_forward(ctx, Activation::kTanh, x, y);
  expect_near(y.to_host_sync(), oracle::tanh(doubles(values)), 1e-37, 3e-7);
}

TEST_P(ActivationTest, BackwardAgreesWithTheDerivative) {
  Context ctx = make_context();
  for (const std::int64_t n : kSizes) {
    SCOPED_TRACE(n);
    const std::vector<float> xs = random_values(n, 2, -2.0f, 2.0f);
    const std::vector<float> dys = random_values(n, 3);
    const Guarded<float> x(ctx, {n}, xs), dy(ctx, {n}, dys);
    Guarded<float> y(ctx, {n}), dx(ctx, {n});
    ops::activation_forward(ctx, Activation::kRelu, x, y);
    ops::activation_backward(ctx, Activation::kRelu, y, dy, dx);
    expect_near(dx.to_host_sync(), oracle::relu_backward(doubles(xs), doubles(dys)), 0.0);
    ops::activation_forward(ctx, Activation::kTanh, x, y);
    ops::activation_backward(ctx, Activation::kTanh, y, dy, dx);
    expect_near(dx.to_host_sync(), oracle::tanh_backward(doubles(xs), doubles(dys)), 1e-6);
    ops::activation_backward(ctx, Activation::kIdentity, y, dy, dx);
    EXPECT_TRUE(same_bits(dx.to_host_sync(), dys));
  }
}

TEST_P(ActivationTest, ReluHasNoGradientAtZero) {
  Context ctx = make_context();
  const Guarded<float> y(ctx, {3}, {0.0f, -0.0f, 1e-40f}), dy(ctx, {3}, {5.0f, 5.0f, 5.0f});
  Guarded<float> dx(ctx, {3});
  ops::activation_backward(ctx, Activation::kRelu, y, dy, dx);
  EXPECT_EQ(dx.to_host_sync(), (std::vector<float>{0.0f, 0.0f, 5.0f}));
}

TEST_P(ActivationTest, ANanStaysOne) {
  Context ctx = make_context();
  const Guarded<float> x(ctx, {2}, {NAN, 1.0f});
  for (const Activation kind : {Activation::kIdentity, Activation::kRelu, Activation::kTanh}) {
    Guarded<float> y(ctx, {2}, {0.0f, 0.0f});
    ops::activation_forward(ctx, kind, x, y);
    const std::vector<float> values = y.to_host_sync();
    EXPECT_TRUE(std::isnan(values[0]));
    EXPECT_FALSE(std::isnan(values[1]));
  }
}

TEST_P(ActivationTest, InPlaceGivesTheSame) {
  Context ctx = make_context();
  const std::vector<float> values = random_values(1003, 4, -2.0f, 2.0f);
  const std::vector<float> dys = random_values(1003, 5);
  for (const Activation kind : {Activation::kIdentity, Activation::kRelu, Activation::kTanh}) {
    const Guarded<float> x(ctx, {1003}, values), dy(ctx, {1003}, dys);
    Guarded<float> y(ctx, {1003}), dx(ctx, {1003});
    Guarded<float> in_place(ctx, {1003}, values), d_in_place(ctx, {1003}, dys);
    ops::activation_forward(ctx, kind, x, y);
    ops::activation_forward(ctx, kind, in_place, in_place);
    EXPECT_TRUE(same_bits(y.to_host_sync(), in_place.to_host_sync()));
    ops::activation_backward(ctx, kind, y, dy, dx);
    ops::activation_backward(ctx, kind, y, d_in_place, d_in_place);
    EXPECT_TRUE(same_bits(dx.to_host_sync(), d_in_place.to_host_sync()));
  }
}

TEST_P(ActivationTest, ShapesMustAgree) {
  Context ctx = make_context();
  Guarded<float> a(ctx, {2, 3}), b(ctx, {3, 2});
  expect_error<ShapeError>([&] { ops::activation_forward(ctx, Activation::kRelu, a, b); },
                           {"activation_forward", "[3, 2]", "[2, 3]"});
  expect_error<ShapeError>([&] { ops::activation_backward(ctx, Activation::kRelu, a, b, a); },
                           {"activation_backward", "dy", "[3, 2]", "[2, 3]"});
  expect_error<ShapeError>([&] { ops::activation_backward(ctx, Activation::kRelu, a, a, b); },
                           {"activation_backward", "dx", "[3, 2]", "[2, 3]"});
}

INFOPLANE_FOR_EACH_DEVICE(ActivationTest);

}  // namespace
}  // namespace infoplane
