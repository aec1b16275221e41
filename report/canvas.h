#pragma once

#include <functional>
#include <string>
#include <vector>

// Cairo's own tag of cairo_t: its headers stay out of ours.
struct _cairo;  // NOLINT(bugprone-reserved-identifier)

namespace infoplane::draw {

struct Point {
  double x, y;
};

struct Rect {
  double left, top, right, bottom;

  bool contains(Point p) const {
    return left <= p.x && p.x <= right && top <= p.y && p.y <= bottom;
  }
  std::vector<Point> corners() const {
    return {{left, top}, {right, top}, {right, bottom}, {left, bottom}};
  }
};

/// Red, green, blue and opacity in [0, 1].
struct Colour {
  double r, g, b, a = 1.0;

  Colour with_alpha(double alpha) const { return {r, g, b, alpha}; }
  /// Toward black: 0 leaves the colour, 1 is black.
  Colour darker(double amount) const {
    return {r * (1.0 - amount), g * (1.0 - amount), b * (1.0 - amount), a};
  }
};

struct Stroke {
  Colour colour;
  double width = 1.0;
  std::vector<double> dashes = {};  ///< lengths on, off, on, ...; empty: a solid line
};

enum class Marker { kCircle, kTriangle, kSquare, kDiamond };

struct TextStyle {
  double size = 12.0;
  Colour colour = {0.13, 0.13, 0.13};
  double align = 0.0;    ///< the part of the text's width left of the anchor: 0, 0.5 or 1
  double valign = 0.0;   ///< the part of a capital's height below the anchor: 0, 0.5 or 1
  double degrees = 0.0;  ///< turned about the anchor, counter-clockwise
  bool bold = false;
};

/// Shapes on a cairo surface, in points; the origin is at the top left, y grows downward.
class Canvas {
 public:
  explicit Canvas(_cairo* cairo) : cairo_(cairo) {}

  void line(const std::vector<Point>& points, const Stroke& stroke);
  void frame(const Rect& rect, const Stroke& stroke);
  void polygon(const std::vector<Point>& points, const Colour& fill);
  /// A marker of the area of a circle of `radius`, filled, then outlined.
  void marker(Marker marker, Point centre, double radius, const Colour& fill,
              const Stroke& outline);
  void text(const std::string& utf8, Point anchor, const TextStyle& style);
  double text_width(const std::string& utf8, const TextStyle& style);

  /// Runs `draw` with everything outside the rectangle cut off.
  void clipped(const Rect& rect, const std::function<void()>& draw);

 private:
  void trace(const std::vector<Point>& points);
  void set_colour(const Colour& colour);
  void set_stroke(const Stroke& stroke);
  void set_font(const TextStyle& style);

  _cairo* cairo_;
};

/// Runs `draw` on a white page of width x height points; returns the bytes of an SVG file. Text
/// becomes outlines, so the file looks the same where a font is missing. Throws Error when cairo
/// fails.
std::string draw_svg(double width, double height, const std::function<void(Canvas&)>& draw);

/// The same as a PNG file with `scale` pixels a point.
std::string draw_png(double width, double height, double scale,
                     const std::function<void(Canvas&)>& draw);

}  // namespace infoplane::draw
