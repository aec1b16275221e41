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

}  // namespace

bool is_finite(const PathPoint& point) {
  return std::isfinite(point.epoch) && std::isfinite(point.i_xt_bits) &&
         std::isfinite(point.i_ty_bits) && std::isfinite(point.accuracy);
}

double mean_i_xt_bits(std::span<const PathPoint> points) {
  double sum = 0.0;
  for (const PathPoint& point : points) {
    sum += point.i_xt_bits;
  }
  return sum / static_cast<double>(points.size());
}

const PathPoint& highest(std::span<const PathPoint> points) {
  return *std::max_element(
      points.begin(), points.end(),
      [](const PathPoint& a, const PathPoint& b) { return a.i_xt_bits < b.i_xt_bits; });
}

void require_rule(const PhaseRule& rule) {
  if (rule.window < 1 || rule.window > kMostWindow || rule.window % 2 == 0) {
    throw UsageError("phases: a window of " + std::to_string(rule.window) +
                     " samples; use an odd number from 1 to " + std::to_string(kMostWindow));
  }
}

Phases find_phases(std::span<const PathPoint> path, const PhaseRule& rule) {
  require_rule(rule);
  const std::vector<PathPoint> points = finite_points(path);
  if (points.empty()) {
    throw DataError("phases: the path has no finite sample; the run diverged, or it is no trace");
  }
  std::span<const PathPoint> top;
  double top_bits = 0.0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const std::size_t half =
        std::min({static_cast<std::size_t>(rule.window) / 2, i, points.size() - 1 - i});
    const auto window = std::span<const PathPoint>(points).subspan(i - half, 2 * half + 1);
    if (const double mean = mean_i_xt_bits(window); top.empty() || mean > top_bits) {
      top = window;
      top_bits = mean;
    }
  }
  Phases phases;
  phases.samples = points.size();
  phases.convergence = points.back();
  const double drop = top_bits - phases.convergence.i_xt_bits;
  phases.compresses = drop > 0.0 && drop >= rule.min_drop_bits;
  phases.transition = phases.compresses ? highest(top) : phases.convergence;
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
      const PhaseRule other{window, factor * rule.min_drop_bits};
      if (std::find(rules.begin(), rules.end(), other) == rules.end()) {
        rules.push_back(other);
      }
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
