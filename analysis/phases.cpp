#include "analysis/phases.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/error.h"

namespace infoplane {
namespace {

constexpr int kMostWindow = 999'999;

std::vector<PathPoint> finite_points(std::span<const PathPoint> path) {
  std::vector<PathPoint> points;
  std::copy_if(path.begin(), path.end(), std::back_inserter(points), is_finite);
  return points;
}

/// Every coordinate smoothed; epochs stay as they are, for a symmetric window has its own in the
/// middle.
std::vector<PathPoint> smoothed(const std::vector<PathPoint>& points, int window) {
  std::vector<PathPoint> result;
  for (std::size_t i = 0; i < points.size(); ++i) {
    result.push_back(centred_mean(
        points, i, std::min({static_cast<std::size_t>(window) / 2, i, points.size() - 1 - i})));
  }
  return result;
}

}  // namespace

bool is_finite(const PathPoint& point) {
  return std::isfinite(point.epoch) && std::isfinite(point.i_xt_bits) &&
         std::isfinite(point.i_ty_bits) && std::isfinite(point.accuracy);
}

PathPoint centred_mean(std::span<const PathPoint> points, std::size_t i, std::size_t half) {
  PathPoint sum{points[i].epoch, 0.0, 0.0, 0.0};
  for (const PathPoint& point : points.subspan(i - half, 2 * half + 1)) {
    sum.i_xt_bits += point.i_xt_bits;
    sum.i_ty_bits += point.i_ty_bits;
    sum.accuracy += point.accuracy;
  }
  const auto count = static_cast<double>(2 * half + 1);
  return {sum.epoch, sum.i_xt_bits / count, sum.i_ty_bits / count, sum.accuracy / count};
}

void require_rule(const PhaseRule& rule) {
  if (rule.window < 1 || rule.window > kMostWindow || rule.window % 2 == 0) {
    throw UsageError("phases: a window of " + std::to_string(rule.window) +
                     " samples; use an odd number from 1 to " + std::to_string(kMostWindow));
  }
}

Phases find_phases(std::span<const PathPoint> path, const PhaseRule& rule) {
  require_rule(rule);
  const std::vector<PathPoint> points = smoothed(finite_points(path), rule.window);
  if (points.empty()) {
    throw DataError("phases: the path has no finite sample; the run diverged, or it is no trace");
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

std::vector<PhaseRule> rules_around(const PhaseRule& rule) {
  const int narrow = std::max(1, rule.window / 3 / 2 * 2 + 1);
  std::vector<PhaseRule> rules;
  for (const int window : {narrow, rule.window, std::min(3 * rule.window, kMostWindow)}) {
    for (const double factor : {0.5, 1.0, 2.0}) {
      rules.push_back({window, factor * rule.min_drop_bits});
    }
  }
  return rules;
}

PhaseSensitivity phase_sensitivity(std::span<const PathPoint> path, const PhaseRule& rule) {
  PhaseSensitivity result;
  for (const PhaseRule& other : rules_around(rule)) {
    const Phases phases = find_phases(path, other);
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
  return result;
}

}  // namespace infoplane
