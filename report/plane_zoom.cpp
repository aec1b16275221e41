#include "report/plane_zoom.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace infoplane::draw {
namespace {

constexpr double kLargestShare = 1.0 / 3.0;
constexpr std::size_t kFewestSamples = 5;

constexpr double kLeastWidth = 120.0;
constexpr double kLeastHeight = 90.0;

/// Places of the left and upper edges as parts of the plane, the largest inset first.
constexpr std::array<std::pair<double, double>, 8> kCorners = {{{0.43, 0.36},
                                                                {0.50, 0.36},
                                                                {0.43, 0.46},
                                                                {0.57, 0.36},
                                                                {0.50, 0.46},
                                                                {0.64, 0.36},
                                                                {0.57, 0.46},
                                                                {0.64, 0.46}}};

/// Whether a line comes into a rectangle: cut to one side after the other (Liang and Barsky).
bool crosses(const Point& from, const Point& to, const Rect& rect) {
  double first = 0.0;
  double last = 1.0;
  const auto cut = [&](double start, double step, double low, double high) {
    if (step == 0.0) {
      return low <= start && start <= high;
    }
    const auto [enter, leave] = std::minmax({(low - start) / step, (high - start) / step});
    first = std::max(first, enter);
    last = std::min(last, leave);
    return first <= last;
  };
  return cut(from.x, to.x - from.x, rect.left, rect.right) &&
         cut(from.y, to.y - from.y, rect.top, rect.bottom);
}

bool is_free(const Rect& rect, const Plane& plane, const PlaneFigure& figure) {
  for (const PlanePath& path : figure.paths) {
    for (std::size_t i = 0; i < path.points.size(); ++i) {
      const PlanePoint& from = path.points[i > 0 && drawable(path.points[i - 1]) ? i - 1 : i];
      if (drawable(path.points[i]) && crosses(plane.at(from), plane.at(path.points[i]), rect)) {
        return false;
      }
    }
  }
  return true;
}

std::optional<Rect> find_place(const Plane& plane, const PlaneFigure& figure) {
  const ZoomMargins margins;
  const Rect whole = plane.rect();
  const double width = whole.right - whole.left;
  const double height = whole.bottom - whole.top;
  for (const auto& [left, top] : kCorners) {
    const Rect inset = {whole.left + left * width, whole.top + top * height,
                        whole.left + 0.90 * width,
                        std::min(whole.top + 0.86 * height, whole.bottom - margins.bottom)};
    if (inset.right - inset.left >= kLeastWidth && inset.bottom - inset.top >= kLeastHeight &&
        is_free({inset.left - margins.left, inset.top - margins.top, inset.right + margins.right,
                 inset.bottom + margins.bottom},
                plane, figure)) {
      return inset;
    }
  }
  return std::nullopt;
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
  Extent x;
  Extent y;
  std::size_t samples = 0;
  for (const PlanePath& path : figure.paths) {
    const std::size_t skip = path.points.size() / 10;
    for (std::size_t i = 0; i < path.points.size(); ++i) {
      const PlanePoint& p = path.points[i];
      if (drawable(p) && i >= skip) {
        x.add(std::max(p.i_xt_bits, 0.0));
        y.add(std::max(p.i_ty_bits, 0.0));
        ++samples;
      }
    }
  }
  const std::optional<Rect> inset = find_place(plane, figure);
  if (!inset || samples < kFewestSamples) {
    return std::nullopt;
  }
  const std::optional<Axis> zoomed_x = magnify(plane.x, x, inset->left, inset->right);
  const std::optional<Axis> zoomed_y = magnify(plane.y, y, inset->bottom, inset->top);
  if (!zoomed_x || !zoomed_y) {
    return std::nullopt;
  }
  return Plane{*zoomed_x, *zoomed_y};
}

}  // namespace infoplane::draw
