#pragma once

#include "report/canvas.h"
#include "report/plane_paths.h"

namespace infoplane::draw {

/// The page of a run's own plane.svg and plane.png.
constexpr PageSize kRunPage = {800.0, 550.0};

/// A bound is drawn when it is a finite positive number of bits.
inline bool is_bound(double bits) { return std::isfinite(bits) && bits > 0.0; }
std::string log2_n_label(double bits);
std::string h_y_label(double bits);
/// Of each of the figure's ceilings: with its split where there are several, and the lesser ones,
/// which lie within the plane, in short.
std::vector<std::string> ceiling_labels(const PlaneFigure& figure);

/// Draws one figure on a page: frame, bounds, paths, legend, colour bar, and a magnified view of
/// where the path spends its time when that is a small part of the plane.
class PlaneDrawing {
 public:
  /// Throws NoRoom where the page is too small for the legend.
  PlaneDrawing(const PlaneFigure& figure, Canvas& canvas, PageSize page);

  void draw();

 private:
  void impossible_regions();
  void bounds();
  void diagonal();
  double lay_out_legend(bool draw);
  void colour_bar();
  void magnified();
  std::vector<Tick> apart_ticks(const Axis& axis, const TextStyle& style);

  /// Corner of the possible region: the bounds, or the frame where there is none.
  double top() const { return is_bound(figure_.h_y_bits) ? figure_.h_y_bits : plane_.y.high; }
  double right() const {
    const double ceiling = figure_.i_xt_ceiling_bits();
    return is_bound(ceiling) ? ceiling : plane_.x.high;
  }

  const PlaneFigure& figure_;
  Canvas& canvas_;
  PageSize page_;
  Rect plot_;  ///< the plane's place on the page
  Rect bar_;   ///< that of the colour bar
  Plane plane_;
  double last_epoch_ = 0.0;
  bool has_samples_ = false;
};

}  // namespace infoplane::draw
