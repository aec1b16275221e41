#include "report/plane_zoom.h"

#include <limits>
#include <vector>

namespace infoplane::draw {
namespace {

constexpr double kLargestShare = 1.0 / 3.0;
constexpr std::size_t kFewestSamples = 5;

/// Of the plane's rectangle: below the bounds, right of the diagonal, where a run seldom goes.
Rect inset_rect(const Rect& plane) {
  const double width = plane.right - plane.left;
  const double height = plane.bottom - plane.top;
  return {plane.left + 0.43 * width, plane.top + 0.36 * height, plane.left + 0.90 * width,
          plane.top + 0.86 * height};
}

struct Extent {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

/// The range with a margin, at least a hundredth of the axis so that it can be divided by; or
/// nothing when it is too large a share of the axis.
std::optional<Axis> magnify(const Axis& axis, const Extent& range, double from, double to) {
  const double whole = axis.high - axis.low;
  const double margin = std::max(0.08 * (range.high - range.low), 0.005 * whole);
  const Axis zoomed = {range.low - margin, range.high + margin, from, to};
  if (zoomed.high - zoomed.low > kLargestShare * whole) {
    return std::nullopt;
  }
  return zoomed;
}

}  // namespace

std::optional<Plane> plan_zoom(const Plane& plane, const PlaneFigure& figure) {
  const Rect inset = inset_rect(plane.rect());
  Extent x;
  Extent y;
  std::size_t samples = 0;
  for (const PlanePath& path : figure.paths) {
    const std::size_t skip = path.points.size() / 10;
    for (std::size_t i = 0; i < path.points.size(); ++i) {
      const PlanePoint& p = path.points[i];
      if (!drawable(p)) {
        continue;
      }
      if (inset.contains(plane.at(p))) {
        return std::nullopt;
      }
      if (i >= skip) {
        x.add(std::max(p.i_xt_bits, 0.0));
        y.add(std::max(p.i_ty_bits, 0.0));
        ++samples;
      }
    }
  }
  if (samples < kFewestSamples) {
    return std::nullopt;
  }
  const std::optional<Axis> zoomed_x = magnify(plane.x, x, inset.left, inset.right);
  const std::optional<Axis> zoomed_y = magnify(plane.y, y, inset.bottom, inset.top);
  if (!zoomed_x || !zoomed_y) {
    return std::nullopt;
  }
  return Plane{*zoomed_x, *zoomed_y};
}

}  // namespace infoplane::draw
