#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "analysis/information.h"
#include "core/error.h"
#include "data/dataset.h"
#include "nn/network.h"
#include "nn/optimizer.h"
#include "train/checkpoint.h"
#include "train/device_data.h"
#include "train/sampler.h"
#include "train/schedule.h"
#include "train/settings.h"
#include "train/training_step.h"

namespace infoplane {

/// What happened in one epoch, or in the part of it before the run was stopped.
struct EpochSummary {
  std::int64_t epoch = 0;       ///< epochs behind us, from 1
  std::int64_t step = 0;        ///< steps behind us
  float lr = 0.0f;              ///< the epoch's learning rate
  double loss_nats = 0.0;       ///< mean training loss over the epoch, as the steps saw it
  double seconds = 0.0;         ///< wall time, samples included
  bool is_whole = false;        ///< else the run was stopped within the epoch, or before it
  std::vector<Sample> samples;  ///< taken in this epoch, in order
};

/// Trains one network on one data set and samples the information plane while it does.
///
/// Everything is enqueued on the context's device; the host waits once an epoch, for the loss and
/// the samples. Nothing allocates on the device between the first step and the last. A step that
/// has been seen is recorded, and then enqueued as one (settings.cuda_graphs).
class Trainer {
 public:
  /// Moves the data to the device, plans the network and draws its weights. Takes the images out
  /// of `data`. Throws UsageError for settings that do not fit the data.
  Trainer(Context& ctx, const RunSettings& settings, DataSet& data);

  /// Optimizer steps in an epoch over so many training images.
  static std::int64_t steps_per_epoch(const RunSettings& settings, std::int64_t images);

  const DeviceSplit& train_split() const { return train_; }
  const DeviceSplit& validation_split() const { return validation_; }
  std::int64_t train_rows() const { return train_.size(); }
  std::int64_t validation_rows() const { return validation_.size(); }
  std::int64_t steps_per_epoch() const { return steps_per_epoch_; }
  /// Samples of the plane of the whole run, of each split that is sampled.
  std::int64_t samples() const { return schedule_.count(); }
  /// Steps behind us.
  std::int64_t steps() const { return at_.steps; }
  Network& network() { return network_; }
  /// What a user should know, a line each: before the run starts, and there may be more after any
  /// step.
  const std::vector<std::string>& notes() const { return notes_; }

  /// Trains to the last epoch, or until `stop` is true between two steps; calls `on_epoch` after
  /// each epoch and `on_step`, with the steps enqueued so far, after each step, or after each few
  /// where the device takes them as one (StepRecorder). Returns whether the last epoch was reached.
  /// Throws Error when the loss is no longer finite, after `on_epoch` had what was sampled before.
  ///
  /// A run that was stopped, or restored, goes on where it was; run() can be called again.
  bool run(
      const std::atomic<bool>& stop, const std::function<void(const EpochSummary&)>& on_epoch,
      const std::function<void(std::int64_t)>& on_step = [](std::int64_t) {});

  /// What another Trainer of the same settings and data needs to go on from here, bit for bit.
  /// Waits for the device. From on_epoch, or when run() has returned; the sizes of files are the
  /// caller's.
  Checkpoint checkpoint_sync();

  /// Goes on from a checkpoint. Throws DataError, naming what differs, when it is of other settings
  /// (require_begun_settings()), of another network or of other data.
  void restore(const Checkpoint& checkpoint);

 private:
  /// Everything a checkpoint holds, by name, where it lies on the device.
  std::vector<Parameter> saved_tensors();
  void shuffle(std::int64_t epoch);
  std::int64_t steps_at_once() const;
  void step(std::int64_t rows, std::int64_t count);
  void sample();
  /// Rows of the training split that a sample is of; 0: it is not sampled.
  std::int64_t sampled_train_rows() const;
  EpochSummary summarize(float lr, double seconds);

  Context& ctx_;
  RunSettings settings_;
  Network network_;
  DeviceSplit train_;
  DeviceSplit validation_;
  std::int64_t batch_;
  std::int64_t steps_per_epoch_;
  std::vector<std::string> notes_;
  StepSchedule lr_;
  SampleSchedule schedule_;
  std::unique_ptr<Optimizer> optimizer_;
  TrainingStep step_;
  Sampler sampler_;
  TrainerPosition at_;
  std::int64_t optimizer_steps_ = 0;
};

/// What to throw when training has diverged: how that shows, the rate that it had, and what else of
/// the settings is larger than usual.
Error diverged(const std::string& how, const RunSettings& settings, float lr);

/// Whether a run failed of that, by what it says of itself.
bool is_diverged(const std::string& reason);

}  // namespace infoplane
