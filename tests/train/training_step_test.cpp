#include "train/training_step.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "nn/models.h"
#include "tests/support/devices.h"
#include "tests/support/training.h"

namespace infoplane::test {
namespace {

constexpr std::int64_t kImages = 34;

class TrainingStepTest : public DeviceTest {};
INFOPLANE_FOR_EACH_DEVICE(TrainingStepTest);

struct Trained {
  std::vector<float> values;
  double loss_sum = 0.0;

  bool operator==(const Trained&) const = default;
};

std::vector<std::int32_t> in_order() {
  std::vector<std::int32_t> order(kImages);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

/// A network after `steps` steps over the rows that `order` has from `row` on: the first by itself,
/// the others `at_once`.
Trained trained(Context& ctx, const StepOptions& options, const std::vector<std::int32_t>& order,
                std::int64_t row, std::int64_t steps, std::int64_t at_once = 1) {
  DataSet data = patterns({1, 6, 6}, kImages, 2);
  Network network(ctx, data.image, make_model("linear", data.image, data.classes), 3);
  const DeviceSplit split(ctx, data.train, data);
  const std::unique_ptr<Optimizer> optimizer = make_optimizer(ctx, network, "sgd", 0.9f, 0.0f);
  TrainingStep step(ctx, network, *optimizer, split, options);
  step.set_order(order);
  step.set_clock({row, 0, 1, 0.01f});
  step.run(options.batch, 1);
  for (std::int64_t done = 1; done < steps; done += at_once) {
    step.run(options.batch, at_once);
  }
  return {to_host_sync(ctx, network.values()), step.loss_sum_sync()};
}

TEST_P(TrainingStepTest, TakesTheRowsThatOrderAndClockSay) {
  constexpr std::int64_t kBatch = 8;
  Context ctx = make_context();
  std::vector<std::int32_t> rotated = in_order();
  std::rotate(rotated.begin(), rotated.begin() + kBatch, rotated.end());
  const StepOptions whole{kBatch, kBatch, 0, false};
  const Trained later = trained(ctx, whole, in_order(), kBatch, 2);
  EXPECT_GT(later.loss_sum, 0.0);
  EXPECT_EQ(later, trained(ctx, whole, rotated, 0, 2));
  EXPECT_NE(later, trained(ctx, whole, in_order(), 0, 2));
}

TEST_P(TrainingStepTest, PassesOfAStepAddUp) {
  Context ctx = make_context();
  const Trained one = trained(ctx, {8, 8, 0, false}, in_order(), 0, 2);
  const Trained three = trained(ctx, {8, 3, 0, false}, in_order(), 0, 2);  // of 3, 3 and 2 rows
  EXPECT_NEAR(three.loss_sum, one.loss_sum, 1e-4 * one.loss_sum);
  ASSERT_EQ(three.values.size(), one.values.size());
  for (std::size_t i = 0; i < one.values.size(); ++i) {
    ASSERT_NEAR(three.values[i], one.values[i], 1e-4) << "weight " << i;
  }
}

TEST_P(TrainingStepTest, SeveralAtOnceAreTheSameSteps) {
  Context ctx = make_context();
  const std::int64_t at_once = ctx.backend().batching().replays;
  EXPECT_EQ(at_once, GetParam() == Device::kCuda ? 16 : 1);
  EXPECT_EQ(trained(ctx, {2, 2, 0, true}, in_order(), 0, 17, 16),
            trained(ctx, {2, 2, 0, false}, in_order(), 0, 17, 1));
}

}  // namespace
}  // namespace infoplane::test
