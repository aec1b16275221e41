#include "bench/losses.h"

#include <algorithm>

#include "bench/made_up_images.h"
#include "nn/initialize.h"
#include "nn/models.h"
#include "ops/context.h"
#include "train/device_data.h"
#include "train/safetensors.h"
#include "train/training_step.h"

namespace infoplane::bench {
namespace {

/// Two frameworks do not draw the same masks.
std::vector<std::unique_ptr<Layer>> without_dropout(std::vector<std::unique_ptr<Layer>> layers) {
  layers.erase(std::remove_if(layers.begin(), layers.end(),
                              [](const auto& layer) { return layer->kind() == "dropout"; }),
               layers.end());
  return layers;
}

void write_start(Context& ctx, const Network& network, const DataSet& data,
                 const std::filesystem::path& file) {
  SafeTensors start;
  for (const Parameter& parameter : network.parameters()) {
    start.tensors.push_back(
        {parameter.name, parameter.shape,
         to_logical_order(parameter.shape, to_host_sync(ctx, parameter.value))});
  }
  const Split& split = data.train;
  start.tensors.push_back(
      {"images", data.image.batched(split.size()), {split.pixels.begin(), split.pixels.end()}});
  start.tensors.push_back({"labels", {split.size()}, {split.labels.begin(), split.labels.end()}});
  write_safetensors(file, start);
}

}  // namespace

std::vector<double> first_losses(const LossesCase& config, const std::filesystem::path& start) {
  const std::int64_t batch = config.train.batch;
  Context ctx =
      ops::make_context(config.train.device, {config.train.threads, false, Precision::kFp32});
  DataSet data = made_up_images(config.train.data, 4 * batch);
  Network network(ctx, data.image,
                  without_dropout(make_model(config.train.model, data.image, data.classes)), 1);
  if (!start.empty()) {
    write_start(ctx, network, data, start);
  }
  const DeviceSplit images(ctx, data.train, data);
  const std::unique_ptr<Optimizer> optimizer =
      make_bench_optimizer(ctx, network, config.train.model);
  TrainingStep step(ctx, network, *optimizer, images, {batch, batch, 0, false});
  std::vector<double> losses;
  for (std::int64_t done = 0; done < config.steps; ++done) {
    const std::int64_t first = done % (images.size() / batch) * batch;
    step.set_clock({first, static_cast<std::uint64_t>(done), done + 1, config.lr});
    step.set_loss_sum(0.0);
    step.run(batch, 1);
    losses.push_back(step.loss_sum_sync() / static_cast<double>(batch));
  }
  return losses;
}

}  // namespace infoplane::bench
