// How a Trainer's steps reach the device: without allocating or waiting, recorded or not.
#include <gmock/gmock.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "cpu/host_backend.h"
#include "tests/support/devices.h"
#include "tests/support/sanitized.h"
#include "tests/support/training.h"
#include "tests/support/values.h"
#include "train/trainer.h"

namespace infoplane::test {
namespace {

class TrainerSteps : public DeviceTest {};
INFOPLANE_FOR_EACH_DEVICE(TrainerSteps);

/// Of the backend, after a step: its allocations and the calls that waited.
using Calls = std::pair<std::int64_t, std::int64_t>;

/// Trains and returns the calls after each step, an epoch a row.
std::vector<std::vector<Calls>> calls_of_steps(Context& ctx, const RunSettings& settings,
                                               DataSet data) {
  Trainer trainer(ctx, settings, data);
  const std::atomic<bool> stop = false;
  std::vector<std::vector<Calls>> epochs(1);
  trainer.run(
      stop, [&](const EpochSummary& /*epoch*/) { epochs.emplace_back(); },
      [&](std::int64_t /*step*/) {
        epochs.back().emplace_back(ctx.backend().allocations(), ctx.backend().waits());
      });
  epochs.pop_back();
  return epochs;
}

TEST_P(TrainerSteps, NeitherAllocatesNorWaitsWithinAnEpoch) {
  for (const char* graphs : {"true", "false"}) {
    for (const char* optimizer : {"sgd", "adam"}) {
      if (kSanitized && optimizer == std::string("adam")) {
        continue;
      }
      SCOPED_TRACE(std::string("graphs ") + graphs + ", " + optimizer);
      Context ctx = make_context();
      const auto epochs =
          calls_of_steps(ctx,
                         settings_of({{"model", kSanitized ? "cnn-2" : "cnn-4"},
                                      {"epochs", kSanitized ? "3" : "4"},
                                      {"batch", "32"},
                                      {"micro_batch", "20"},
                                      {"optimizer", optimizer},
                                      {"momentum", "0"},
                                      {"cuda_graphs", graphs},
                                      {"sample.train", "true"},
                                      {"sample.train_images", kSanitized ? "40" : "0"},
                                      {"sample.layers", kSanitized ? graphs : "true"},
                                      {"sample.every", "3"}}),
                         patterns(kImage, 150, 70));  // a last batch of 22
      ASSERT_EQ(epochs.size(), kSanitized ? 3u : 4u);
      for (std::size_t epoch = 0; epoch < epochs.size(); ++epoch) {
        // On the GPU steps between samples are enqueued as one.
        ASSERT_GE(epochs[epoch].size(), GetParam() == Device::kCpu ? 5u : 2u);
        for (const auto& [allocations, waits] : epochs[epoch]) {
          EXPECT_EQ(waits, epochs[epoch].front().second) << "epoch " << epoch;
          if (epoch > 0) {  // in the first one scratch memory grows
            EXPECT_EQ(allocations, epochs[1].front().first) << "epoch " << epoch;
          }
        }
      }
    }
  }
}

// The last batch of 22, passes of 20 and 12, masks of dropout, a falling learning rate, samples in
// between: each kind of step is recorded in its second epoch at the latest.
TEST_P(TrainerSteps, RecordedStepsGiveTheBitsOfOthers) {
  using Values = std::initializer_list<std::pair<const char*, const char*>>;
  for (const Values& values :
       {Values{{"model", "cnn-4"}, {"batch", "32"}}, Values{{"batch", "32"}, {"micro_batch", "20"}},
        Values{{"batch", "32"}, {"optimizer", "adam"}, {"momentum", "0"}, {"lr", "0.001"}},
        Values{{"optimizer", "bgd"}}, Values{{"optimizer", "bgd"}, {"micro_batch", "64"}},
        Values{{"batch", "4"}, {"sample.every", "35"}}}) {  // an epoch has two times sixteen steps
    const auto run = [&](bool graphs) {
      Context ctx = make_context();
      RunSettings settings = settings_of(values);
      settings.epochs = kSanitized ? 2 : 4;
      settings.lr_every = settings.epochs / 2;
      settings.lr_factor = 0.5f;
      if (settings.batch != 4) {
        settings.sample.every = settings.sample.first_epoch_every = 3;
      }
      settings.cuda_graphs = graphs;
      DataSet data = patterns(kImage, 150, 70);
      Trainer trainer(ctx, settings, data);
      const std::atomic<bool> stop = false;
      std::vector<double> losses;
      trainer.run(stop, [&](const EpochSummary& epoch) {
        losses.push_back(epoch.loss_nats);
        for (const Sample& sample : epoch.samples) {
          losses.push_back(sample.information.loss_nats);
        }
      });
      for (const std::string& note : trainer.notes()) {
        EXPECT_THAT(note, testing::Not(testing::HasSubstr("cuda_graphs")));
      }
      return std::pair(losses, trainer.checkpoint_sync());
    };
    const auto [losses, checkpoint] = run(true);
    const auto [expected_losses, expected] = run(false);
    EXPECT_TRUE(same_bits(losses, expected_losses));
    EXPECT_EQ(checkpoint.position.passes, expected.position.passes);
    ASSERT_EQ(checkpoint.tensors.size(), expected.tensors.size());
    for (std::size_t i = 0; i < expected.tensors.size(); ++i) {
      EXPECT_TRUE(same_bits(checkpoint.tensors[i].values, expected.tensors[i].values))
          << expected.tensors[i].name;
    }
  }
}

/// A host on which nothing can be recorded.
class UnrecordedHost final : public cpu::HostBackend {
 public:
  UnrecordedHost() : HostBackend(2, {}) {}
  std::unique_ptr<Recording> record(std::function<void()> /*work*/) override {
    throw NotRecorded("no recordings here");
  }
};

TEST(Trainer, GoesOnWithoutGraphsAndSaysSo) {
  const auto settings = settings_of({{"epochs", "3"}, {"batch", "32"}});
  const DataSet data = patterns(kImage, 150, 70);
  Context recorded = ops::make_context(Device::kCpu);
  const Result expected = train(recorded, settings, data);
  Context ctx(Device::kCpu, std::make_shared<UnrecordedHost>());
  DataSet copy = data;
  Trainer trainer(ctx, settings, copy);
  EXPECT_THAT(trainer.notes(), testing::IsEmpty());
  const std::atomic<bool> stop = false;
  Result result;
  EXPECT_TRUE(trainer.run(stop, [&](const EpochSummary& epoch) {
    result.samples.insert(result.samples.end(), epoch.samples.begin(), epoch.samples.end());
  }));
  EXPECT_THAT(trainer.notes(),
              testing::ElementsAre(testing::AllOf(testing::HasSubstr("without cuda_graphs"),
                                                  testing::HasSubstr("no recordings here"))));
  EXPECT_TRUE(same_samples(result, expected));
}

}  // namespace
}  // namespace infoplane::test
