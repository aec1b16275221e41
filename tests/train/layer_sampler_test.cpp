// The hidden layers of the network of the paper's figure 1 on the 12-bit task.
#include "train/layer_sampler.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <map>
#include <string>

#include "data/tishby.h"
#include "nn/models.h"
#include "tests/support/devices.h"
#include "train/trainer.h"

namespace infoplane::test {
namespace {

class LayerSamplerTest : public DeviceTest {};
INFOPLANE_FOR_EACH_DEVICE(LayerSamplerTest);

RunSettings tishby_settings() {
  Config config;
  config.set("model", "tishby", "test");
  config.set("data", "tishby", "test");
  config.set("epochs", "30", "test");
  config.set("sample.every", "log:6", "test");
  config.set("sample.layers", "true", "test");
  return config.resolve();
}

/// H of the rows of `values` [N, K], compared bit for bit.
double entropy_of_rows(const std::vector<float>& values, std::int64_t rows) {
  std::map<std::vector<float>, int> counts;
  const auto units = static_cast<std::ptrdiff_t>(values.size()) / rows;
  for (std::int64_t i = 0; i < rows; ++i) {
    ++counts[{values.begin() + i * units, values.begin() + (i + 1) * units}];
  }
  double bits = 0.0;
  for (const auto& entry : counts) {
    const double p = static_cast<double>(entry.second) / static_cast<double>(rows);
    bits -= p * std::log2(p);
  }
  return bits;
}

// Guaranteed is: T is a function of the layer's activations, and these are a function of those of
// the layer before, so H of the activations themselves, unbinned, never rises from layer to layer,
// and H(T) is at most that. Binned layers need not be in order: a layer may magnify what the bins
// of the one before hid.
TEST_P(LayerSamplerTest, BinsKeepAtMostWhatALayerKeepsAndThatFallsFromLayerToLayer) {
  Context ctx = make_context();
  const RunSettings settings = tishby_settings();
  DataSet data = load_dataset("tishby", data_options(settings));
  DataSet copy = load_dataset("tishby", data_options(settings));
  Trainer trainer(ctx, settings, data);
  std::vector<Sample> samples;
  const std::atomic<bool> stop = false;
  trainer.run(stop, [&](const EpochSummary& epoch) {
    samples.insert(samples.end(), epoch.samples.begin(), epoch.samples.end());
  });
  ASSERT_GE(samples.size(), 5u);
  constexpr std::int64_t kUnits[] = {10, 7, 5, 4, 3};
  for (const Sample& sample : samples) {
    ASSERT_EQ(sample.layers.size(), 5u);
    for (std::size_t i = 0; i < 5; ++i) {
      const LayerSample& layer = sample.layers[i];
      const Information& info = layer.information;
      EXPECT_EQ(layer.layer, static_cast<int>(i) + 1);
      EXPECT_EQ(layer.units, kUnits[i]);
      EXPECT_EQ(layer.range, (ValueRange{-1.0f, 1.0f}));
      EXPECT_EQ(info.rows, 4096);
      EXPECT_EQ(info.rejected, 0);
      EXPECT_LE(info.i_xt_bits, 12.0 + 1e-12);
      EXPECT_LE(info.i_ty_bits, info.i_xt_bits + 1e-12);
      EXPECT_LE(info.i_ty_bits, info.h_y_bits + 1e-12);
    }
  }

  // The same layers as the network leaves them at the end, beside its last sample.
  const DeviceSplit split(ctx, copy.validation, copy);
  const std::unique_ptr<NetworkPlan> plan = trainer.network().plan(ctx, 4096, Mode::kEval);
  std::vector<std::int32_t> every(4096);
  for (std::size_t i = 0; i < every.size(); ++i) {
    every[i] = static_cast<std::int32_t>(i);
  }
  const Tensor<std::int32_t> indices(ctx, {4096}, every);
  Tensor<std::int32_t> labels(ctx, {4096});
  split.gather(ctx, indices, plan->input(), labels);
  std::vector<std::vector<float>> outputs;
  plan->forward(ctx, [&](std::size_t layer, View<const float> y) {
    if (trainer.network().layers()[layer]->kind() == "tanh") {
      outputs.push_back(to_host_sync(ctx, y));
    }
  });
  ASSERT_EQ(outputs.size(), 5u);
  double before = 12.0;
  for (std::size_t i = 0; i < 5; ++i) {
    const double bits = entropy_of_rows(outputs[i], 4096);
    EXPECT_LE(bits, before + 1e-9);
    EXPECT_LE(samples.back().layers[i].information.i_xt_bits, bits + 1e-9);
    // Not by much at ten units of 30 bins, and by more the narrower the layer.
    EXPECT_GT(samples.back().layers[i].information.i_xt_bits, 1.0);
    before = bits;
  }
  EXPECT_GT(samples.back().layers[0].information.i_xt_bits,
            samples.back().layers[4].information.i_xt_bits);
}

}  // namespace
}  // namespace infoplane::test
