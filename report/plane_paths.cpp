#include "report/plane_paths.h"

#include <array>

#include "report/viridis.h"

namespace infoplane::draw {
namespace {

constexpr double kRadius = 3.2;
constexpr double kEndRadius = 6.0;

Marker marker_of(std::size_t path) {
  constexpr std::array kMarkers = {Marker::kCircle, Marker::kTriangle, Marker::kSquare,
                                   Marker::kDiamond};
  return kMarkers[path % kMarkers.size()];
}

/// Every second path has open markers, so that two in one place stay apart.
bool is_open(std::size_t path) { return path % 2 == 1; }

void sample(Canvas& canvas, std::size_t path, Point centre, double radius, const Colour& colour) {
  if (is_open(path)) {
    canvas.marker(marker_of(path), centre, radius, kWhite, {colour, 1.3});
  } else {
    canvas.marker(marker_of(path), centre, radius, colour, {colour.darker(0.35), 0.6});
  }
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

void draw_paths(Canvas& canvas, const Plane& plane, const PlaneFigure& figure, double last_epoch) {
  const auto colour_of = [&](const PlanePoint& p) { return viridis(p.epoch / last_epoch); };
  for (const PlanePath& path : figure.paths) {
    for (std::size_t i = 1; i < path.points.size(); ++i) {
      const PlanePoint& from = path.points[i - 1];
      const PlanePoint& to = path.points[i];
      if (drawable(from) && drawable(to)) {
        canvas.line({plane.at(from), plane.at(to)}, {colour_of(to).with_alpha(0.45), 1.3});
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
  }
}

}  // namespace infoplane::draw
