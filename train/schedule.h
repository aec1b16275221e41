#pragma once

#include <cstdint>
#include <vector>

#include "train/settings.h"

namespace infoplane {

/// Which steps of a run are sampled. Step 0, before any training, and the last one always are.
class SampleSchedule {
 public:
  SampleSchedule(const SamplePlan& plan, std::int64_t steps_per_epoch, std::int64_t epochs);

  bool due(std::int64_t step) const;

  /// Samples of the whole run.
  std::int64_t count() const { return count_; }

  /// No fewer than the samples that fall between any two ends of epochs.
  std::int64_t most_per_epoch() const { return most_per_epoch_; }

 private:
  SamplePlan plan_;
  std::int64_t steps_per_epoch_;
  std::int64_t last_step_;
  std::int64_t count_ = 0;
  std::int64_t most_per_epoch_ = 0;
  std::vector<std::int64_t> logarithmic_;  ///< ascending
};

}  // namespace infoplane
