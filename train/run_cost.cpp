#include "train/run_cost.h"

#include <algorithm>
#include <atomic>
#include <chrono>

#include "core/error.h"
#include "train/schedule.h"
#include "train/trainer.h"

namespace infoplane {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

double seconds_since(Clock::time_point then) {
  return std::chrono::duration<double>(Clock::now() - then).count();
}

/// The mean time of a step, and of the sample after it when samples are due every step. The first
/// steps, in which libraries choose and compile, do not count.
double seconds_per_step(Context& ctx, Trainer& trainer) {
  constexpr std::int64_t kWarmUp = 2;
  constexpr std::int64_t kMost = 30;
  constexpr double kEnough = 0.7;  // seconds
  std::atomic<bool> stop = false;
  Clock::time_point start = Clock::now();
  double elapsed = 0.0;
  std::int64_t counted = 0;
  trainer.run(
      stop, [](const EpochSummary&) {},
      [&](std::int64_t step) {
        if (step <= kWarmUp) {
          ctx.synchronize();
          start = Clock::now();
          return;
        }
        if (stop) {
          return;
        }
        ctx.synchronize();
        elapsed = seconds_since(start);
        counted = step - kWarmUp;
        stop = counted >= kMost || elapsed >= kEnough;
      });
  return elapsed / static_cast<double>(std::max<std::int64_t>(counted, 1));
}

/// A row of text a sample, rows a class and event records, all a little longer than they get.
std::int64_t bytes_of_samples(std::int64_t samples, int classes) {
  constexpr std::int64_t kMetricsRow = 130;
  constexpr std::int64_t kClassRow = 90;
  constexpr std::int64_t kEvents = 180;
  return samples * (kMetricsRow + kClassRow * classes + kEvents);
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
  constexpr std::int64_t kFixedBytes = 1 << 20;  // pictures, run.json and the like
  const int classes = data.classes;
  RunSettings trial = settings;
  trial.epochs = kEpochs;
  trial.lr = 1e-4f;  // costs the same and does not diverge
  trial.sample.spacing = SamplePlan::Spacing::kLogarithmic;
  trial.sample.count = 2;  // the first and the last step
  RunCost cost;
  std::int64_t checkpoint_bytes = 0;
  {
    DataSet copy = data;
    Trainer trainer(ctx, trial, copy);
    cost.steps_per_epoch = trainer.steps_per_epoch();
    cost.step_seconds = seconds_per_step(ctx, trainer);
    for (const NamedTensor& tensor : trainer.checkpoint_sync().tensors) {
      checkpoint_bytes += static_cast<std::int64_t>(tensor.values.size() * sizeof(float));
    }
  }
  {
    trial.sample.spacing = SamplePlan::Spacing::kIterations;
    trial.sample.every = trial.sample.first_epoch_every = 1;
    DataSet copy = data;
    Trainer trainer(ctx, trial, copy);
    cost.sample_seconds = std::max(0.0, seconds_per_step(ctx, trainer) - cost.step_seconds);
  }
  cost.steps = cost.steps_per_epoch * settings.epochs;
  cost.samples = SampleSchedule(settings.sample, cost.steps_per_epoch, settings.epochs).count();
  const std::int64_t rows = cost.samples * (settings.sample.train ? 2 : 1);
  // The checkpoint is there twice while it is replaced.
  cost.disk_bytes = bytes_of_samples(rows, classes) + 2 * checkpoint_bytes + kFixedBytes;
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
