#include "analysis/transition_watch.h"

#include <algorithm>

namespace infoplane {

TransitionWatch::TransitionWatch(const PhaseRule& rule) : rule_(rule) { require_rule(rule); }

void TransitionWatch::add(const PathPoint& point) {
  if (!is_finite(point)) {
    return;
  }
  path_.push_back(point);
  const std::size_t half = std::min(static_cast<std::size_t>(rule_.window) / 2, known_);
  if (known_ + half >= path_.size()) {
    return;
  }
  const PathPoint smoothed = centred_mean(path_, known_++, half);
  if (known_ == 1 || smoothed.i_xt_bits > peak_.i_xt_bits) {
    peak_ = smoothed;
    transition_.reset();
    return;
  }
  const double drop = peak_.i_xt_bits - smoothed.i_xt_bits;
  if (drop > 0.0 && drop >= rule_.min_drop_bits) {
    transition_ = peak_;
  }
}

}  // namespace infoplane
