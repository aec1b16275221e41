#include "bench/losses.h"

#include <algorithm>
#include <numeric>

#include "bench/made_up_images.h"
#include "nn/initialize.h"
#include "nn/models.h"
#include "ops/context.h"
#include "ops/softmax_cross_entropy.h"
#include "train/device_data.h"
#include "train/safetensors.h"

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
  std::vector<std::int32_t> in_order(static_cast<std::size_t>(images.size()));
  std::iota(in_order.begin(), in_order.end(), 0);
  const Tensor<std::int32_t> order(ctx, {images.size()}, in_order);
  Tensor<std::int32_t> labels(ctx, {batch});
  Tensor<double> loss_sum(ctx, {1});
  const std::unique_ptr<Optimizer> optimizer =
      make_bench_optimizer(ctx, network, config.train.model);
  const std::unique_ptr<NetworkPlan> plan = network.plan(ctx, batch, Mode::kTrain);
  std::vector<double> losses;
  for (std::int64_t step = 0; step < config.steps; ++step) {
    const std::int64_t first = step % (images.size() / batch) * batch;
    network.zero_gradients();
    loss_sum.fill_zero();
    images.gather(ctx, order.view().rows(first, batch), plan->input(), labels);
    plan->forward(ctx);
    ops::softmax_cross_entropy(ctx, plan->logits(), labels, 1.0f / static_cast<float>(batch),
                               loss_sum, plan->dlogits());
    plan->backward(ctx);
    optimizer->step(ctx, network, config.lr, step + 1);
    losses.push_back(loss_sum.to_host_sync()[0] / static_cast<double>(batch));
  }
  return losses;
}

}  // namespace infoplane::bench
