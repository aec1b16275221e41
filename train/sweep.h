#pragma once

#include <string>
#include <vector>

#include "train/run_plan.h"
#include "train/settings.h"

namespace infoplane {

/// A key of the configuration and the values it takes in a sweep.
struct SweepAxis {
  std::string key;
  std::vector<std::string> values;
};

/// "model=cnn-2,cnn-4" or "seed=1..5", also mixed: "seed=1..3,7". Throws UsageError for anything
/// else, for a value given twice and for more than 10,000 values.
SweepAxis parse_axis(const std::string& text);

/// A run for every combination of values, the last axis changing fastest, `jobs` at a time. What
/// `threads` leaves open is shared: each run gets the physical cores over the runs at a time.
/// Throws UsageError for a key that is unknown or given twice, and for a setting that is wrong,
/// naming --sweep as its source.
RunPlan plan_sweep(const Config& base, const std::vector<SweepAxis>& axes, int jobs);

}  // namespace infoplane
