#pragma once

#include <optional>
#include <vector>

#include "analysis/phases.h"

namespace infoplane {

/// Looks for the transition of a path that is still growing: the rule of find_phases, applied to
/// what is known by now.
///
/// Rule     A smoothed sample is known once the later half of its window is there, and is then
///          what find_phases will say of it. The transition is the highest sample of the window
///          with the first largest known mean. It is passed when a later known mean lies at least
///          min_drop_bits below that, and no longer so when one exceeds it: then the path had only
///          paused on its way up.
/// Causal   What is said after n samples depends on those n alone; a transition is therefore seen
///          late, by half a window and by the time that the drop takes.
/// At the   find_phases also uses the last half window of a path, smoothed over fewer samples. When
/// end      the path goes on to fall, or stays within the drop, both name the same point.
class TransitionWatch {
 public:
  /// Throws UsageError as find_phases does.
  explicit TransitionWatch(const PhaseRule& rule);

  /// The next sample of the path; one with a number that is not finite is left out.
  void add(const PathPoint& point);

  /// The sample that is the transition, when it is passed.
  const std::optional<PathPoint>& transition() const { return transition_; }

  /// Whether the transition is passed and `epoch` lies at least `epochs` behind it.
  bool is_behind(double epoch, double epochs) const {
    return transition_ && epoch >= transition_->epoch + epochs;
  }

  /// The samples so far, without those left out.
  const std::vector<PathPoint>& path() const { return path_; }

 private:
  PhaseRule rule_;
  std::vector<PathPoint> path_;
  std::size_t known_ = 0;   ///< smoothed samples seen
  PathPoint peak_;          ///< the highest sample of the window with the largest mean
  double peak_bits_ = 0.0;  ///< that mean
  std::optional<PathPoint> transition_;
};

}  // namespace infoplane
