#include "train/schedule.h"

#include <algorithm>
#include <cmath>

namespace infoplane {

SampleSchedule::SampleSchedule(const SamplePlan& plan, std::int64_t steps_per_epoch,
                               std::int64_t epochs)
    : plan_(plan), steps_per_epoch_(steps_per_epoch), last_step_(steps_per_epoch * epochs) {
  switch (plan.spacing) {
    case SamplePlan::Spacing::kIterations: {
      const std::int64_t early = 1 + (steps_per_epoch - 1) / plan.first_epoch_every;  // with step 0
      const std::int64_t later = (last_step_ - 1) / plan.every - (steps_per_epoch - 1) / plan.every;
      count_ = early + later + 1;
      most_per_epoch_ = std::max(early, (steps_per_epoch - 1) / plan.every + 1) + 1;
      break;
    }
    case SamplePlan::Spacing::kEpochs:
      count_ = 1 + epochs;
      most_per_epoch_ = 2;
      break;
    case SamplePlan::Spacing::kLogarithmic:
      for (std::int64_t i = 0; i < plan.count; ++i) {
        const double exponent = static_cast<double>(i) / static_cast<double>(plan.count - 1);
        const double step = std::pow(static_cast<double>(last_step_), exponent);
        logarithmic_.push_back(std::min<std::int64_t>(std::llround(step), last_step_));
      }
      logarithmic_.back() = last_step_;
      logarithmic_.erase(std::unique(logarithmic_.begin(), logarithmic_.end()), logarithmic_.end());
      count_ = 1 + static_cast<std::int64_t>(logarithmic_.size());
      most_per_epoch_ = count_;
      break;
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
