#include "bench/train.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <vector>

#include "bench/ceiling.h"
#include "bench/made_up_images.h"
#include "core/error.h"
#include "core/rng.h"
#include "core/step_clock.h"
#include "nn/models.h"
#include "nn/network.h"
#include "nn/optimizer.h"
#include "ops/context.h"
#include "ops/joint_counts.h"
#include "ops/softmax_cross_entropy.h"
#include "ops/step_clock.h"
#include "train/device_data.h"
#include "train/step_recorder.h"

namespace infoplane::bench {
namespace {

constexpr int kBins = 10;
constexpr float kLearningRate = 1e-3f;  // small: labels at random must not make the loss diverge

/// Images of one forward pass within a sample: about as many as a Sampler takes.
constexpr std::int64_t sample_batch(Device device) { return device == Device::kCpu ? 250 : 2000; }

std::vector<std::int32_t> first_integers(std::int64_t count) {
  std::vector<std::int32_t> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), 0);
  return values;
}

/// A network with all that a training step and a sample need on the device.
class Workbench {
 public:
  Workbench(Context& ctx, const TrainCase& config, DataSet data)
      : ctx_(ctx),
        network_(ctx, data.image, make_model(config.model, data.image, data.classes), 0),
        images_(ctx, data.train, data),
        order_(ctx, {images_.size()}, first_integers(images_.size())),
        labels_(ctx, {config.batch}),
        sample_labels_(ctx, {sample_batch(config.device)}),
        loss_sum_(ctx, {1}),
        clock_(ctx, {1}),
        counts_(ctx, data.classes, kBins),
        row_(ctx, {information_row_size(data.classes)}),
        optimizer_(make_bench_optimizer(ctx, network_, config.model)),
        train_(network_.plan(ctx, config.batch, Mode::kTrain)),
        eval_(network_.plan(ctx, sample_batch(config.device), Mode::kEval)),
        recorder_(ctx, config.cuda_graphs),
        steps_at_once_(std::min(recorder_.most_at_once(), images_.size() / config.batch)) {}

  Network& network() { return network_; }
  const std::string& not_recorded() const { return recorder_.failure(); }

  /// As many as steps() enqueues, whether they can be recorded or not.
  std::int64_t steps_at_once() const { return steps_at_once_; }

  /// As a Trainer does it: the first is enqueued op by op, later ones as one recording.
  void steps() {
    const std::int64_t steps_an_epoch =
        images_.size() / train_->batch() / steps_at_once_ * steps_at_once_;
    if (steps_ % steps_an_epoch == 0) {
      const StepClock start{0, static_cast<std::uint64_t>(steps_), steps_ + 1, kLearningRate};
      clock_.copy_from_host({start});
    }
    recorder_.run(train_->batch(), steps_at_once_, [this] { enqueue_step(); });
    steps_ += steps_at_once_;
  }

  double mean_loss_sync() const {
    return loss_sum_.to_host_sync()[0] / static_cast<double>(steps_ * train_->batch());
  }

  void evaluate_batch() {
    images_.gather(ctx_, order_.view().rows(0, eval_->batch()), eval_->input(), sample_labels_);
    eval_->forward(ctx_);
  }

  /// What a sample does besides its forward passes, on the logits of the last evaluate_batch().
  void count_sample() {
    counts_.clear();
    for (std::int64_t rows = 0; rows < kSampleImages; rows += eval_->batch()) {
      ops::count_joint(ctx_, eval_->logits(), sample_labels_, counts_);
    }
    ops::information(ctx_, counts_, row_);
  }

 private:
  void enqueue_step() {
    const std::int64_t batch = train_->batch();
    const StepClock* clock = clock_.data();
    const RandomScope random(ctx_, {0, Deferred<std::uint64_t>::at(&clock->pass)});
    network_.zero_gradients();
    images_.gather(ctx_, order_, train_->input(), labels_, &clock->row);
    train_->forward(ctx_);
    ops::softmax_cross_entropy(ctx_, train_->logits(), labels_, 1.0f / static_cast<float>(batch),
                               loss_sum_, train_->dlogits());
    train_->backward(ctx_);
    optimizer_->step(ctx_, network_, Deferred<float>::at(&clock->lr),
                     Deferred<std::int64_t>::at(&clock->update));
    ops::advance(ctx_, clock_, batch, 1);
  }

  Context& ctx_;
  Network network_;
  DeviceSplit images_;
  Tensor<std::int32_t> order_;
  Tensor<std::int32_t> labels_;
  Tensor<std::int32_t> sample_labels_;
  Tensor<double> loss_sum_;
  Tensor<StepClock> clock_;
  ops::JointCounts counts_;
  Tensor<double> row_;
  std::unique_ptr<Optimizer> optimizer_;
  std::unique_ptr<NetworkPlan> train_;
  std::unique_ptr<NetworkPlan> eval_;
  StepRecorder recorder_;
  std::int64_t steps_at_once_;
  std::int64_t steps_ = 0;
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
  const std::int64_t images = std::max(4 * config.batch, sample_batch(config.device));
  Context ctx = ops::make_context(config.device,
                                  {config.threads, false, config.precision, config.determinism});
  Workbench bench(ctx, config, made_up_images(config.data, images));

  TrainResult result;
  result.config = config;
  result.machine = ctx.backend().describe();
  result.numerics = ctx.backend().numerics();
  for (const Parameter& parameter : bench.network().parameters()) {
    result.parameters += parameter.shape.numel();
  }
  const Flop flop = flop_of(bench.network());
  result.forward_flop = flop.forward;
  result.step_flop = flop.step;
  const auto steps_at_once = static_cast<double>(bench.steps_at_once());
  result.step = scaled(time_calls(ctx, repeats, [&] { bench.steps(); }), 1.0 / steps_at_once);
  result.not_recorded = bench.not_recorded();
  result.loss_nats = bench.mean_loss_sync();
  if (!std::isfinite(result.loss_nats)) {
    throw Error(config.model + " on " + config.data +
                ": the loss of the timed steps is not finite; please report it");
  }
  result.sample_forward = scaled(time_calls(ctx, repeats, [&] { bench.evaluate_batch(); }),
                                 static_cast<double>(kSampleImages / sample_batch(config.device)));
  result.sample_count = time_calls(ctx, repeats, [&] { bench.count_sample(); });
  result.ceiling_flops = measure_ceiling(ctx, repeats);
  return result;
}

nlohmann::ordered_json to_json(const TrainResult& result) {
  nlohmann::ordered_json json;
  json["config"] = {{"model", result.config.model},
                    {"data", result.config.data},
                    {"batch", result.config.batch},
                    {"device", to_string(result.config.device)},
                    {"threads", result.config.threads}};
  json["machine"] = result.machine;
  json["precision"] = to_string(result.numerics.precision);
  json["determinism"] = to_string(result.numerics.determinism);
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
