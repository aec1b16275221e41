#include "train/run_cost.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iterator>

#include "core/error.h"
#include "data/split.h"
#include "train/layer_sampler.h"
#include "train/schedule.h"
#include "train/trainer.h"

namespace infoplane {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

double seconds_since(Clock::time_point then) {
  return std::chrono::duration<double>(Clock::now() - then).count();
}

constexpr std::int64_t kWarmUp = 2;  // steps in which libraries choose and compile
constexpr std::int64_t kMost = 30;   // steps measured

/// The mean time of a step, and of the sample after it when samples are due every step. The clock
/// starts behind the warm-up, and where as many steps were enqueued at once before: what is new is
/// recorded first.
double seconds_per_step(Context& ctx, Trainer& trainer) {
  constexpr double kEnough = 0.7;  // seconds
  std::atomic<bool> stop = false;
  Clock::time_point start;
  std::int64_t first = -1;   // steps when the clock started
  std::int64_t before = 0;   // steps at the last call
  std::int64_t largest = 0;  // steps enqueued at once
  double elapsed = 0.0;
  std::int64_t counted = 1;
  trainer.run(
      stop, [](const EpochSummary&) {},
      [&](std::int64_t step) {
        const std::int64_t at_once = step - before;
        before = step;
        ctx.synchronize();
        if (first < 0) {
          if (step > kWarmUp && at_once <= largest) {
            start = Clock::now();
            first = step;
          }
          largest = std::max(largest, at_once);
          return;
        }
        if (stop) {
          return;
        }
        elapsed = seconds_since(start);
        counted = step - first;
        stop = counted >= kMost || elapsed >= kEnough;
      });
  return elapsed / static_cast<double>(counted);
}

/// The set with fewer images: a full batch or a sample of all takes minutes in a deep network.
DataSet part_of(const DataSet& data, std::int64_t train_images, std::int64_t validation_images) {
  DataSet part = data;
  keep_first(train_images, data.image.numel(), part.train);
  keep_first(validation_images, data.image.numel(), part.validation);
  return part;
}

/// Images that the measured steps go through. A full batch is measured by some of its passes.
std::int64_t training_images(const RunSettings& settings, std::int64_t images) {
  constexpr std::int64_t kPasses = 4;
  if (settings.batch == 0) {
    return settings.micro_batch == 0
               ? images
               : std::min(images, kPasses * std::min(settings.micro_batch, images));
  }
  return std::min(images, (kWarmUp + kMost) * std::min(settings.batch, images));
}

/// Rows of text, event records, and what pictures and report have of each sample, all a little
/// longer than they get.
std::int64_t bytes_of_samples(std::int64_t samples, int classes, std::int64_t layers,
                              bool readings) {
  constexpr std::int64_t kMetricsRow = 130;
  constexpr std::int64_t kClassRow = 90;
  constexpr std::int64_t kLayerRow = 130;
  constexpr std::int64_t kReadings = 1200;  // a dozen rows
  constexpr std::int64_t kEvents = 600;
  constexpr std::int64_t kPictures = 1900;
  return samples * (kMetricsRow + kClassRow * classes + kLayerRow * layers +
                    (readings ? kReadings : 0) + kEvents + kPictures);
}

}  // namespace

double RunCost::seconds() const {
  return static_cast<double>(steps) * step_seconds + static_cast<double>(samples) * sample_seconds;
}

double RunCost::seconds_per_epoch() const {
  return steps == 0 ? 0.0
                    : seconds() * static_cast<double>(steps_per_epoch) / static_cast<double>(steps);
}

RunCost measure_cost(Context& ctx, const RunSettings& settings, const DataSet& data) {
  constexpr std::int64_t kEpochs = 40;           // enough of the shortest epoch, which is one step
  constexpr std::int64_t kFewest = 2;            // images that a split must have
  constexpr std::int64_t kPart = 1000;           // images of a slow network's sample
  constexpr double kSlow = 0.05;                 // seconds a step
  constexpr std::int64_t kFixedBytes = 1 << 20;  // pictures, run.json and the like
  const std::int64_t images = data.train.size();
  const std::int64_t measured = training_images(settings, images);
  RunSettings trial = settings;
  trial.epochs = kEpochs;
  trial.lr = 1e-4f;  // costs the same and does not diverge
  trial.sample.spacing = SamplePlan::Spacing::kLogarithmic;
  trial.sample.count = 2;  // the first and the last step
  trial.sample.train = false;
  RunCost cost;
  cost.steps_per_epoch = Trainer::steps_per_epoch(settings, images);
  double trial_step_seconds = 0.0;
  std::int64_t checkpoint_bytes = 0;
  std::int64_t layers = 0;  // sampled hidden ones
  {
    DataSet part = part_of(data, measured, std::min(kFewest, data.validation.size()));
    Trainer trainer(ctx, trial, part);
    trial_step_seconds = seconds_per_step(ctx, trainer);
    layers = settings.sample.layers ? std::ssize(hidden_layers(trainer.network())) : 0;
    for (const NamedTensor& tensor : trainer.checkpoint_sync().tensors) {
      checkpoint_bytes += static_cast<std::int64_t>(tensor.values.size() * sizeof(float));
    }
  }
  cost.step_seconds = settings.batch == 0 ? trial_step_seconds * static_cast<double>(images) /
                                                static_cast<double>(measured)
                                          : trial_step_seconds;
  {
    trial.sample.spacing = SamplePlan::Spacing::kIterations;
    trial.sample.every = trial.sample.first_epoch_every = 1;
    const std::int64_t validation_images = trial_step_seconds > kSlow
                                               ? std::min(kPart, data.validation.size())
                                               : data.validation.size();
    DataSet part = part_of(data, measured, validation_images);
    Trainer trainer(ctx, trial, part);
    const double seconds = std::max(0.0, seconds_per_step(ctx, trainer) - trial_step_seconds);
    const std::int64_t sampled = data.validation.size() + settings.sample.train_rows(images);
    cost.sample_seconds =
        seconds * static_cast<double>(sampled) / static_cast<double>(validation_images);
  }
  cost.steps = cost.steps_per_epoch * settings.epochs;
  cost.samples = SampleSchedule(settings.sample, cost.steps_per_epoch, settings.epochs).count();
  const std::int64_t rows = cost.samples * (settings.sample.train ? 2 : 1);
  // The checkpoint is there twice while it is replaced.
  cost.disk_bytes = bytes_of_samples(rows, data.classes, layers, settings.sample.readings) +
                    2 * checkpoint_bytes + kFixedBytes;
  return cost;
}

RunCost rest_of(RunCost cost, std::int64_t steps_done) {
  const std::int64_t left = std::max<std::int64_t>(0, cost.steps - steps_done);
  cost.samples = cost.steps == 0 ? 0 : cost.samples * left / cost.steps;
  cost.steps = left;
  return cost;
}

Json to_json(const RunCost& cost) {
  return {{"steps_per_epoch", cost.steps_per_epoch},
          {"steps", cost.steps},
          {"samples", cost.samples},
          {"step_seconds", cost.step_seconds},
          {"sample_seconds", cost.sample_seconds},
          {"seconds_per_epoch", cost.seconds_per_epoch()},
          {"seconds", cost.seconds()},
          {"disk_bytes", cost.disk_bytes}};
}

RunCost cost_from_json(const Json& json) {
  try {
    RunCost cost;
    cost.steps_per_epoch = json.at("steps_per_epoch").get<std::int64_t>();
    cost.steps = json.at("steps").get<std::int64_t>();
    cost.samples = json.at("samples").get<std::int64_t>();
    cost.step_seconds = json.at("step_seconds").get<double>();
    cost.sample_seconds = json.at("sample_seconds").get<double>();
    cost.disk_bytes = json.at("disk_bytes").get<std::int64_t>();
    return cost;
  } catch (const Json::exception& error) {
    throw Error(std::string("cost of a run: ") + error.what());
  }
}

double makespan_seconds(const std::vector<double>& seconds, int jobs) {
  std::vector<double> ends(static_cast<std::size_t>(std::max(jobs, 1)), 0.0);
  for (const double run : seconds) {
    *std::min_element(ends.begin(), ends.end()) += run;
  }
  return *std::max_element(ends.begin(), ends.end());
}

}  // namespace infoplane
