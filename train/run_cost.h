#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/context.h"
#include "data/dataset.h"
#include "train/settings.h"

namespace infoplane {

/// What a run will take, from a few of its steps and samples.
struct RunCost {
  std::int64_t steps_per_epoch = 0;
  std::int64_t steps = 0;    ///< of the whole run
  std::int64_t samples = 0;  ///< of the information plane; one may be of two splits
  double step_seconds = 0.0;
  double sample_seconds = 0.0;
  std::int64_t disk_bytes = 0;  ///< of the run's folder at its end, estimated from above

  double seconds() const;
  double seconds_per_epoch() const;  ///< samples included
};

/// Trains on ctx for a second or two and throws the result away. Nothing else should be at work on
/// the device. Throws what a Trainer of these settings throws.
RunCost measure_cost(Context& ctx, const RunSettings& settings, const DataSet& data);

/// What is left of it behind `steps_done` of its steps.
RunCost rest_of(RunCost cost, std::int64_t steps_done);

nlohmann::ordered_json to_json(const RunCost& cost);
/// Throws Error when it is not what to_json() makes.
RunCost cost_from_json(const nlohmann::ordered_json& json);

/// How long runs take that start in order, `jobs` at a time, each when one before it has ended.
double makespan_seconds(const std::vector<double>& seconds, int jobs);

}  // namespace infoplane
