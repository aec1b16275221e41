#include "train/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/execution_keys.h"
#include "tests/support/environment.h"
#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"
#include "train/begun_settings.h"
#include "train/schedule.h"

namespace infoplane::test {
namespace {

/// A configuration with what has no default.
Config config(std::initializer_list<std::pair<const char*, const char*>> values,
              const char* model = "fc-3", const char* data = "mnist") {
  Config result;
  result.set("model", model, "test");
  result.set("data", data, "test");
  for (const auto& [key, value] : values) {
    result.set(key, value, "test");
  }
  return result;
}

TEST(Settings, DefaultsAreThePapers) {
  const RunSettings settings = config({}).resolve();
  EXPECT_EQ(settings.optimizer, "sgd");
  EXPECT_EQ(settings.lr, 0.1f);
  EXPECT_EQ(settings.momentum, 0.9f);
  EXPECT_EQ(settings.weight_decay, 5e-4f);
  EXPECT_EQ(settings.batch, 128);
  EXPECT_EQ(settings.epochs, 70);
  EXPECT_EQ(settings.lr_every, 20);
  EXPECT_EQ(settings.lr_factor, 0.1f);
  EXPECT_EQ(settings.bins, 10);
  EXPECT_TRUE(settings.cuda_graphs);
  EXPECT_EQ(settings.determinism, Determinism::kBitwise);
  EXPECT_EQ(settings.sample.every, 50);
  EXPECT_EQ(settings.sample.first_epoch_every, 10);
  EXPECT_FALSE(settings.sample.train);
}

TEST(Settings, FullBatchHasItsOwnDefaults) {
  const RunSettings settings = config({{"optimizer", "bgd"}}, "cnn-9", "cifar10").resolve();
  EXPECT_EQ(settings.batch, 0);
  EXPECT_EQ(settings.momentum, 0.0f);
  EXPECT_EQ(settings.epochs, 6000);
  EXPECT_EQ(settings.lr_factor, 1.0f);
  EXPECT_EQ(settings.sample.every, 10);
  expect_error<UsageError>(
      [] {
        config({{"optimizer", "bgd"}, {"batch", "64"}}).resolve();
      },
      {"batch", "bgd", "micro_batch"});
}

TEST(Settings, TheTomlOfARunRepeatsIt) {
  const TemporaryFolder folder;
  for (const auto& values :
       {config({{"lr", "0.3"}, {"seed", "7"}, {"limit", "100"}, {"data_dir", "a \"b\" \\c\n\x7f"}}),
        config({{"sample.every", "epoch"}, {"sample.readings", "true"}}),
        config({{"sample.layers", "true"}, {"sample.layer_range", "0,6.5"}}),
        config({{"sample.train", "true"}, {"sample.train_images", "500"}, {"classes", "5"}}),
        config({{"pin", "true"}, {"threads", "2"}}), config({{"sample.every", "log:270"}}),
        config({{"optimizer", "bgd"}}), config({{"cuda_graphs", "false"}}),
        config({{"device", "cuda"}, {"determinism", "fast"}}),
        config({{"device", "cuda"}, {"precision", "fp32"}})}) {
    const std::string text = to_toml(values.resolve());
    const std::filesystem::path file = folder.path() / "config.toml";
    std::ofstream(file) << text;
    Config again;
    again.read_toml(file);
    EXPECT_EQ(again.resolve(), values.resolve());
  }
}

TEST(Settings, EveryKeyIsInTheToml) {
  const std::map<std::string, std::string> other = {{"model", "cnn-2"},
                                                    {"data", "cifar10"},
                                                    {"data_dir", "/elsewhere"},
                                                    {"limit", "7"},
                                                    {"classes", "3"},
                                                    {"optimizer", "adam"},
                                                    {"epochs", "9"},
                                                    {"batch", "11"},
                                                    {"micro_batch", "4"},
                                                    {"lr", "0.3"},
                                                    {"momentum", "0.7"},
                                                    {"weight_decay", "0.01"},
                                                    {"lr_factor", "0.5"},
                                                    {"lr_every", "6"},
                                                    {"seed", "8"},
                                                    {"device", "cuda"},
                                                    {"threads", "2"},
                                                    {"pin", "true"},
                                                    {"cuda_graphs", "false"},
                                                    {"precision", "bf16"},
                                                    {"determinism", "fast"},
                                                    {"bins", "12"},
                                                    {"checkpoint_every", "3"},
                                                    {"stop_after_transition", "5"},
                                                    {"sample.every", "log:270"},
                                                    {"sample.first_epoch_every", "13"},
                                                    {"sample.train", "false"},
                                                    {"sample.train_images", "99"},
                                                    {"sample.readings", "true"},
                                                    {"sample.layers", "false"},
                                                    {"sample.layer_bins", "17"},
                                                    {"sample.layer_range", "0,6.5"}};
  EXPECT_EQ(other.size(), config_keys().size()) << "a new key belongs here, too";
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "config.toml";
  const auto all_sampled = [] {
    return config({{"device", "cpu"}, {"sample.train", "true"}, {"sample.layers", "true"}});
  };
  const RunSettings usual = all_sampled().resolve();
  for (const auto& [key, value] : other) {
    SCOPED_TRACE(key);
    Config changed = all_sampled();
    changed.set(key, value, "test");
    if (key == "sample.layer_range" || key == "precision" || key == "determinism") {
      changed.set("device", "cuda", "test");
    }
    const RunSettings settings = changed.resolve();
    EXPECT_NE(settings, usual);
    std::ofstream(file) << to_toml(settings);
    Config again;
    again.read_toml(file);
    EXPECT_EQ(again.resolve(), settings);
  }
}

TEST(Settings, ARunGoesOnOnlyAsItBegan) {
  const std::vector<std::string> begun = computing_lines(config({}).resolve());
  const auto now = [&](std::initializer_list<std::pair<const char*, const char*>> values) {
    return config(values).resolve();
  };
  for (const auto& changed : {now({}), now({{"epochs", "99"}}), now({{"data_dir", "/elsewhere"}}),
                              now({{"stop_after_transition", "3"}}),
                              now({{"threads", "2"}, {"checkpoint_every", "7"}})}) {
    EXPECT_NO_THROW(require_begun_settings(begun, changed));
  }
  for (const auto& [key, value] : std::map<std::string, const char*>{{"lr", "0.5"},
                                                                     {"bins", "20"},
                                                                     {"seed", "2"},
                                                                     {"weight_decay", "0.25"},
                                                                     {"sample.every", "7"},
                                                                     {"sample.train", "true"},
                                                                     {"sample.layers", "true"}}) {
    SCOPED_TRACE(key);
    Config other = config({});
    other.set(key, value, "test");
    expect_error<DataError>([&] { require_begun_settings(begun, other.resolve()); },
                            {value, "began with"});
  }
}

TEST(Settings, TheEpochsOfSamplesSpacedOverThemStay) {
  const RunSettings settings = config({{"sample.every", "log:9"}}).resolve();
  const std::vector<std::string> begun = computing_lines(settings);
  RunSettings longer = settings;
  longer.epochs += 1;
  EXPECT_NO_THROW(require_begun_settings(begun, settings));
  expect_error<DataError>([&] { require_begun_settings(begun, longer); },
                          {"epochs = ", "spaced over all epochs (sample.every = log:9)"});
}

TEST(Settings, AKeyThatOnlyOneVersionHasIsNotCompared) {
  const RunSettings settings = config({}).resolve();
  EXPECT_NO_THROW(require_begun_settings({}, settings));
  EXPECT_NO_THROW(require_begun_settings({"of_another_version = 1"}, settings));
}

TEST(Settings, TheFirstEpochsSpacingIsCheckedWhateverTheOthers) {
  expect_error<UsageError>(
      [] {
        config({{"sample.every", "epoch"}, {"sample.first_epoch_every", "banana"}}).resolve();
      },
      {"sample.first_epoch_every", "banana"});
  // A run's own config.toml may be sampled otherwise.
  EXPECT_EQ(config({{"sample.every", "epoch"}, {"sample.first_epoch_every", "5"}})
                .resolve()
                .sample.spacing,
            SamplePlan::Spacing::kEpochs);
}

TEST(Settings, WhatTheCommandLineSaysIsHeededOrRefused) {
  for (const auto& [key, value, needs, needed] :
       {std::tuple("sample.layer_bins", "20", "sample.layers", "true"),
        {"sample.layer_range", "0,1", "sample.layers", "true"},
        {"sample.train_images", "500", "sample.train", "true"},
        {"sample.first_epoch_every", "5", "sample.every", "20"}}) {
    SCOPED_TRACE(key);
    Config asked = config({{"sample.every", "epoch"}});
    asked.set(key, value, "--set");
    expect_error<UsageError>([&] { asked.resolve(); }, {"--set", key, value, "without", needs});
    asked.set(needs, needed, "--set");
    EXPECT_NO_THROW(asked.resolve());
    EXPECT_NO_THROW(config({{"sample.every", "epoch"}, {key, value}}).resolve());  // as in a file
  }
}

TEST(Settings, AFolderToLookForDataInIsRefusedWhereNothingIsLookedFor) {
  for (const char* data : {"folder:images", "npy:x.npy,y.npy"}) {
    SCOPED_TRACE(data);
    Config asked = config({}, "fc-3", data);
    asked.set("data_dir", "", "--data-dir");  // as reproduce does
    EXPECT_NO_THROW(asked.resolve());
    asked.set("data_dir", "/data", "--data-dir");
    expect_error<UsageError>([&] { asked.resolve(); }, {"--data-dir", "/data", "changes nothing"});
    EXPECT_NO_THROW(config({{"data_dir", "/data"}}, "fc-3", data).resolve());  // as in a file
    asked.set("data", "tishby", "test");
    EXPECT_NO_THROW(asked.resolve());
  }
}

TEST(Settings, ThePrecisionIsTheDevicesUnlessSet) {
  const auto precision = [](std::initializer_list<std::pair<const char*, const char*>> values) {
    return config(values).resolve().precision;
  };
  EXPECT_EQ(precision({{"device", "cpu"}}), Precision::kFp32);
  EXPECT_EQ(precision({{"device", "cuda"}}), Precision::kTf32);
  EXPECT_EQ(precision({{"device", "cuda"}, {"precision", "fp32"}}), Precision::kFp32);
  EXPECT_EQ(precision({}), ops::usual_precision(ops::available_devices().back()));
  EXPECT_NE(to_toml(config({{"device", "cuda"}}).resolve()).find("\nprecision = \"tf32\"\n"),
            std::string::npos);
}

TEST(Settings, ARunFromBeforeThereWasAPrecisionHadFp32) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "config.toml";
  std::ofstream(file) << "model = \"fc-3\"\ndata = \"mnist\"\ndevice = \"cuda\"\n";
  Config run, settings;
  run.read_run(file);
  settings.read_toml(file);
  EXPECT_EQ(run.resolve().precision, Precision::kFp32);
  EXPECT_EQ(settings.resolve().precision, Precision::kTf32);
  std::ofstream(file, std::ios::app) << "precision = \"tf32\"\n";
  run.read_run(file);
  EXPECT_EQ(run.resolve().precision, Precision::kTf32);
}

TEST(Settings, ContextsComputeAsSet) {
  const ops::ContextOptions options = context_options(
      config({{"threads", "3"}, {"precision", "tf32"}, {"determinism", "fast"}}).resolve());
  EXPECT_EQ(options.threads, 3);
  EXPECT_EQ(options.precision, Precision::kTf32);
  EXPECT_EQ(options.determinism, Determinism::kFast);
}

TEST(Settings, LaterSourcesWin) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "config.toml";
  std::ofstream(file) << "model = \"fc-6\"\ndata = \"mnist\"\nepochs = 3\nbatch = 32\nlr = 1\n";
  const ScopedVariable batch("INFOPLANE_BATCH", "64");
  const ScopedVariable every("INFOPLANE_SAMPLE_EVERY", "25");
  Config values;
  values.read_toml(file);
  values.read_environment();
  values.set("lr", "0.5", "--lr");
  const RunSettings settings = values.resolve();
  EXPECT_EQ(settings.model, "fc-6");
  EXPECT_EQ(settings.epochs, 3);
  EXPECT_EQ(settings.batch, 64);
  EXPECT_EQ(settings.sample.every, 25);
  EXPECT_EQ(settings.lr, 0.5f);
}

TEST(Settings, AVariableNamedLikeAKeyIsNoticed) {
  const ScopedVariable mistyped("INFOPLANE_EPOCS", "3");
  const ScopedVariable known("INFOPLANE_EPOCHS", "3");
  const ScopedVariable other("INFOPLANE_HOME_OF_SOMEONE", "x");
  const ScopedVariable lower("INFOPLANE_Seed", "5");
  EXPECT_THAT(mistyped_environment(),
              testing::UnorderedElementsAre(testing::AllOf(testing::HasSubstr("INFOPLANE_EPOCS "),
                                                           testing::HasSubstr("INFOPLANE_EPOCHS?")),
                                            testing::HasSubstr("INFOPLANE_SEED?")));
}

TEST(Settings, WrongValuesNameKeySourceAndWhatIsAllowed) {
  expect_error<UsageError>([] { config({{"epoch", "3"}}); }, {"test", "'epoch'", "'epochs'"});
  for (const auto& [key, value, expected] : {std::tuple("epochs", "0", "at least 1"),
                                             {"epochs", "3.5", "whole number"},
                                             {"epochs", "many", "whole number"},
                                             {"lr", "0", "above 0"},
                                             {"lr", "nan", "above 0"},
                                             {"lr", "-1", "above 0"},
                                             {"momentum", "x", "at least 0"},
                                             {"momentum", "1", "below 1"},
                                             {"micro_batch", "129", "at most the batch of 128"},
                                             {"limit", "-1", "at least 0"},
                                             {"optimizer", "lbfgs", "sgd, bgd, adam"},
                                             {"device", "tpu", "auto, cpu, cuda"},
                                             {"sample.every", "log:1", "log:COUNT"},
                                             {"sample.every", "often", "epoch"},
                                             {"sample.layers", "yes", "true or false"},
                                             {"sample.layer_bins", "300", "2 to 256"},
                                             {"sample.layer_range", "1,0", "LO below HI"},
                                             {"sample.every", "0", "at least 1"},
                                             {"sample.train", "yes", "true or false"},
                                             {"cuda_graphs", "off", "true or false"},
                                             {"precision", "fp16", "fp32, tf32, bf16"},
                                             {"epochs", "5000000000", "at most 1000000000"},
                                             {"determinism", "none", "bitwise, fast"},
                                             {"bins", "100000", "2 to 256"},
                                             {"sample.every", "log:9999999999", "log:COUNT"},
                                             {"seed", "99999999999999999999", "from 0 to 9"},
                                             {"lr", "1e-50", "from 1.2e-38 to 3.4e38"},
                                             {"bins", "1", "at least 2"}}) {
    SCOPED_TRACE(key);
    expect_error<UsageError>(
        [&] {
          config({{key, value}}).resolve();
        },
        {"test", key, value, expected});
  }
  expect_error<UsageError>([] { Config().resolve(); }, {"model"});
  expect_error<UsageError>([] { Config().set_assignment("lr", "--set"); }, {"--set", "key=value"});
}

TEST(Settings, KeysOfWhereAndHowFastAreKeys) {
  std::vector<std::string> names;
  for (const ConfigKey& key : config_keys()) {
    names.push_back(key.name);
  }
  for (const std::string_view key : kExecutionKeys) {
    EXPECT_THAT(names, testing::Contains(key));
  }
  EXPECT_TRUE(is_execution_key("threads"));
  EXPECT_FALSE(is_execution_key("seed"));
}

TEST(Settings, NamesThatAreNotUtf8AreRefusedBeforeConfigTomlHasThem) {
  for (const char* key : {"data_dir", "data"}) {
    expect_error<UsageError>(
        [&] {
          config({{key, "folder:bad\xff"}}).resolve();
        },
        {"test", key, "UTF-8"});
  }
}

TEST(Settings, BadTomlNamesFileAndLine) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "config.toml";
  const auto read = [&](const char* text) {
    std::ofstream(file) << text;
    Config().read_toml(file);
  };
  expect_error<UsageError>([&] { read("model = \"fc-3\"\nepochs = = 3\n"); }, {"config.toml:2"});
  expect_error<UsageError>([&] { read("\n[sample]\nevry = 3\n"); },
                           {"config.toml:3", "'sample.evry'", "'sample.every'"});
  expect_error<UsageError>([&] { read("epochs = [1, 2]\n"); }, {"config.toml:1"});
  expect_error<DataError>([] { Config().read_toml("/no/such/config.toml"); },
                          {"/no/such/config.toml"});
}

// What toml++ would not survive: it takes stack for each level of a dotted key, and its tables of
// characters outside ASCII have holes.
TEST(Settings, TomlThatTheParserShouldNotGetIsRefused) {
  const TemporaryFolder folder;
  const auto read = [&](const std::string& text) {
    Config().read_toml(folder.write("config.toml", text_bytes(text)));
  };
  std::string dots = "a";
  for (int i = 0; i < 100; ++i) {
    dots += ".a";
  }
  expect_error<UsageError>([&] { read(dots + " = 1\n"); }, {"config.toml:1", "unknown key"});
  for (const std::string& deep : {dots + ".a = 1\n", "[" + dots + "]\nlr = 0.1"}) {
    expect_error<DataError>([&] { read(deep); }, {"config.toml:", "a hundred dots"});
  }
  read("# " + dots + ".\xc3\xa4\ndata = '" + dots + ".\xc3\xa4'\ndata_dir = \"\\\"\xc3\xa4\"\n");
  expect_error<DataError>([&] { read("seed = 1 # \"\n\xc3\xa4 = 1\n"); },
                          {"config.toml:2", "outside ASCII"});
  expect_error<DataError>([&] { read("data = '' \xc3\xa4\n"); }, {"config.toml:1", "ASCII"});
  expect_error<DataError>([&] { read("lr = 1'\xc3\xa4'\n"); }, {"config.toml:1", "no blank"});
  expect_error<DataError>([&] { read("data = \"\"\"a\nb\"\"\"\n"); }, {"several lines"});
  expect_error<DataError>([&] { read(std::string((1 << 20) + 1, '#')); }, {"a mebibyte"});
  expect_error<UsageError>([&] { read("a = " + std::string(500'000, '[')); }, {"config.toml:1"});
}

std::vector<std::int64_t> due_steps(const SampleSchedule& schedule, std::int64_t last) {
  std::vector<std::int64_t> steps;
  for (std::int64_t step = 0; step <= last; ++step) {
    if (schedule.due(step)) {
      steps.push_back(step);
    }
  }
  return steps;
}

using Steps = std::vector<std::int64_t>;

TEST(SampleSchedule, IterationsWithADenserFirstEpoch) {
  SamplePlan plan;
  plan.every = 4;
  plan.first_epoch_every = 2;
  EXPECT_EQ(due_steps(SampleSchedule(plan, 5, 3), 15), Steps({0, 2, 4, 8, 12, 15}));
}

TEST(SampleSchedule, Epochs) {
  SamplePlan plan;
  plan.spacing = SamplePlan::Spacing::kEpochs;
  EXPECT_EQ(due_steps(SampleSchedule(plan, 5, 3), 15), Steps({0, 5, 10, 15}));
}

TEST(SampleSchedule, LogarithmicStepsAreDistinctAndReachTheEnd) {
  SamplePlan plan;
  plan.spacing = SamplePlan::Spacing::kLogarithmic;
  plan.count = 5;
  EXPECT_EQ(due_steps(SampleSchedule(plan, 10, 1000), 10000), Steps({0, 1, 10, 100, 1000, 10000}));
}

TEST(SampleSchedule, KnowsHowManySamplesThereAreAndRoomForThoseOfAnEpoch) {
  for (const SamplePlan::Spacing spacing :
       {SamplePlan::Spacing::kIterations, SamplePlan::Spacing::kEpochs,
        SamplePlan::Spacing::kLogarithmic}) {
    for (const std::int64_t every : {1, 2, 4, 5, 7, 50}) {
      for (const std::int64_t first : {1, 2, 3, 10}) {
        for (const auto& [steps, epochs] :
             {std::pair<std::int64_t, std::int64_t>{1, 1}, {1, 9}, {5, 1}, {5, 3}, {8, 40}}) {
          SamplePlan plan;
          plan.spacing = spacing;
          plan.every = every;
          plan.first_epoch_every = first;
          plan.count = every + 1;
          const SampleSchedule schedule(plan, steps, epochs);
          const Steps due = due_steps(schedule, steps * epochs);
          EXPECT_EQ(schedule.count(), static_cast<std::int64_t>(due.size()));
          for (std::int64_t end = steps; end <= steps * epochs; end += steps) {
            const auto samples = std::count_if(due.begin(), due.end(), [&](std::int64_t step) {
              return step <= end && (step > end - steps || end == steps);
            });
            ASSERT_LE(samples, schedule.most_per_epoch()) << steps << " " << every << " " << first;
          }
        }
      }
    }
  }
}

TEST(SampleSchedule, IsReadyAtOnceForAnyNumberOfEpochs) {
  const SampleSchedule schedule(SamplePlan(), 1000, 1'000'000'000);
  EXPECT_TRUE(schedule.due(1'000'000'000'000));
  EXPECT_GT(schedule.count(), 1'000'000'000);
}

}  // namespace
}  // namespace infoplane::test
