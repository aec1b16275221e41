#include "nn/network.h"

#include <gmock/gmock.h>

#include "nn/activation.h"
#include "nn/batch_norm.h"
#include "nn/conv2d.h"
#include "nn/dense.h"
#include "nn/dropout.h"
#include "nn/flatten.h"
#include "nn/initialize.h"
#include "nn/max_pool2d.h"
#include "nn/models.h"
#include "ops/softmax_cross_entropy.h"
#include "tests/support/devices.h"
#include "tests/support/errors.h"
#include "tests/support/values.h"

namespace infoplane::test {
namespace {

using Layers = std::vector<std::unique_ptr<Layer>>;

class NetworkTest : public DeviceTest {};
INFOPLANE_FOR_EACH_DEVICE(NetworkTest);

/// One of every layer, in an order in which each in-place rule of the plan is met.
Layers every_layer() {
  Layers layers;
  layers.push_back(std::make_unique<Conv2d>(2, 6, Window::square(3, 1, 1)));
  layers.push_back(std::make_unique<BatchNorm>(6));
  layers.push_back(std::make_unique<ActivationLayer>(Activation::kRelu));
  layers.push_back(std::make_unique<MaxPool2d>(Window::square(2, 2, 0)));
  layers.push_back(std::make_unique<Dropout>(0.5f, Dropout::Unit::kChannel, 4));
  layers.push_back(std::make_unique<Flatten>());
  layers.push_back(std::make_unique<Dense>(54, 10));
  layers.push_back(std::make_unique<ActivationLayer>(Activation::kTanh));
  layers.push_back(std::make_unique<Dropout>(0.25f, Dropout::Unit::kElement, 8));
  layers.push_back(std::make_unique<ActivationLayer>(Activation::kIdentity));
  layers.push_back(std::make_unique<Dense>(10, 4));
  return layers;
}

double loss_of(Context& ctx, NetworkPlan& plan, View<const std::int32_t> labels,
               Tensor<double>& loss) {
  loss.fill_zero();
  plan.forward(ctx);
  ops::softmax_cross_entropy(ctx, plan.logits(), labels, 1.0f, loss, plan.dlogits());
  return loss.to_host_sync()[0];
}

/// Of a network of [2, 6, 6] images and four classes.
void expect_gradient_is_slope_of_loss(Context ctx, Layers layers) {
  ctx.random() = {3, 9};
  Network network(ctx, {2, 6, 6}, std::move(layers), 1);
  const auto plan = network.plan(ctx, 5, Mode::kTrain);
  const std::vector<float> images = random_values(5 * 2 * 6 * 6, 21);
  const Tensor<std::int32_t> labels(ctx, {5}, {0, 1, 2, 3, 1});
  Tensor<double> loss(ctx, {1});
  const auto evaluate = [&] {
    ctx.backend().copy_from_host(plan->input().data(), images.data(), plan->input().bytes());
    return loss_of(ctx, *plan, labels, loss);
  };
  evaluate();
  network.zero_gradients();
  plan->backward(ctx);
  const std::vector<float> gradient = to_host_sync(ctx, network.gradients());

  // Along a random direction: large enough a step for float, small enough for a straight line.
  std::vector<float> values = to_host_sync(ctx, network.values());
  const std::vector<float> direction = random_values(network.values().size(), 31);
  const float step = 1e-3f;
  const auto at = [&](float along) {
    std::vector<float> moved = values;
    for (std::size_t i = 0; i < moved.size(); ++i) {
      moved[i] += along * direction[i];
    }
    ctx.backend().copy_from_host(network.values().data(), moved.data(), network.values().bytes());
    return evaluate();
  };
  const double slope = (at(step) - at(-step)) / (2.0 * static_cast<double>(step));
  double expected = 0.0;
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    expected += static_cast<double>(gradient[i]) * static_cast<double>(direction[i]);
  }
  EXPECT_NEAR(slope, expected, 0.02 * std::abs(expected) + 0.02);
}

TEST_P(NetworkTest, GradientOfTheWholeIsTheSlopeOfTheLoss) {
  expect_gradient_is_slope_of_loss(make_context(), every_layer());
}

TEST_P(NetworkTest, GradientOfANetworkThatBeginsWithoutParameters) {
  Layers layers;
  layers.push_back(std::make_unique<Dropout>(0.25f, Dropout::Unit::kElement, 8));
  layers.push_back(std::make_unique<Flatten>());
  layers.push_back(std::make_unique<ActivationLayer>(Activation::kTanh));
  layers.push_back(std::make_unique<Dense>(72, 5));
  layers.push_back(std::make_unique<ActivationLayer>(Activation::kRelu));
  layers.push_back(std::make_unique<Dense>(5, 4));
  expect_gradient_is_slope_of_loss(make_context(), std::move(layers));
}

TEST_P(NetworkTest, GradientOfANetworkThatBeginsWithBatchNorm) {
  Layers layers;
  layers.push_back(std::make_unique<BatchNorm>(2));
  layers.push_back(std::make_unique<ActivationLayer>(Activation::kRelu));
  layers.push_back(std::make_unique<Flatten>());
  layers.push_back(std::make_unique<Dense>(72, 4));
  expect_gradient_is_slope_of_loss(make_context(), std::move(layers));
}

/// A layer of 4 units that notes what it is asked for.
class Noting final : public Layer {
 public:
  Noting(bool has_parameter, std::string name, std::vector<std::string>& notes)
      : has_parameter_(has_parameter), name_(std::move(name)), notes_(notes) {}

  std::string describe() const override { return name_; }
  std::string kind() const override { return name_; }
  Shape output(const Shape& x) const override { return x; }
  std::vector<Parameter*> parameters() override {
    return has_parameter_ ? std::vector<Parameter*>{&parameter_} : std::vector<Parameter*>{};
  }
  std::unique_ptr<Step> plan(Context& /*ctx*/, const Shape& /*x*/, Mode mode) override {
    notes_.push_back(name_ + (mode == Mode::kTrainFirst ? " plans without dx" : " plans"));
    return std::make_unique<NotingStep>(*this);
  }

 private:
  class NotingStep final : public Step {
   public:
    explicit NotingStep(const Noting& layer) : layer_(layer) {}
    void forward(Context& /*ctx*/, View<const float> /*x*/, View<float> /*y*/) override {}
    void backward(Context& /*ctx*/, View<const float> /*x*/, View<const float> /*y*/,
                  View<float> /*dy*/, View<float> dx) override {
      layer_.notes_.push_back(layer_.name_ + (dx.empty() ? " without dx" : " with dx"));
    }

   private:
    const Noting& layer_;
  };

  bool has_parameter_;
  std::string name_;
  std::vector<std::string>& notes_;
  Parameter parameter_{"weight", {4}, Init::kZeros, 1, {}, {}};
};

TEST_P(NetworkTest, BackwardEndsWithTheFirstLayerThatHasParameters) {
  Context ctx = make_context();
  std::vector<std::string> notes;
  Layers layers;
  layers.push_back(std::make_unique<Noting>(false, "a", notes));
  layers.push_back(std::make_unique<Noting>(true, "b", notes));
  layers.push_back(std::make_unique<Noting>(false, "c", notes));
  layers.push_back(std::make_unique<Noting>(true, "d", notes));
  Network network(ctx, {4}, std::move(layers), 1);
  const auto plan = network.plan(ctx, 3, Mode::kTrain);
  EXPECT_THAT(notes, testing::ElementsAre("a plans without dx", "b plans without dx", "c plans",
                                          "d plans"));
  notes.clear();
  plan->forward(ctx);
  plan->backward(ctx);
  EXPECT_THAT(notes, testing::ElementsAre("d with dx", "c with dx", "b without dx"));
}

TEST_P(NetworkTest, EvaluationDoesNotDependOnTheBatch) {
  Context ctx = make_context();
  Network network(ctx, {2, 6, 6}, every_layer(), 1);
  const std::vector<float> images = random_values(7 * 2 * 6 * 6, 22);
  std::vector<float> whole;
  {
    const auto plan = network.plan(ctx, 7, Mode::kEval);
    ctx.backend().copy_from_host(plan->input().data(), images.data(), plan->input().bytes());
    plan->forward(ctx);
    whole = to_host_sync(ctx, plan->logits());
  }
  const auto one = network.plan(ctx, 1, Mode::kEval);
  for (std::size_t n = 0; n < 7; ++n) {
    ctx.backend().copy_from_host(one->input().data(), images.data() + n * 72, one->input().bytes());
    one->forward(ctx);
    expect_near(to_host_sync(ctx, one->logits()),
                doubles(std::vector<float>(whole.begin() + static_cast<std::ptrdiff_t>(n) * 4,
                                           whole.begin() + static_cast<std::ptrdiff_t>(n + 1) * 4)),
                1e-5, 1e-5);
  }
}

TEST_P(NetworkTest, ARunPlanAllocatesNothing) {
  Context ctx = make_context();
  Network network(ctx, {2, 6, 6}, every_layer(), 1);
  const auto plan = network.plan(ctx, 5, Mode::kTrain);
  const Tensor<std::int32_t> labels(ctx, {5}, {0, 1, 2, 3, 1});
  Tensor<double> loss(ctx, {1});
  loss_of(ctx, *plan, labels, loss);
  plan->backward(ctx);
  const std::int64_t before = ctx.backend().allocations();
  for (int i = 0; i < 3; ++i) {
    loss_of(ctx, *plan, labels, loss);
    plan->backward(ctx);
  }
  EXPECT_EQ(ctx.backend().allocations(), before);
}

TEST_P(NetworkTest, BatchNormTakesTheReluBehindItAlong) {
  Context ctx = make_context();
  Network network(ctx, {2, 6, 6}, every_layer(), 1);
  for (const Mode mode : {Mode::kTrain, Mode::kEval}) {
    const auto plan = network.plan(ctx, 5, mode);
    EXPECT_THAT(plan->algorithms()[1], testing::ElementsAre("with the relu behind it"));
    const std::vector<float> images = random_values(5 * 2 * 6 * 6, 21, -1.0f, 1.0f);
    ctx.backend().copy_from_host(plan->input().data(), images.data(), plan->input().bytes());
    std::vector<std::size_t> shown;
    std::vector<float> relu;
    plan->forward(ctx, [&](std::size_t layer, View<const float> y) {
      shown.push_back(layer);
      if (layer == 2) {
        relu = to_host_sync(ctx, y);
      }
    });
    // What batch norm alone would give is nowhere.
    EXPECT_THAT(shown, testing::ElementsAre(0, 2, 3, 4, 5, 6, 7, 8, 9, 10));
    EXPECT_THAT(relu, testing::Contains(0.0f));
    EXPECT_THAT(relu, testing::Contains(testing::Gt(0.0f)));
    EXPECT_THAT(relu, testing::Each(testing::Ge(0.0f)));
  }
}

TEST_P(NetworkTest, DenseAndConv2dTakeTheReluBehindThemAlong) {
  Context ctx = make_context();
  Layers layers;
  layers.push_back(std::make_unique<Conv2d>(2, 3, Window::square(3, 1, 1)));
  layers.push_back(std::make_unique<ActivationLayer>(Activation::kRelu));
  layers.push_back(std::make_unique<Flatten>());
  layers.push_back(std::make_unique<Dense>(108, 5));
  layers.push_back(std::make_unique<ActivationLayer>(Activation::kRelu));
  layers.push_back(std::make_unique<Dense>(5, 4));
  Network network(ctx, {2, 6, 6}, std::move(layers), 1);
  const auto plan = network.plan(ctx, 5, Mode::kTrain);
  const auto algorithms = plan->algorithms();
  ASSERT_EQ(algorithms.size(), 6u);
  ASSERT_EQ(algorithms[0].size(), 3u);  // its passes: nobody wants the images' gradient
  EXPECT_THAT(algorithms[0][0], testing::StartsWith("y: "));
  EXPECT_THAT(algorithms[0][1], testing::StartsWith("dw: "));
  EXPECT_EQ(algorithms[0].back(), "with the relu behind it");
  EXPECT_THAT(algorithms[3], testing::ElementsAre("with the relu behind it"));
  for (const std::size_t none : {1, 2, 4, 5}) {
    EXPECT_THAT(algorithms[none], testing::IsEmpty());
  }
  std::vector<std::size_t> shown;
  plan->forward(ctx, [&](std::size_t layer, View<const float> /*y*/) { shown.push_back(layer); });
  EXPECT_THAT(shown, testing::ElementsAre(1, 2, 4, 5));
}

TEST_P(NetworkTest, StartsFromTheSeedAlone) {
  Context ctx = make_context();
  Network first(ctx, {2, 6, 6}, every_layer(), 5);
  Network again(ctx, {2, 6, 6}, every_layer(), 5);
  Network other(ctx, {2, 6, 6}, every_layer(), 6);
  const auto values = [&](Network& network) { return to_host_sync(ctx, network.values()); };
  EXPECT_TRUE(same_bits(values(first), values(again)));
  EXPECT_FALSE(same_bits(values(first), values(other)));
}

TEST(Network, NamesTheLayerThatDoesNotFit) {
  Context ctx = ops::make_context(Device::kCpu);
  Layers layers;
  layers.push_back(std::make_unique<Dense>(4, 3));
  layers.push_back(std::make_unique<Dense>(5, 2));
  expect_error<ShapeError>([&] { Network(ctx, {4}, std::move(layers), 1); },
                           {"layer 1", "[1, 3]", "[1, 5]"});
}

TEST(Network, ParametersHaveNamesAndTheirOwnMemory) {
  Context ctx = ops::make_context(Device::kCpu);
  Network network(ctx, {2, 6, 6}, every_layer(), 1);
  std::vector<std::string> names;
  for (const Parameter& parameter : network.parameters()) {
    names.push_back(parameter.name);
  }
  EXPECT_THAT(names, testing::ElementsAre("0.conv.weight", "0.conv.bias", "1.norm.gamma",
                                          "1.norm.beta", "6.dense.weight", "6.dense.bias",
                                          "10.dense.weight", "10.dense.bias"));
  for (std::size_t i = 1; i < network.parameters().size(); ++i) {
    const Parameter& before = network.parameters()[i - 1];
    EXPECT_GE(network.parameters()[i].value.data(), before.value.data() + before.value.size());
  }
}

TEST(Network, EvaluationPlansHaveNoBackwardPass) {
  Context ctx = ops::make_context(Device::kCpu);
  Network network(ctx, {2, 6, 6}, every_layer(), 1);
  const auto plan = network.plan(ctx, 2, Mode::kEval);
  expect_error<UsageError>([&] { plan->backward(ctx); }, {"evaluation"});
  expect_error<UsageError>([&] { plan->dlogits(); }, {"evaluation"});
}

TEST(Initialize, UniformFillsItsRangeAndNormalIsCut) {
  Context ctx = ops::make_context(Device::kCpu);
  Layers layers;
  layers.push_back(std::make_unique<Dense>(100, 200));
  layers.push_back(std::make_unique<Dense>(200, 100, Init::kTruncatedNormal));
  Network network(ctx, {100}, std::move(layers), 1);
  const auto moments = [&](const Parameter& parameter) {
    double square = 0.0;
    double largest = 0.0;
    for (const float value : to_host_sync(ctx, parameter.value)) {
      square += static_cast<double>(value) * static_cast<double>(value);
      largest = std::max(largest, std::abs(static_cast<double>(value)));
    }
    return std::pair(square / static_cast<double>(parameter.shape.numel()), largest);
  };
  const auto [uniform, uniform_largest] = moments(network.parameters()[0]);
  EXPECT_NEAR(uniform, 0.01 / 3.0, 1e-4);  // (1/sqrt(100))^2 / 3
  EXPECT_LE(uniform_largest, 0.1);
  EXPECT_GT(uniform_largest, 0.0999);
  const auto [normal, normal_largest] = moments(network.parameters()[2]);
  // The variance of a normal cut at two sigma is 0.7737 of the uncut one.
  EXPECT_NEAR(normal, 0.7737 / 200.0, 1e-4);
  EXPECT_LE(normal_largest, 2.0 / std::sqrt(200.0) + 1e-6);
}

TEST(Initialize, OrdersAreInverse) {
  const Shape shape{2, 3, 2, 2};
  const std::vector<float> values = random_values(24, 1);
  EXPECT_EQ(to_logical_order(shape, to_device_order(shape, values)), values);
  EXPECT_EQ(to_device_order(shape, values)[1], values[4]);  // (0, 1, 0, 0) follows (0, 0, 0, 0)
}

}  // namespace
}  // namespace infoplane::test
