#include "train/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "core/permute.h"
#include "nn/initialize.h"
#include "nn/models.h"
#include "train/begun_settings.h"
#include "train/in_order.h"

namespace infoplane {
namespace {

constexpr char kDiverged[] = "training diverged";

/// The images, or a line about why there are too few to train on.
DataSet& checked(DataSet& data) {
  if (data.train.size() < 2 || data.validation.size() < 2) {
    throw DataError(fmt::format(
        "data set '{}': {} training and {} validation images, at least 2 of each are needed; "
        "raise --limit or bring more data",
        data.name, data.train.size(), data.validation.size()));
  }
  return data;
}

std::int64_t batch_size(const RunSettings& settings, std::int64_t images) {
  if (settings.batch > images) {
    throw UsageError(
        fmt::format("batch {} is larger than the training set of {} images; use a "
                    "smaller --batch, or --optimizer bgd for all of them",
                    settings.batch, images));
  }
  const std::int64_t batch = settings.batch == 0 ? images : settings.batch;
  if (settings.micro_batch > batch) {
    throw UsageError(
        fmt::format("micro_batch {} is larger than the batch of {} images; use a "
                    "smaller --micro-batch, or 0 for the whole batch",
                    settings.micro_batch, batch));
  }
  return batch;
}

}  // namespace

/// A last batch of a single image is left out: batch norm finds no variance in it.
std::int64_t Trainer::steps_per_epoch(const RunSettings& settings, std::int64_t images) {
  const std::int64_t batch = batch_size(settings, images);
  return images / batch + (images % batch >= 2 ? 1 : 0);
}

Trainer::Trainer(Context& ctx, const RunSettings& settings, DataSet& data)
    : ctx_(ctx),
      settings_(settings),
      network_(ctx, checked(data).image, make_model(settings.model, data.image, data.classes),
               settings.seed),
      train_(ctx, data.train, data),
      validation_(ctx, data.validation, data),
      batch_(batch_size(settings, train_.size())),
      steps_per_epoch_(steps_per_epoch(settings, train_.size())),
      lr_{settings.lr, settings.lr_factor, settings.lr_every},
      schedule_(settings.sample, steps_per_epoch_, settings.epochs),
      optimizer_(make_optimizer(ctx, network_, settings.optimizer, settings.momentum,
                                settings.weight_decay)),
      step_(ctx, network_, *optimizer_, train_,
            {batch_, settings.micro_batch == 0 ? batch_ : settings.micro_batch, settings.seed,
             settings.cuda_graphs}),
      sampler_(ctx, network_, settings.bins, settings.sample,
               schedule_.most_per_epoch() * (settings.sample.train ? 2 : 1),
               std::max(sampled_train_rows(), validation_.size())) {
  notes_ = data.notes;
  if (step_.passes(batch_) > 1) {
    notes_.push_back(
        fmt::format("each step accumulates passes of {} images: batch-norm "
                    "statistics are a pass's, not the batch's",
                    settings.micro_batch));
  }
  if (train_.size() % batch_ == 1) {
    notes_.push_back(
        "the last image of each epoch's order is left out: in a batch of one image batch norm, "
        "where there is one, finds no variance");
  }
  step_.plan_for(batch_);
  if (train_.size() % batch_ >= 2) {
    step_.plan_for(train_.size() % batch_);
  }
  sampler_.plan_for(validation_.size());
  if (sampled_train_rows() > 0) {
    sampler_.plan_for(sampled_train_rows());
  }
}

std::int64_t Trainer::sampled_train_rows() const {
  return settings_.sample.train_rows(train_.size());
}

/// Draws the epoch's order (Fisher and Yates) from its own Philox stream. With the whole training
/// set a step, the order means nothing and stays as it is.
void Trainer::shuffle(std::int64_t epoch) {
  if (settings_.batch == 0) {
    return;
  }
  std::vector<std::int32_t> order = in_order(train_.size());
  permute({settings_.seed, kShuffleStream, static_cast<std::uint32_t>(epoch)}, order);
  step_.set_order(order);
}

/// How many steps may be enqueued as one: of a whole batch each, up to the next sample.
std::int64_t Trainer::steps_at_once() const {
  const std::int64_t most =
      std::min(step_.most_at_once(), train_.size() / batch_ - at_.step_in_epoch);
  std::int64_t count = 1;
  while (count < most && !schedule_.due(at_.steps + count)) {
    ++count;
  }
  return count;
}

/// So many optimizer steps, each over the `rows` images of the epoch's order that come next.
void Trainer::step(std::int64_t rows, std::int64_t count) {
  const bool recorded = step_.not_recorded().empty();
  step_.run(rows, count);
  if (recorded && !step_.not_recorded().empty()) {
    notes_.push_back(fmt::format("training goes on without cuda_graphs, kernel by kernel: {}",
                                 step_.not_recorded()));
  }
  at_.passes += static_cast<std::uint64_t>(count * step_.passes(rows));
  optimizer_steps_ += count;
  at_.steps += count;
  at_.step_in_epoch += count;
  at_.rows_in_epoch += count * rows;
}

void Trainer::sample() {
  const double epoch = static_cast<double>(at_.steps) / static_cast<double>(steps_per_epoch_);
  sampler_.sample(validation_, validation_.size(), "validation", at_.steps, epoch);
  if (const std::int64_t rows = sampled_train_rows(); rows > 0) {
    sampler_.sample(train_, rows, "train", at_.steps, epoch);
  }
}

EpochSummary Trainer::summarize(float lr, double seconds) {
  const double loss_sum = step_.loss_sum_sync();
  const double mean =
      at_.rows_in_epoch == 0 ? 0.0 : loss_sum / static_cast<double>(at_.rows_in_epoch);
  return {at_.epoch + 1,       at_.steps, lr, mean, seconds, at_.step_in_epoch == steps_per_epoch_,
          sampler_.read_sync()};
}

bool Trainer::run(const std::atomic<bool>& stop,
                  const std::function<void(const EpochSummary&)>& on_epoch,
                  const std::function<void(std::int64_t)>& on_step) {
  using Clock = std::chrono::steady_clock;
  if (!at_.start_sampled) {
    sample();
    at_.start_sampled = true;
  }
  while (at_.epoch < settings_.epochs) {
    const Clock::time_point start = Clock::now();
    const float lr = lr_.at(at_.epoch);
    shuffle(at_.epoch);
    step_.set_clock({at_.step_in_epoch * batch_, at_.passes, optimizer_steps_ + 1, lr});
    while (at_.step_in_epoch < steps_per_epoch_ && !stop) {
      const std::int64_t first = at_.step_in_epoch * batch_;
      step(std::min(batch_, train_.size() - first), steps_at_once());
      if (schedule_.due(at_.steps)) {
        sample();
      }
      on_step(at_.steps);
    }
    const std::chrono::duration<double> elapsed = Clock::now() - start;
    const EpochSummary summary = summarize(lr, elapsed.count());
    if (summary.is_whole) {
      at_.epoch += 1;
      at_.step_in_epoch = 0;
      at_.rows_in_epoch = 0;
      step_.set_loss_sum(0.0);
    }
    on_epoch(summary);
    if (!std::isfinite(summary.loss_nats)) {
      throw diverged(fmt::format("the loss of epoch {} is not finite", summary.epoch), settings_,
                     lr);
    }
    if (stop) {
      break;
    }
  }
  return at_.epoch == settings_.epochs;
}

std::vector<Parameter> Trainer::saved_tensors() {
  std::vector<Parameter> all = network_.parameters();
  all.insert(all.end(), network_.buffers().begin(), network_.buffers().end());
  for (const auto& [name, view] : optimizer_->state()) {
    Parameter state;
    state.name = "optimizer." + name;
    state.shape = view.shape();
    state.value = view;
    all.push_back(state);
  }
  return all;
}

Checkpoint Trainer::checkpoint_sync() {
  Checkpoint checkpoint;
  checkpoint.position = at_;
  checkpoint.settings = computing_lines(settings_);
  checkpoint.loss_sum = step_.loss_sum_sync();
  checkpoint.optimizer_steps = optimizer_steps_;
  for (const Parameter& tensor : saved_tensors()) {
    checkpoint.tensors.push_back(
        {tensor.name, tensor.shape,
         to_logical_order(tensor.shape, to_host_sync(ctx_, tensor.value))});
  }
  return checkpoint;
}

void Trainer::restore(const Checkpoint& checkpoint) {
  require_begun_settings(checkpoint.settings, settings_);
  const std::vector<Parameter> expected = saved_tensors();
  for (const Parameter& tensor : expected) {
    const auto saved = std::find_if(checkpoint.tensors.begin(), checkpoint.tensors.end(),
                                    [&](const NamedTensor& t) { return t.name == tensor.name; });
    const bool there = saved != checkpoint.tensors.end();
    if (!there || saved->shape != tensor.shape) {
      throw DataError(fmt::format("checkpoint: '{}' is {}, expected {}; it is of another run",
                                  tensor.name, there ? saved->shape.to_string() : "missing",
                                  tensor.shape.to_string()));
    }
    const std::vector<float> values = to_device_order(tensor.shape, saved->values);
    ctx_.backend().copy_from_host(tensor.value.data(), values.data(), tensor.value.bytes());
  }
  const TrainerPosition& at = checkpoint.position;
  if (at.epochs_begun() > settings_.epochs || at.step_in_epoch >= steps_per_epoch_) {
    throw DataError(fmt::format("checkpoint: epoch {}, step {} lies behind the run's end", at.epoch,
                                at.step_in_epoch));
  }
  if (at.steps != at.epoch * steps_per_epoch_ + at.step_in_epoch ||
      at.rows_in_epoch != at.step_in_epoch * batch_ || checkpoint.optimizer_steps != at.steps) {
    throw DataError(
        fmt::format("checkpoint: epoch {}, step {} of it is step {} of {} images here, but the "
                    "checkpoint counts {} steps and {} images of the epoch; it is damaged, or the "
                    "run's batch or data are others now",
                    at.epoch, at.step_in_epoch, at.epoch * steps_per_epoch_ + at.step_in_epoch,
                    batch_, at.steps, at.rows_in_epoch));
  }
  step_.set_loss_sum(checkpoint.loss_sum);
  optimizer_steps_ = checkpoint.optimizer_steps;
  at_ = at;
}

Error diverged(const std::string& how, const RunSettings& settings, float lr) {
  std::string unusual;
  const auto name = [&](const char* key, float value, float usual) {
    if (value > usual) {
      unusual += fmt::format(", or a lower {} (it was {}, usually {})", key, value, usual);
    }
  };
  name("momentum", settings.momentum, usual_momentum(settings.optimizer));
  name("weight_decay", settings.weight_decay, model_defaults(settings.model).weight_decay);
  return Error(fmt::format("{}: {}; use a lower --lr (it was {}){}", kDiverged, how, lr, unusual));
}

bool is_diverged(const std::string& reason) { return reason.starts_with(kDiverged); }

}  // namespace infoplane
