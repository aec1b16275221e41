#pragma once

// Small training runs.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "core/context.h"
#include "data/dataset.h"
#include "tests/support/sanitized.h"
#include "tests/support/values.h"
#include "train/settings.h"
#include "train/trainer.h"

namespace infoplane::test {

/// As large as the networks need: under sanitizers cnn-4's least.
inline const Shape kImage = kSanitized ? Shape{1, 16, 16} : Shape{1, 28, 28};

/// Images of ten classes that a network can tell apart: each class has its own random pattern, each
/// image noise on top. Both splits are drawn alike.
inline DataSet patterns(const Shape& image, std::int64_t train, std::int64_t validation,
                        int classes = 10) {
  DataSet data;
  data.name = "patterns";
  data.image = image;
  data.classes = classes;
  const std::vector<float> pattern = random_values(classes * image.numel(), 1, 0.0f, 180.0f);
  const auto fill = [&](Split& split, std::int64_t count, std::uint64_t seed) {
    split.labels = random_integers(count, seed, classes);
    const std::vector<float> noise = random_values(count * image.numel(), seed + 1, 0.0f, 75.0f);
    for (std::size_t i = 0; i < noise.size(); ++i) {
      const auto pixels = static_cast<std::size_t>(image.numel());
      const auto label = static_cast<std::size_t>(split.labels[i / pixels]);
      split.pixels.push_back(
          static_cast<std::uint8_t>(pattern[label * pixels + i % pixels] + noise[i]));
    }
  };
  fill(data.train, train, 10);
  fill(data.validation, validation, 20);
  return data;
}

/// With 3 bins under sanitizers: a table of ten classes and ten bins has 184,756 symbols, and the
/// simulated GPU takes a second to walk through them.
inline RunSettings settings_of(std::initializer_list<std::pair<const char*, const char*>> values) {
  Config config;
  config.set("model", "fc-3", "test");
  config.set("data", "mnist", "test");
  if (kSanitized) {
    config.set("bins", "3", "test");
  }
  for (const auto& [key, value] : values) {
    config.set(key, value, "test");
  }
  return config.resolve();
}

struct Result {
  std::vector<EpochSummary> epochs;
  std::vector<Sample> samples;
  std::vector<std::int64_t> allocations;  ///< the backend's, after each epoch
  std::vector<std::string> notes;
  bool completed = false;
};

inline Result train(Context& ctx, const RunSettings& settings, DataSet data) {
  Trainer trainer(ctx, settings, data);
  Result result;
  result.notes = trainer.notes();
  const std::atomic<bool> stop = false;
  result.completed = trainer.run(stop, [&](const EpochSummary& epoch) {
    result.epochs.push_back(epoch);
    result.samples.insert(result.samples.end(), epoch.samples.begin(), epoch.samples.end());
    result.allocations.push_back(ctx.backend().allocations());
  });
  return result;
}

inline bool same_samples(const Result& a, const Result& b) {
  return std::equal(a.samples.begin(), a.samples.end(), b.samples.begin(), b.samples.end(),
                    [](const Sample& x, const Sample& y) {
                      return x.step == y.step &&
                             x.information.i_xt_bits == y.information.i_xt_bits &&
                             x.information.i_ty_bits == y.information.i_ty_bits &&
                             x.information.loss_nats == y.information.loss_nats;
                    });
}

}  // namespace infoplane::test
