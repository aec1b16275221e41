#include "analysis/phases.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "analysis/moving_mean.h"
#include "core/error.h"

namespace infoplane {
namespace {

std::vector<PathPoint> finite_points(std::span<const PathPoint> path) {
  std::vector<PathPoint> points;
  std::copy_if(path.begin(), path.end(), std::back_inserter(points), [](const PathPoint& point) {
    return std::isfinite(point.epoch) && std::isfinite(point.i_xt_bits) &&
           std::isfinite(point.i_ty_bits) && std::isfinite(point.accuracy);
  });
  return points;
}

/// Every coordinate smoothed; epochs stay as they are, for a symmetric window has its own in the
/// middle.
std::vector<PathPoint> smoothed(std::vector<PathPoint> points, int window) {
  for (double PathPoint::*coordinate :
       {&PathPoint::i_xt_bits, &PathPoint::i_ty_bits, &PathPoint::accuracy}) {
    std::vector<double> values;
    values.reserve(points.size());
    for (const PathPoint& point : points) {
      values.push_back(point.*coordinate);
    }
    const std::vector<double> means = moving_mean(values, window);
    for (std::size_t i = 0; i < points.size(); ++i) {
      points[i].*coordinate = means[i];
    }
  }
  return points;
}

}  // namespace

Phases find_phases(std::span<const PathPoint> path, const PhaseRule& rule) {
  if (rule.window < 1 || rule.window % 2 == 0) {
    throw UsageError("phases: a window of " + std::to_string(rule.window) +
                     " samples; use an odd number of at least 1");
  }
  const std::vector<PathPoint> points = smoothed(finite_points(path), rule.window);
  if (points.empty()) {
    throw UsageError("phases: the path has no finite sample");
  }
  const auto peak = std::max_element(
      points.begin(), points.end(),
      [](const PathPoint& a, const PathPoint& b) { return a.i_xt_bits < b.i_xt_bits; });
  Phases phases;
  phases.samples = points.size();
  phases.convergence = points.back();
  const double drop = peak->i_xt_bits - points.back().i_xt_bits;
  phases.compresses = drop > 0.0 && drop >= rule.min_drop_bits;
  phases.transition = phases.compresses ? *peak : points.back();
  if (phases.compresses) {
    phases.slope = (phases.convergence.i_ty_bits - phases.transition.i_ty_bits) /
                   (phases.convergence.i_xt_bits - phases.transition.i_xt_bits);
  }
  return phases;
}

PhaseSensitivity phase_sensitivity(std::span<const PathPoint> path, const PhaseRule& rule) {
  PhaseSensitivity result;
  const int narrow = std::max(1, rule.window / 3 / 2 * 2 + 1);
  for (const int window : {narrow, rule.window, 3 * rule.window}) {
    for (const double drop :
         {0.5 * rule.min_drop_bits, rule.min_drop_bits, 2.0 * rule.min_drop_bits}) {
      const Phases phases = find_phases(path, {window, drop});
      const double epoch = phases.transition.epoch;
      const double height = phases.transition.i_ty_bits;
      if (result.rules++ == 0) {
        result.least_transition_epoch = result.most_transition_epoch = epoch;
        result.least_height_bits = result.most_height_bits = height;
      }
      result.compressing += phases.compresses ? 1 : 0;
      result.least_transition_epoch = std::min(result.least_transition_epoch, epoch);
      result.most_transition_epoch = std::max(result.most_transition_epoch, epoch);
      result.least_height_bits = std::min(result.least_height_bits, height);
      result.most_height_bits = std::max(result.most_height_bits, height);
    }
  }
  return result;
}

}  // namespace infoplane
