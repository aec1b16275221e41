#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "report/axis.h"
#include "report/canvas.h"
#include "report/chart_frame.h"
#include "report/plane_figure.h"

/// How the paths of a PlaneFigure look, wherever on the page they are drawn.
namespace infoplane::draw {

/// Two axes in bits, and where they lie on the page.
struct Plane {
  Axis x, y;

  Rect rect() const { return {x.from, y.to, x.to, y.from}; }
  Point at(double i_xt_bits, double i_ty_bits) const {
    return {x.position(i_xt_bits), y.position(i_ty_bits)};
  }
  /// Estimates corrected for bias may be negative; they are drawn on the axis.
  Point at(const PlanePoint& p) const {
    return at(std::max(p.i_xt_bits, 0.0), std::max(p.i_ty_bits, 0.0));
  }
};

inline bool drawable(const PlanePoint& p) {
  return std::isfinite(p.i_xt_bits) && std::isfinite(p.i_ty_bits) && std::isfinite(p.epoch);
}

/// So many paths look different.
constexpr std::size_t kPathLooks = 20;

/// The bands of paths that are means over seeds.
void draw_bands(Canvas& canvas, const Plane& plane, const PlaneFigure& figure);

/// Lines from sample to sample, a marker on each, the first, the last and the transition of each
/// path marked. The colour runs from epoch 0 to `last_epoch`.
void draw_paths(Canvas& canvas, const Plane& plane, const PlaneFigure& figure, double last_epoch);

/// A path's marker as the legend shows it.
void draw_legend_marker(Canvas& canvas, std::size_t path, Point centre);
void draw_first_sample(Canvas& canvas, std::size_t path, Point centre, const Colour& colour);
void draw_transition(Canvas& canvas, Point centre);
void draw_last_sample(Canvas& canvas, std::size_t path, Point centre, const Colour& colour);

}  // namespace infoplane::draw
