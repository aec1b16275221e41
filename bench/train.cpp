#include "bench/train.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "bench/ceiling.h"
#include "bench/logits.h"
#include "bench/made_up_images.h"
#include "core/error.h"
#include "core/tensor.h"
#include "nn/models.h"
#include "nn/network.h"
#include "nn/optimizer.h"
#include "ops/context.h"
#include "ops/joint_counts.h"
#include "train/device_data.h"
#include "train/evaluation.h"
#include "train/training_step.h"

namespace infoplane::bench {
namespace {

constexpr int kBins = 10;
constexpr float kLearningRate = 1e-3f;  // small: labels without a pattern must not make it diverge

/// As many as a sample's forward pass and the steps that the device takes at once go through;
/// of batches so large that these are no matter, four.
std::int64_t images_needed(const Batching& batching, std::int64_t batch) {
  constexpr std::int64_t kMany = 1 << 16;
  const std::int64_t steps = batching.replays * batch <= kMany ? batching.replays : 1;
  return std::max({batching.images, steps * batch, 4 * batch});
}

/// Steps as a Trainer makes them, over and over.
class StepTimer {
 public:
  StepTimer(Context& ctx, const TrainCase& config, Network& network, const DeviceSplit& images)
      : batch_(config.batch),
        optimizer_(make_bench_optimizer(ctx, network, config.model)),
        step_(ctx, network, *optimizer_, images, {batch_, batch_, 0, config.cuda_graphs}),
        at_once_(std::min(step_.most_at_once(), images.size() / batch_)),
        an_epoch_(images.size() / batch_ / at_once_ * at_once_) {
    step_.plan_for(batch_);
  }

  /// Steps of one call of run(), whether they can be recorded or not.
  std::int64_t at_once() const { return at_once_; }
  const std::string& not_recorded() const { return step_.not_recorded(); }

  /// The first is enqueued op by op, later ones as one recording.
  void run() {
    if (steps_ % an_epoch_ == 0) {
      step_.set_clock({0, static_cast<std::uint64_t>(steps_), steps_ + 1, kLearningRate});
    }
    step_.run(batch_, at_once_);
    steps_ += at_once_;
  }

  double mean_loss_sync() const {
    return step_.loss_sum_sync() / static_cast<double>(steps_ * batch_);
  }

 private:
  std::int64_t batch_;
  std::unique_ptr<Optimizer> optimizer_;
  TrainingStep step_;
  std::int64_t at_once_;
  std::int64_t an_epoch_;
  std::int64_t steps_ = 0;
};

/// The two parts of a Sampler's sample, apart from each other.
class SampleTimer {
 public:
  SampleTimer(Context& ctx, Network& network, const DeviceSplit& images)
      : ctx_(ctx),
        images_(images),
        passes_(ctx, network, images.size()),
        counts_(ctx, static_cast<int>(network.output()[0]), kBins),
        row_(ctx, {information_row_size(counts_.classes())}) {
    Logits drawn = draw_logits(LogitState::kHalfTrained, kSampleImages, counts_.classes());
    logits_ = Tensor<float>(ctx, {kSampleImages, counts_.classes()}, drawn.values);
    labels_ = Tensor<std::int32_t>(ctx, {kSampleImages}, drawn.labels);
  }

  /// Images of one forward().
  std::int64_t batch() const { return passes_.batch(); }

  void forward() {
    passes_.for_each_batch(
        images_, batch(),
        [this](NetworkPlan& plan, View<const std::int32_t> /*labels*/) { plan.forward(ctx_); });
  }

  /// What a sample of kSampleImages does besides, on a half-trained network's logits, which all
  /// differ.
  void count() {
    counts_.clear();
    for (std::int64_t done = 0; done < kSampleImages; done += batch()) {
      const std::int64_t rows = std::min(batch(), kSampleImages - done);
      ops::count_joint(ctx_, std::as_const(logits_).view().rows(done, rows),
                       std::as_const(labels_).view().rows(done, rows), counts_);
    }
    ops::take_information(ctx_, counts_, row_);
  }

 private:
  Context& ctx_;
  const DeviceSplit& images_;
  Evaluation passes_;
  ops::JointCounts counts_;
  Tensor<double> row_;
  Tensor<float> logits_;         // [kSampleImages, C]
  Tensor<std::int32_t> labels_;  // [kSampleImages]
};

/// Of one image; see TrainResult.
struct Flop {
  double forward = 0.0;
  double step = 0.0;
};

Flop flop_of(const Network& network) {
  Shape shape = network.input().batched(1);
  Flop flop;
  bool images = true;  // up to the first layer with weights
  for (const std::unique_ptr<Layer>& layer : network.layers()) {
    const double forward = layer->flop(shape);
    flop.forward += forward;
    flop.step += (images ? 2.0 : 3.0) * forward;
    images = images && layer->parameters().empty();
    shape = layer->output(shape);
  }
  return flop;
}

}  // namespace

double TrainResult::images_per_second() const {
  return static_cast<double>(config.batch) / step.min_s;
}

double TrainResult::ceiling_share() const {
  return step_flop * images_per_second() / ceiling_flops;
}

double TrainResult::sample_share_of_forward() const {
  return sample_count.min_s / sample_forward.min_s;
}

double TrainResult::sample_share_of_step() const {
  return (sample_forward.min_s + sample_count.min_s) / step.min_s;
}

TrainResult run_train(const TrainCase& config, int repeats) {
  Context ctx = ops::make_context(config.device,
                                  {config.threads, false, config.precision, config.determinism});
  DataSet data = made_up_images(config.data, images_needed(ctx.backend().batching(), config.batch));
  Network network(ctx, data.image, make_model(config.model, data.image, data.classes), 0);
  const DeviceSplit images(ctx, data.train, data);
  StepTimer steps(ctx, config, network, images);
  SampleTimer sample(ctx, network, images);

  TrainResult result;
  result.config = config;
  result.machine = ctx.backend().describe();
  result.numerics = ctx.backend().numerics();
  for (const Parameter& parameter : network.parameters()) {
    result.parameters += parameter.shape.numel();
  }
  const Flop flop = flop_of(network);
  result.forward_flop = flop.forward;
  result.step_flop = flop.step;
  result.step = scaled(time_calls(ctx, repeats, [&] { steps.run(); }),
                       1.0 / static_cast<double>(steps.at_once()));
  result.not_recorded = steps.not_recorded();
  result.loss_nats = steps.mean_loss_sync();
  if (!std::isfinite(result.loss_nats)) {
    throw Error(config.model + " on " + config.data +
                ": the loss of the timed steps is not finite; please report it");
  }
  result.sample_forward =
      scaled(time_calls(ctx, repeats, [&] { sample.forward(); }),
             static_cast<double>(kSampleImages) / static_cast<double>(sample.batch()));
  result.sample_count = time_calls(ctx, repeats, [&] { sample.count(); });
  result.ceiling_flops = measure_ceiling(ctx, config.threads, repeats);
  return result;
}

nlohmann::ordered_json to_json(const TrainResult& result) {
  nlohmann::ordered_json json;
  json["config"] = {{"model", result.config.model},
                    {"data", result.config.data},
                    {"batch", result.config.batch},
                    {"device", to_string(result.config.device)},
                    {"threads", result.config.threads},
                    {"precision", to_string(result.numerics.precision)},
                    {"determinism", to_string(result.numerics.determinism)}};
  json["machine"] = result.machine;
  json["cuda_graphs"] = result.config.device == Device::kCuda && result.config.cuda_graphs &&
                        result.not_recorded.empty();
  json["parameters"] = result.parameters;
  json["forward_flop"] = result.forward_flop;
  json["step_flop"] = result.step_flop;
  json["loss_nats"] = result.loss_nats;
  json["seconds"] = {{"step", to_json(result.step)},
                     {"sample_forward", to_json(result.sample_forward)},
                     {"sample_count", to_json(result.sample_count)}};
  json["images_per_second"] = result.images_per_second();
  json["ceiling_flops"] = result.ceiling_flops;
  json["ceiling_share"] = result.ceiling_share();
  json["sample_share_of_forward"] = result.sample_share_of_forward();
  json["sample_share_of_step"] = result.sample_share_of_step();
  return json;
}

}  // namespace infoplane::bench
