#include "ops/softmax_cross_entropy.h"

#include <cmath>

#include "tests/oracle/softmax_cross_entropy.h"
#include "tests/oracle/torch_values.h"
#include "tests/support/devices.h"
#include "tests/support/errors.h"
#include "tests/support/guarded.h"
#include "tests/support/pattern.h"
#include "tests/support/values.h"

namespace infoplane {
namespace {

using namespace test;

class SoftmaxCrossEntropyTest : public DeviceTest {};

TEST_P(SoftmaxCrossEntropyTest, AgreesWithTheDefinitionAndAddsToTheLoss) {
  Context ctx = make_context();
  for (const int rows : {1, 31, 33, 1000}) {
    for (const int classes : {2, 10, 33, 100, 1000}) {
      SCOPED_TRACE(testing::Message() << rows << " x " << classes);
      const auto zs = random_values(rows * classes, 1, -8.0f, 8.0f);
      const auto ys = random_integers(rows, 2, classes);
      const Guarded<float> logits(ctx, {rows, classes}, zs);
      const Guarded<std::int32_t> labels(ctx, {rows}, ys);
      Guarded<double> loss(ctx, {1}, {1000.0});
      Guarded<float> dlogits(ctx, {rows, classes});
      ops::softmax_cross_entropy(ctx, logits, labels, 1.0f / 8.0f, loss, dlogits);
      const auto expected = oracle::softmax_cross_entropy(rows, classes, 0.125, doubles(zs), ys);
      EXPECT_NEAR(loss.to_host_sync()[0], 1000.0 + expected.loss_sum, 1e-6 * rows);
      expect_near(dlogits.to_host_sync(), expected.dlogits, 5e-8);
    }
  }
}

TEST_P(SoftmaxCrossEntropyTest, AgreesWithPyTorch) {
  Context ctx = make_context();
  const Guarded<float> logits(ctx, {4, 5}, pattern(20, 37));
  const Guarded<std::int32_t> labels(ctx, {4}, {4, 0, 2, 2});
  Guarded<double> loss(ctx, {1}, {0.0});
  Guarded<float> dlogits(ctx, {4, 5});
  ops::softmax_cross_entropy(ctx, logits, labels, 0.25f, loss, dlogits);
  EXPECT_NEAR(loss.to_host_sync()[0] / 4.0, oracle::kCrossEntropyMean[0], 1e-6);
  expect_near(dlogits.to_host_sync(), oracle::kCrossEntropyDlogits, 1e-7);
}

TEST_P(SoftmaxCrossEntropyTest, EqualLogitsCostTheLogOfTheClasses) {
  Context ctx = make_context();
  const Guarded<float> logits(ctx, {3, 10}, std::vector<float>(30, -7.5f));
  const Guarded<std::int32_t> labels(ctx, {3}, {0, 4, 9});
  Guarded<double> loss(ctx, {1}, {0.0});
  Guarded<float> dlogits(ctx, {3, 10});
  ops::softmax_cross_entropy(ctx, logits, labels, 1.0f, loss, dlogits);
  EXPECT_NEAR(loss.to_host_sync()[0], 3.0 * std::log(10.0), 1e-9);
}

TEST_P(SoftmaxCrossEntropyTest, HugeLogitsNeitherOverflowNorVanish) {
  Context ctx = make_context();
  const Guarded<float> logits(ctx, {2, 3}, {1e4f, -1e4f, 0.0f, 1e4f, -1e4f, 0.0f});
  const Guarded<std::int32_t> labels(ctx, {2}, {0, 1});
  Guarded<double> loss(ctx, {1}, {0.0});
  Guarded<float> dlogits(ctx, {2, 3});
  ops::softmax_cross_entropy(ctx, logits, labels, 1.0f, loss, dlogits);
  EXPECT_NEAR(loss.to_host_sync()[0], 2e4, 1e-6);
  EXPECT_EQ(dlogits.to_host_sync(), (std::vector<float>{0, 0, 0, 1, -1, 0}));
}

TEST_P(SoftmaxCrossEntropyTest, AMinusInfiniteLogitHasProbabilityZero) {
  Context ctx = make_context();
  const Guarded<float> logits(ctx, {1, 3}, {0.0f, -INFINITY, 0.0f});
  const Guarded<std::int32_t> labels(ctx, {1}, {0});
  Guarded<double> loss(ctx, {1}, {0.0});
  Guarded<float> dlogits(ctx, {1, 3});
  ops::softmax_cross_entropy(ctx, logits, labels, 1.0f, loss, dlogits);
  EXPECT_NEAR(loss.to_host_sync()[0], std::log(2.0), 1e-7);
  EXPECT_EQ(dlogits.to_host_sync(), (std::vector<float>{-0.5f, 0.0f, 0.5f}));
}

TEST_P(SoftmaxCrossEntropyTest, ALabelOutOfRangeMakesTheLossNanAndItsRowZero) {
  Context ctx = make_context();
  for (const std::int32_t label : {-1, 3, INT32_MAX, INT32_MIN}) {
    const Guarded<float> logits(ctx, {2, 3}, {0.0f, 0.0f, 0.0f, 1.0f, 2.0f, 3.0f});
    const Guarded<std::int32_t> labels(ctx, {2}, {0, label});
    Guarded<double> loss(ctx, {1}, {0.0});
    Guarded<float> dlogits(ctx, {2, 3});
    ops::softmax_cross_entropy(ctx, logits, labels, 1.0f, loss, dlogits);
    EXPECT_TRUE(std::isnan(loss.to_host_sync()[0]));
    const std::vector<float> gradient = dlogits.to_host_sync();
    EXPECT_NEAR(gradient[1], 1.0 / 3.0, 1e-6);
    EXPECT_EQ((std::vector<float>{gradient.begin() + 3, gradient.end()}),
              (std::vector<float>{0, 0, 0}));
  }
}

TEST_P(SoftmaxCrossEntropyTest, ADivergedRowMakesTheLossNan) {
  Context ctx = make_context();
  for (const float bad : {NAN, INFINITY}) {
    for (const std::size_t place : {0, 1, 2}) {
      std::vector<float> zs = {0.0f, 1.0f, 2.0f};
      zs[place] = bad;
      const Guarded<float> logits(ctx, {1, 3}, zs);
      const Guarded<std::int32_t> labels(ctx, {1}, {1});
      Guarded<double> loss(ctx, {1}, {0.0});
      Guarded<float> dlogits(ctx, {1, 3}, {0.0f, 0.0f, 0.0f});
      ops::softmax_cross_entropy(ctx, logits, labels, 1.0f, loss, dlogits);
      EXPECT_TRUE(std::isnan(loss.to_host_sync()[0])) << bad << " at " << place;
    }
  }
}

TEST_P(SoftmaxCrossEntropyTest, ADivergedRowLeavesTheOthersAsTheyAre) {
  Context ctx = make_context();
  const std::vector<float> good = random_values(3 * 10, 5, -4.0f, 4.0f);
  const Guarded<std::int32_t> labels(ctx, {3}, {1, 2, 9});
  const auto gradients = [&](const std::vector<float>& zs) {
    Guarded<double> loss(ctx, {1}, {0.0});
    Guarded<float> dlogits(ctx, {3, 10});
    ops::softmax_cross_entropy(ctx, Guarded<float>(ctx, {3, 10}, zs), labels, 1.0f, loss, dlogits);
    return dlogits.to_host_sync();
  };
  const std::vector<float> expected = gradients(good);
  for (const float bad : {NAN, INFINITY, -INFINITY, 1e30f, -1e30f}) {
    std::vector<float> zs = good;
    std::fill_n(zs.begin() + 10, 10, bad);
    std::vector<float> got = gradients(zs);
    std::copy_n(expected.begin() + 10, 10, got.begin() + 10);
    EXPECT_EQ(got, expected) << bad;
  }
}

TEST_P(SoftmaxCrossEntropyTest, InPlaceGivesTheSame) {
  Context ctx = make_context();
  const auto zs = random_values(33 * 10, 3, -4.0f, 4.0f);
  const Guarded<std::int32_t> labels(ctx, {33}, random_integers(33, 4, 10));
  const Guarded<float> logits(ctx, {33, 10}, zs);
  Guarded<float> dlogits(ctx, {33, 10}), in_place(ctx, {33, 10}, zs);
  Guarded<double> loss(ctx, {1}, {0.0}), loss_in_place(ctx, {1}, {0.0});
  ops::softmax_cross_entropy(ctx, logits, labels, 0.5f, loss, dlogits);
  ops::softmax_cross_entropy(ctx, in_place, labels, 0.5f, loss_in_place, in_place);
  EXPECT_TRUE(same_bits(dlogits.to_host_sync(), in_place.to_host_sync()));
  EXPECT_TRUE(same_bits(loss.to_host_sync(), loss_in_place.to_host_sync()));
}

TEST_P(SoftmaxCrossEntropyTest, ShapesMustAgree) {
  Context ctx = make_context();
  Guarded<float> logits(ctx, {4, 3}), other(ctx, {3, 4}), vector(ctx, {4});
  Guarded<std::int32_t> labels(ctx, {4}), bad_labels(ctx, {3});
  Guarded<double> loss(ctx, {1}), bad_loss(ctx, {4});
  const auto call = [&](View<const float> z, View<const std::int32_t> y, View<double> l,
                        View<float> dz) { ops::softmax_cross_entropy(ctx, z, y, 1.0f, l, dz); };
  expect_error<ShapeError>([&] { call(vector, labels, loss, vector); },
                           {"logits", "[4]", "rank 2"});
  expect_error<ShapeError>([&] { call(logits, bad_labels, loss, logits); },
                           {"labels", "[3]", "[4]"});
  expect_error<ShapeError>([&] { call(logits, labels, bad_loss, logits); },
                           {"loss_sum", "[4]", "[1]"});
  expect_error<ShapeError>([&] { call(logits, labels, loss, other); },
                           {"dlogits", "[3, 4]", "[4, 3]"});
}

INFOPLANE_FOR_EACH_DEVICE(SoftmaxCrossEntropyTest);

}  // namespace
}  // namespace infoplane
