#include "analysis/transition_watch.h"

#include <algorithm>
#include <span>

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
  const auto window = std::span<const PathPoint>(path_).subspan(known_ - half, 2 * half + 1);
  const double smoothed = mean_i_xt_bits(window);
  if (known_++ == 0 || smoothed > peak_bits_) {
    peak_ = highest(window);
    peak_bits_ = smoothed;
    transition_.reset();
  }
  const double drop = peak_bits_ - smoothed;
  if (drop > 0.0 && drop >= rule_.min_drop_bits) {
    transition_ = peak_;
  }
}

}  // namespace infoplane
