#include "report/plane_paths.h"

#include <array>
#include <cmath>
#include <numbers>
#include <optional>
#include <vector>

#include "report/viridis.h"

namespace infoplane::draw {
namespace {

constexpr double kRadius = 3.2;
constexpr double kEndRadius = 6.0;
constexpr double kLineAlpha = 0.8;

/// Five shapes, by turns filled and open (is_open), in the second round with thicker lines
/// (is_heavy): kPathLooks paths look different. None is that of the transition, a diamond.
Marker marker_of(std::size_t path) {
  constexpr std::array kMarkers = {Marker::kCircle, Marker::kTriangle, Marker::kSquare,
                                   Marker::kTriangleDown, Marker::kCross};
  return kMarkers[path % kMarkers.size()];
}

/// Every second path has open markers, so that two in one place stay apart.
bool is_open(std::size_t path) { return path % 2 == 1; }
bool is_heavy(std::size_t path) { return is_second_round(path, kPathLooks / 2); }

void sample(Canvas& canvas, std::size_t path, Point centre, double radius, const Colour& colour) {
  if (is_open(path)) {
    canvas.marker(marker_of(path), centre, radius, kWhite, {colour, is_heavy(path) ? 2.4 : 1.3});
  } else if (is_heavy(path)) {
    canvas.marker(marker_of(path), centre, radius, colour, {kInk, 1.3});
  } else {
    canvas.marker(marker_of(path), centre, radius, colour, {colour.darker(0.35), 0.6});
  }
}

/// The outline of an interval around a sample.
std::vector<Point> ellipse(const Plane& plane, const PlanePoint& centre,
                           const PlaneInterval& half_widths) {
  constexpr int kCorners = 16;
  std::vector<Point> outline;
  for (int k = 0; k < kCorners; ++k) {
    const double angle = 2.0 * std::numbers::pi * k / kCorners;
    outline.push_back(plane.at(centre.i_xt_bits + half_widths.i_xt_bits * std::cos(angle),
                               centre.i_ty_bits + half_widths.i_ty_bits * std::sin(angle)));
  }
  return outline;
}

/// Andrew's monotone chain.
std::vector<Point> convex_hull(std::vector<Point> points) {
  std::sort(points.begin(), points.end(),
            [](const Point& a, const Point& b) { return a.x != b.x ? a.x < b.x : a.y < b.y; });
  std::vector<Point> hull;
  const auto half = [&hull](auto first, auto last) {
    const std::size_t start = hull.size();
    for (; first != last; ++first) {
      while (hull.size() >= start + 2) {
        const Point& a = hull[hull.size() - 2];
        const Point& b = hull.back();
        if ((b.x - a.x) * (first->y - a.y) - (b.y - a.y) * (first->x - a.x) > 0.0) {
          break;
        }
        hull.pop_back();
      }
      hull.push_back(*first);
    }
    hull.pop_back();  // the other half begins with it
  };
  half(points.begin(), points.end());
  half(points.rbegin(), points.rend());
  return hull;
}

}  // namespace

void draw_legend_marker(Canvas& canvas, std::size_t path, Point centre) {
  sample(canvas, path, centre, 4.0, viridis(0.4));
}

void draw_first_sample(Canvas& canvas, std::size_t path, Point centre, const Colour& colour) {
  canvas.marker(marker_of(path), centre, kEndRadius, kWhite, {kInk, 1.6});
  sample(canvas, path, centre, kRadius, colour);
}

void draw_last_sample(Canvas& canvas, std::size_t path, Point centre, const Colour& colour) {
  canvas.marker(marker_of(path), centre, kEndRadius, colour, {kInk, 1.6});
}

void draw_transition(Canvas& canvas, Point centre) {
  canvas.marker(Marker::kDiamond, centre, kEndRadius, kWhite, {kInk, 1.8});
}

void draw_bands(Canvas& canvas, const Plane& plane, const PlaneFigure& figure) {
  for (const PlanePath& path : figure.paths) {
    std::vector<Point> previous;
    for (std::size_t i = 0; i < path.intervals.size(); ++i) {
      std::vector<Point> own;
      if (drawable(path.points[i]) && std::isfinite(path.intervals[i].i_xt_bits) &&
          std::isfinite(path.intervals[i].i_ty_bits)) {
        own = ellipse(plane, path.points[i], path.intervals[i]);
        previous.insert(previous.end(), own.begin(), own.end());
        canvas.polygon(convex_hull(std::move(previous)), kBand);
      }
      previous = std::move(own);
    }
  }
}

void draw_paths(Canvas& canvas, const Plane& plane, const PlaneFigure& figure, double last_epoch) {
  const auto colour_of = [&](const PlanePoint& p) { return viridis(p.epoch / last_epoch); };
  for (std::size_t place = 0; place < figure.paths.size(); ++place) {
    const PlanePath& path = figure.paths[place];
    const double width = is_heavy(place) ? 2.6 : 1.3;
    for (std::size_t i = 1; i < path.points.size(); ++i) {
      const PlanePoint& from = path.points[i - 1];
      const PlanePoint& to = path.points[i];
      if (drawable(from) && drawable(to)) {
        canvas.line({plane.at(from), plane.at(to)}, {colour_of(to).with_alpha(kLineAlpha), width});
      }
    }
  }
  for (std::size_t i = 0; i < figure.paths.size(); ++i) {
    std::vector<const PlanePoint*> drawn;
    for (const PlanePoint& p : figure.paths[i].points) {
      if (drawable(p)) {
        drawn.push_back(&p);
      }
    }
    for (const PlanePoint* p : drawn) {
      sample(canvas, i, plane.at(*p), kRadius, colour_of(*p));
    }
    if (!drawn.empty()) {
      draw_first_sample(canvas, i, plane.at(*drawn.front()), colour_of(*drawn.front()));
      draw_last_sample(canvas, i, plane.at(*drawn.back()), colour_of(*drawn.back()));
    }
    const std::optional<PlanePoint>& transition = figure.paths[i].transition;
    if (transition && drawable(*transition)) {
      draw_transition(canvas, plane.at(*transition));
    }
  }
}

}  // namespace infoplane::draw
