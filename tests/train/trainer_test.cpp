#include "train/trainer.h"

#include <gmock/gmock.h>

#include <atomic>
#include <cmath>
#include <numeric>
#include <set>

#include "core/error.h"
#include "core/permute.h"
#include "nn/models.h"
#include "tests/support/devices.h"
#include "tests/support/errors.h"
#include "tests/support/sanitized.h"
#include "tests/support/training.h"
#include "tests/support/values.h"
#include "train/training_step.h"

namespace infoplane::test {
namespace {

class TrainerTest : public DeviceTest {};
INFOPLANE_FOR_EACH_DEVICE(TrainerTest);

TEST_P(TrainerTest, LearnsAndSamplesThePlane) {
  Context ctx = make_context();
  const Result result = train(ctx, settings_of({{"epochs", "4"}, {"batch", "32"}, {"lr", "0.05"}}),
                              patterns(kImage, 640, 200));
  ASSERT_TRUE(result.completed);
  ASSERT_EQ(result.epochs.size(), 4u);
  EXPECT_LT(result.epochs.back().loss_nats, result.epochs.front().loss_nats);
  const Information& first = result.samples.front().information;
  const Information& last = result.samples.back().information;
  EXPECT_EQ(result.samples.front().step, 0);
  EXPECT_EQ(result.samples.back().step, 80);
  EXPECT_EQ(last.rows, 200);
  EXPECT_GT(last.accuracy, 0.9);
  EXPECT_GT(last.i_ty_bits, first.i_ty_bits);
  EXPECT_LE(last.i_ty_bits, last.h_y_bits);
  EXPECT_LE(last.i_xt_bits, last.i_xt_ceiling_bits);
}

TEST_P(TrainerTest, TheSameSeedGivesTheSameBitsAndAnotherDoesNot) {
  const auto run = [&](const char* seed) {
    Context ctx = make_context();
    return train(ctx, settings_of({{"epochs", "2"}, {"batch", "32"}, {"seed", seed}}),
                 patterns(kImage, 320, 100));
  };
  const Result first = run("1");
  EXPECT_TRUE(same_samples(first, run("1")));
  EXPECT_FALSE(same_samples(first, run("2")));
}

TEST_P(TrainerTest, SamplesHiddenLayersWithoutAllocating) {
  Context ctx = make_context();
  const Result result = train(ctx,
                              settings_of({{"model", "cnn-2"},
                                           {"epochs", kSanitized ? "2" : "4"},
                                           {"batch", "32"},
                                           {"sample.train", "true"},
                                           {"sample.layers", "true"},
                                           {"sample.every", kSanitized ? "5" : "3"}}),
                              patterns(kImage, 150, 70));
  for (const std::int64_t allocations : result.allocations) {
    EXPECT_EQ(allocations, result.allocations.front());
  }
  // c5x10, P; c3x20, P; 256; 10: three activations, whose units are H x W x 10 at first.
  const std::int64_t pixels = kImage.numel();
  for (const Sample& sample : result.samples) {
    ASSERT_EQ(sample.layers.size(), 3u);
    EXPECT_EQ(sample.layers[0].units, pixels * 10);
    EXPECT_EQ(sample.layers[1].units, pixels / 4 * 20);
    EXPECT_EQ(sample.layers[2].units, 256);
    for (const LayerSample& layer : sample.layers) {
      EXPECT_EQ(layer.information.rows, sample.split == "train" ? 150 : 70);
      EXPECT_EQ(layer.information.rejected, 0);
      EXPECT_GE(layer.range.low, 0.0f);  // as ReLU leaves them
      EXPECT_GT(layer.range.high, layer.range.low);
      EXPECT_GT(layer.information.symbols, 1);
      EXPECT_TRUE(std::isnan(layer.information.accuracy));
      EXPECT_LE(layer.information.i_ty_bits, layer.information.h_y_bits + 1e-12);
    }
  }
}

TEST_P(TrainerTest, SamplesTheFirstImagesOfTheTrainingSplitAndTakesReadings) {
  Context ctx = make_context();
  const Result result = train(ctx,
                              settings_of({{"epochs", "1"},
                                           {"batch", "32"},
                                           {"sample.train", "true"},
                                           {"sample.train_images", "40"},
                                           {"sample.readings", "true"}}),
                              patterns(kImage, 150, 70));
  for (const Sample& sample : result.samples) {
    EXPECT_EQ(sample.information.rows, sample.split == "train" ? 40 : 70);
    ASSERT_EQ(sample.readings.size(), reading_names().size());
    EXPECT_EQ(sample.readings[0].i_xt_bits, sample.information.i_xt_bits);
    EXPECT_EQ(sample.readings[0].i_ty_bits, sample.information.i_ty_bits);
    EXPECT_EQ(sample.readings[0].n, sample.information.rows);
  }
}

TEST_P(TrainerTest, AStatedRangeOfHiddenLayersIsKept) {
  Context ctx = make_context();
  const Result result = train(ctx,
                              settings_of({{"epochs", "1"},
                                           {"batch", "32"},
                                           {"sample.layers", "true"},
                                           {"sample.layer_bins", "2"},
                                           {"sample.layer_range", "0,0.5"}}),
                              patterns(kImage, 150, 70));
  for (const Sample& sample : result.samples) {
    ASSERT_EQ(sample.layers.size(), 1u);
    EXPECT_EQ(sample.layers[0].range, (ValueRange{0.0f, 0.5f}));
    EXPECT_EQ(sample.layers[0].information.rejected, 0);  // clamped
  }
}

TEST_P(TrainerTest, PartialBatchesTrainAndASingleImageIsLeftOut) {
  Context ctx = make_context();
  const auto steps = [&](std::int64_t images) {
    return train(ctx, settings_of({{"epochs", "1"}, {"batch", "32"}}),
                 patterns(kImage, images, 10));
  };
  EXPECT_EQ(steps(64).epochs.back().step, 2);
  EXPECT_EQ(steps(66).epochs.back().step, 3);
  const Result single = steps(65);
  EXPECT_EQ(single.epochs.back().step, 2);
  EXPECT_THAT(single.notes, testing::ElementsAre(testing::HasSubstr("left out")));
}

TEST_P(TrainerTest, FullBatchTakesAllImagesAStep) {
  Context ctx = make_context();
  const Result result =
      train(ctx, settings_of({{"optimizer", "bgd"}, {"epochs", "30"}}), patterns(kImage, 100, 50));
  EXPECT_EQ(result.epochs.back().step, 30);
  EXPECT_LT(result.epochs.back().loss_nats, 0.5 * result.epochs.front().loss_nats);
}

// Without batch norm and dropout, gradients accumulated over passes are the batch's own.
TEST_P(TrainerTest, MicroBatchesAccumulateToTheSameStep) {
  Context ctx = make_context();
  const auto run = [&](const char* micro) {
    return train(
        ctx,
        settings_of(
            {{"model", "linear"}, {"optimizer", "bgd"}, {"epochs", "3"}, {"micro_batch", micro}}),
        patterns(kImage, 100, 50));
  };
  const Result whole = run("0");
  const Result parts = run("32");
  EXPECT_THAT(parts.notes, testing::ElementsAre(testing::HasSubstr("batch-norm statistics")));
  EXPECT_TRUE(whole.notes.empty());
  EXPECT_NEAR(parts.epochs.back().loss_nats, whole.epochs.back().loss_nats,
              1e-5 * whole.epochs.back().loss_nats);
}

TEST_P(TrainerTest, AdamTrainsTheTwelveBitNetwork) {
  Context ctx = make_context();
  DataSet data = patterns({12}, 512, 256, 2);
  const Result result = train(ctx,
                              settings_of({{"model", "tishby"},
                                           {"epochs", "60"},
                                           {"batch", "64"},
                                           {"lr", "0.01"},
                                           {"sample.every", "epoch"}}),
                              std::move(data));
  EXPECT_GT(result.samples.back().information.accuracy, 0.9);
}

TEST_P(TrainerTest, StopsBetweenTwoStepsWithWhatItHas) {
  Context ctx = make_context();
  DataSet data = patterns(kImage, 320, 100);
  Trainer trainer(ctx, settings_of({{"epochs", "100"}, {"batch", "32"}, {"sample.every", "5"}}),
                  data);
  std::atomic<bool> stop = false;
  std::size_t epochs = 0;
  std::size_t samples = 0;
  const bool completed = trainer.run(stop, [&](const EpochSummary& epoch) {
    samples += epoch.samples.size();
    stop = ++epochs == 2;
  });
  EXPECT_FALSE(completed);
  EXPECT_EQ(epochs, 2u);
  EXPECT_EQ(samples, 5u);  // step 0 and every fifth of twenty
}

/// Stops after `stop_at` steps, or a few more where they are one, goes on in another trainer on
/// another context, and joins the samples.
Result stopped_and_resumed(Device device, const RunSettings& settings, const DataSet& data,
                           std::int64_t stop_at) {
  Result result;
  const auto collect = [&](const EpochSummary& epoch) {
    result.epochs.push_back(epoch);
    result.samples.insert(result.samples.end(), epoch.samples.begin(), epoch.samples.end());
  };
  Checkpoint checkpoint;
  {
    Context ctx = make_test_context(device);
    DataSet copy = data;
    Trainer trainer(ctx, settings, copy);
    std::atomic<bool> stop = false;
    EXPECT_FALSE(trainer.run(stop, collect, [&](std::int64_t step) { stop = step >= stop_at; }));
    checkpoint = trainer.checkpoint_sync();
  }
  Context ctx = make_test_context(device);
  DataSet copy = data;
  Trainer trainer(ctx, settings, copy);
  trainer.restore(checkpoint);
  const std::atomic<bool> stop = false;
  result.completed = trainer.run(stop, collect);
  return result;
}

TEST_P(TrainerTest, ResumedItEndsAsIfItHadNeverStopped) {
  const DataSet data = patterns(kImage, 150, 70);
  for (const RunSettings& settings :
       {settings_of({{"model", "cnn-2"}, {"epochs", "3"}, {"batch", "32"}, {"sample.every", "2"}}),
        settings_of({{"epochs", "3"},
                     {"batch", "32"},
                     {"optimizer", "adam"},
                     {"lr", "0.01"},
                     {"micro_batch", "16"}})}) {
    Context ctx = make_context();
    const Result whole = train(ctx, settings, data);
    for (const std::int64_t stop_at : {1, 5, 8}) {  // within an epoch, at its end, within the next
      if (kSanitized && stop_at == 5) {
        continue;
      }
      const Result parts = stopped_and_resumed(GetParam(), settings, data, stop_at);
      EXPECT_TRUE(parts.completed);
      EXPECT_TRUE(same_samples(whole, parts)) << settings.optimizer << ", stopped at " << stop_at;
      EXPECT_EQ(whole.epochs.back().loss_nats, parts.epochs.back().loss_nats);
    }
  }
}

TEST(Trainer, StoppedBeforeAStepItHasNoWholeEpoch) {
  Context ctx = ops::make_context(Device::kCpu);
  DataSet data = patterns(kImage, 64, 10);
  Trainer trainer(ctx, settings_of({{"batch", "32"}, {"epochs", "2"}}), data);
  const auto epochs = [&](bool stopped) {
    const std::atomic<bool> stop = stopped;
    std::vector<bool> whole;
    trainer.run(stop, [&](const EpochSummary& epoch) { whole.push_back(epoch.is_whole); });
    return whole;
  };
  EXPECT_EQ(epochs(true), std::vector<bool>{false});
  EXPECT_EQ(epochs(false), std::vector<bool>({true, true}));
}

TEST(Trainer, RefusesTheCheckpointOfAnotherRun) {
  Context ctx = ops::make_context(Device::kCpu);
  DataSet data = patterns(kImage, 64, 10);
  DataSet copy = data;
  DataSet again = data;
  Trainer fc(ctx, settings_of({{"batch", "32"}}), data);
  Trainer cnn(ctx, settings_of({{"model", "cnn-2"}, {"batch", "32"}}), copy);
  Checkpoint checkpoint = fc.checkpoint_sync();
  expect_error<DataError>([&] { cnn.restore(checkpoint); }, {"\"fc-3\"", "\"cnn-2\""});
  checkpoint.settings.clear();  // as of an earlier version
  expect_error<DataError>([&] { cnn.restore(checkpoint); }, {"0.conv.weight", "missing"});
  Trainer smaller_batch(ctx, settings_of({{"batch", "16"}}), again);
  Checkpoint half_way = checkpoint;
  half_way.position.epoch = 2;
  half_way.position.steps = half_way.optimizer_steps = 4;
  expect_error<DataError>([&] { smaller_batch.restore(half_way); }, {"4 steps", "batch"});
  half_way.position.epoch = 1;
  expect_error<DataError>([&] { fc.restore(half_way); }, {"4 steps", "damaged"});
  Checkpoint beyond = checkpoint;
  beyond.position.epoch = settings_of({}).epochs;
  beyond.position.step_in_epoch = 1;
  expect_error<DataError>([&] { fc.restore(beyond); }, {"behind the run's end"});
  beyond.position = {};
  beyond.position.step_in_epoch = 2;  // of two
  expect_error<DataError>([&] { fc.restore(beyond); }, {"behind the run's end"});
  Checkpoint other_shape = checkpoint;
  other_shape.tensors[0].shape = Shape({3, 5});
  other_shape.tensors[0].values.resize(15);
  expect_error<DataError>([&] { fc.restore(other_shape); },
                          {other_shape.tensors[0].name, "is [3, 5], expected ["});
}

TEST(Trainer, TheLearningRateFallsAsTheScheduleSays) {
  Context ctx = ops::make_context(Device::kCpu);
  const Result result = train(ctx,
                              settings_of({{"batch", "32"},
                                           {"epochs", "5"},
                                           {"lr", "0.1"},
                                           {"lr_factor", "0.5"},
                                           {"lr_every", "2"}}),
                              patterns(kImage, 64, 10));
  std::vector<float> rates;
  for (const EpochSummary& epoch : result.epochs) {
    rates.push_back(epoch.lr);
  }
  EXPECT_EQ(rates, (std::vector<float>{0.1f, 0.1f, 0.05f, 0.05f, 0.025f}));
}

// The order of each epoch is another one, and the rate is that of its epoch.
TEST(Trainer, TakesTheRowsOfEachEpochInAnOrderOfItsOwn) {
  constexpr std::int64_t kRows = 12;
  Context ctx = ops::make_context(Device::kCpu);
  const RunSettings settings = settings_of({{"model", "own: flatten, dense"},
                                            {"batch", "1"},
                                            {"epochs", "3"},
                                            {"lr", "0.01"},
                                            {"lr_factor", "0.5"},
                                            {"lr_every", "2"},
                                            {"weight_decay", "0"}});
  DataSet data = patterns({1, 6, 6}, kRows, 10);
  DataSet copy = data;  // a device takes the images
  Network network(ctx, data.image, make_model(settings.model, data.image, data.classes),
                  settings.seed);
  const DeviceSplit split(ctx, copy.train, copy);
  const auto sgd = make_optimizer(ctx, network, "sgd", settings.momentum, 0.0f);
  TrainingStep step(ctx, network, *sgd, split, {1, 1, settings.seed, false});
  std::set<std::vector<std::int32_t>> orders;
  for (std::uint32_t epoch = 0; epoch < 3; ++epoch) {
    std::vector<std::int32_t> order(kRows);
    std::iota(order.begin(), order.end(), 0);
    permute({settings.seed, kShuffleStream, epoch}, order);
    orders.insert(order);
    step.set_order(order);
    step.set_clock({0, 0, epoch * kRows + 1, epoch < 2 ? 0.01f : 0.005f});
    for (std::int64_t row = 0; row < kRows; ++row) {
      step.run(1, 1);
    }
  }
  EXPECT_EQ(orders.size(), 3u);

  Trainer trainer(ctx, settings, data);
  const std::atomic<bool> stop = false;
  EXPECT_TRUE(trainer.run(stop, [](const EpochSummary&) {}));
  EXPECT_EQ(to_host_sync(ctx, trainer.network().values()), to_host_sync(ctx, network.values()));
}

TEST_P(TrainerTest, SaysWhenItDiverges) {
  Context ctx = make_context();
  expect_error<Error>(
      [&] {
        train(ctx,
              settings_of({{"model", "linear"}, {"epochs", "50"}, {"batch", "32"}, {"lr", "1e10"}}),
              patterns(kImage, 320, 100));
      },
      {"diverged", "--lr"});
}

TEST(Trainer, ItDivergesForMoreReasonsThanTheLearningRate) {
  const auto what = [](const std::vector<std::pair<std::string, std::string>>& values) {
    Config config;
    config.set("model", "linear", "test");
    config.set("data", "mnist", "test");
    for (const auto& [key, value] : values) {
      config.set(key, value, "test");
    }
    const RunSettings settings = config.resolve();
    return std::string(diverged("so", settings, settings.lr).what());
  };
  EXPECT_EQ(what({}), "training diverged: so; use a lower --lr (it was 0.01)");
  EXPECT_EQ(what({{"momentum", "0.99"}, {"weight_decay", "2"}}),
            "training diverged: so; use a lower --lr (it was 0.01), or a lower momentum (it was "
            "0.99, usually 0.9), or a lower weight_decay (it was 2, usually 0.0005)");
  EXPECT_EQ(what({{"momentum", "0.5"}}), what({}));
  EXPECT_TRUE(is_diverged(what({{"momentum", "0.99"}})));
}

TEST(Trainer, TooFewImagesAndTooLargeBatchesAreOneLine) {
  Context ctx = ops::make_context(Device::kCpu);
  expect_error<DataError>([&] { train(ctx, settings_of({}), patterns(kImage, 1, 10)); },
                          {"patterns", "1 training"});
  expect_error<DataError>([&] { train(ctx, settings_of({}), patterns(kImage, 10, 0)); },
                          {"0 validation"});
  expect_error<UsageError>(
      [&] {
        train(ctx, settings_of({{"batch", "128"}}), patterns(kImage, 100, 10));
      },
      {"128", "100"});
  expect_error<UsageError>(
      [&] {
        train(ctx, settings_of({{"batch", "1"}}), patterns(kImage, 100, 10));
      },
      {"batch norm", "--micro-batch"});
  expect_error<UsageError>(
      [&] {
        train(ctx, settings_of({{"optimizer", "bgd"}, {"micro_batch", "101"}}),
              patterns(kImage, 100, 10));
      },
      {"micro_batch 101", "batch of 100 images"});
}

}  // namespace
}  // namespace infoplane::test
