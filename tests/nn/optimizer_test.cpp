#include "nn/optimizer.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "nn/models.h"
#include "ops/context.h"
#include "tests/support/errors.h"

namespace infoplane::test {
namespace {

TEST(StepSchedule, FallsByTheFactorAtEachMultipleOfItsEpochs) {
  const StepSchedule schedule{0.1f, 0.5f, 20};
  EXPECT_EQ(schedule.at(0), 0.1f);
  EXPECT_EQ(schedule.at(19), 0.1f);
  EXPECT_EQ(schedule.at(20), 0.05f);
  EXPECT_EQ(schedule.at(39), 0.05f);
  EXPECT_EQ(schedule.at(40), 0.025f);
  const StepSchedule constant{0.1f, 1.0f, 1};
  EXPECT_EQ(constant.at(5999), 0.1f);
}

TEST(Optimizers, AreMadeByNameAndKeepWhatTheyNeed) {
  Context ctx = ops::make_context(Device::kCpu);
  const Shape image{1, 2, 2};
  Network network(ctx, image, make_model("own: flatten, dense", image, 3), 1);
  const auto state = [&](const char* name, float momentum) {
    std::vector<std::string> names;
    for (const auto& [kept, values] : make_optimizer(ctx, network, name, momentum, 0.0f)->state()) {
      EXPECT_EQ(values.size(), network.values().size());
      names.push_back(kept);
    }
    return names;
  };
  EXPECT_THAT(state("sgd", 0.9f), testing::ElementsAre("velocity"));
  EXPECT_THAT(state("bgd", 0.9f), testing::ElementsAre("velocity"));
  EXPECT_THAT(state("sgd", 0.0f), testing::IsEmpty());
  EXPECT_THAT(state("adam", 0.0f), testing::ElementsAre("m", "v"));
  expect_error<UsageError>([&] { make_optimizer(ctx, network, "rmsprop", 0.0f, 0.0f); },
                           {"'rmsprop'", "sgd, bgd, adam"});
}

}  // namespace
}  // namespace infoplane::test
