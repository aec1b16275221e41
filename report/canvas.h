#pragma once

#include <functional>
#include <string>
#include <vector>

// Cairo's own tag of cairo_t: its headers stay out of ours.
struct _cairo;  // NOLINT(clang-diagnostic-reserved-identifier)

namespace infoplane::draw {

struct Point {
  double x, y;
};

/// In points at the size of text that the drawing thinks in, with 12 points for a label.
struct PageSize {
  double width, height;
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

enum class Marker { kCircle, kTriangle, kTriangleDown, kSquare, kDiamond, kCross };

struct TextStyle {
  double size = 12.0;
  Colour colour = {0.13, 0.13, 0.13};
  double align = 0.0;    ///< the part of the text's width left of the anchor: 0, 0.5 or 1
  double valign = 0.0;   ///< the part of a capital's height below the anchor: 0, 0.5 or 1
  double degrees = 0.0;  ///< turned about the anchor, counter-clockwise
  bool bold = false;
};

/// Shapes on a cairo surface, in points; the origin is at the top left, y grows downward. Text that
/// is no UTF-8 is drawn as utf8_text() of it.
class Canvas {
 public:
  /// With `texts`, text is not drawn but noted there, as the SVG elements that show it.
  explicit Canvas(_cairo* cairo, std::string* texts = nullptr) : cairo_(cairo), texts_(texts) {}

  void line(const std::vector<Point>& points, const Stroke& stroke);
  void frame(const Rect& rect, const Stroke& stroke);
  void polygon(const std::vector<Point>& points, const Colour& fill);
  /// A marker of the area of a circle of `radius`, filled, then outlined.
  void marker(Marker marker, Point centre, double radius, const Colour& fill,
              const Stroke& outline);
  void text(const std::string& text, Point anchor, const TextStyle& style);
  double text_width(const std::string& text, const TextStyle& style);

  /// Runs `draw` with everything outside the rectangle cut off.
  void clipped(const Rect& rect, const std::function<void()>& draw);

 private:
  void trace(const std::vector<Point>& points);
  void set_colour(const Colour& colour);
  void set_stroke(const Stroke& stroke);
  void set_font(const TextStyle& style);

  _cairo* cairo_;
  std::string* texts_;
};

/// These run `draw` on a white page, `scale` times as large as it says, and return the bytes of a
/// file. They throw Error when cairo fails.
///
/// SVG: text becomes outlines, so that the file looks the same where a font is missing.
std::string draw_svg(PageSize page, double scale, const std::function<void(Canvas&)>& draw);

/// SVG with text as text, on top of all else, so that it can be searched and edited.
std::string draw_svg_with_text(PageSize page, double scale,
                               const std::function<void(Canvas&)>& draw);

/// PDF, with its fonts inside.
std::string draw_pdf(PageSize page, double scale, const std::string& title,
                     const std::function<void(Canvas&)>& draw);

/// PNG of so many pixels an inch, which the file says, too.
std::string draw_png(PageSize page, double scale, double pixels_per_inch,
                     const std::function<void(Canvas&)>& draw);

/// `text` with replacement characters for what is no UTF-8, as a folder's name may not be.
std::string utf8_text(const std::string& text);

/// The same with what XML reads as markup replaced.
std::string xml_text(const std::string& text);

}  // namespace infoplane::draw
