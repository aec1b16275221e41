#include "train/schedule.h"

#include <algorithm>
#include <cmath>

namespace infoplane {

SampleSchedule::SampleSchedule(const SamplePlan& plan, std::int64_t steps_per_epoch,
                               std::int64_t epochs)
    : plan_(plan), steps_per_epoch_(steps_per_epoch), last_step_(steps_per_epoch * epochs) {
  if (plan.spacing == SamplePlan::Spacing::kLogarithmic) {
    for (std::int64_t i = 0; i < plan.count; ++i) {
      const double exponent = static_cast<double>(i) / static_cast<double>(plan.count - 1);
      logarithmic_.push_back(std::llround(std::pow(static_cast<double>(last_step_), exponent)));
    }
  }
  std::int64_t samples = 1;  // step 0
  for (std::int64_t step = 1; step <= last_step_; ++step) {
    samples += due(step) ? 1 : 0;
    count_ += due(step) ? 1 : 0;
    if (step % steps_per_epoch == 0) {
      most_per_epoch_ = std::max(most_per_epoch_, samples);
      samples = 0;
    }
  }
}

bool SampleSchedule::due(std::int64_t step) const {
  if (step == 0 || step == last_step_) {
    return true;
  }
  switch (plan_.spacing) {
    case SamplePlan::Spacing::kIterations:
      return step % (step < steps_per_epoch_ ? plan_.first_epoch_every : plan_.every) == 0;
    case SamplePlan::Spacing::kEpochs: return step % steps_per_epoch_ == 0;
    case SamplePlan::Spacing::kLogarithmic:
      return std::binary_search(logarithmic_.begin(), logarithmic_.end(), step);
  }
  return false;
}

}  // namespace infoplane
