#include "report/canvas.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <cairo.h>
#include <fmt/format.h>
#include <zlib.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <numbers>

#include "core/error.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

namespace infoplane::draw {
namespace {

using Surface = std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)>;
using Cairo = std::unique_ptr<cairo_t, decltype(&cairo_destroy)>;

void check(cairo_status_t status) {
  if (status != CAIRO_STATUS_SUCCESS) {
    throw Error(std::string("drawing a figure failed: cairo says \"") +
                cairo_status_to_string(status) + "\"");
  }
}

cairo_status_t append(void* bytes, const unsigned char* data, unsigned int length) {
  static_cast<std::string*>(bytes)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

/// Fontconfig keeps what it reads until the process ends and frees it nowhere. While there is one
/// of these, LeakSanitizer takes nothing for a leak.
#if defined(__SANITIZE_ADDRESS__)
using FontsAreKept = __lsan::ScopedDisabler;
#else
struct FontsAreKept {};
#endif

void draw_on(cairo_surface_t* surface, double scale, const std::function<void(Canvas&)>& draw,
             std::string* texts = nullptr) {
  check(cairo_surface_status(surface));
  const Cairo cairo(cairo_create(surface), cairo_destroy);
  cairo_scale(cairo.get(), scale, scale);
  cairo_set_source_rgb(cairo.get(), 1.0, 1.0, 1.0);
  cairo_paint(cairo.get());
  cairo_set_line_join(cairo.get(), CAIRO_LINE_JOIN_ROUND);
  Canvas canvas(cairo.get(), texts);
  draw(canvas);
  check(cairo_status(cairo.get()));
}

/// The corners of a marker other than the circle, in units of the radius, y downward; their areas
/// are a circle's to a few percent.
std::vector<Point> corners(Marker marker) {
  switch (marker) {
    case Marker::kCircle: return {};
    case Marker::kTriangle: return {{0.0, -1.45}, {1.26, 0.85}, {-1.26, 0.85}};
    case Marker::kTriangleDown: return {{0.0, 1.45}, {1.26, -0.85}, {-1.26, -0.85}};
    case Marker::kSquare: return {{-0.89, -0.89}, {0.89, -0.89}, {0.89, 0.89}, {-0.89, 0.89}};
    case Marker::kDiamond: return {{0.0, -1.3}, {1.3, 0.0}, {0.0, 1.3}, {-1.3, 0.0}};
    case Marker::kCross:
      return {{-0.4, -1.2}, {0.4, -1.2}, {0.4, -0.4}, {1.2, -0.4}, {1.2, 0.4},   {0.4, 0.4},
              {0.4, 1.2},   {-0.4, 1.2}, {-0.4, 0.4}, {-1.2, 0.4}, {-1.2, -0.4}, {-0.4, -0.4}};
  }
  return {};
}

/// Text as SVG says it, where the coordinates now are.
std::string text_element(cairo_t* cairo, const std::string& utf8, const TextStyle& style,
                         double down) {
  cairo_matrix_t m;
  cairo_get_matrix(cairo, &m);
  const auto byte = [](double part) { return std::lround(255.0 * part); };
  const char* anchor = style.align == 0.0 ? "start" : style.align == 1.0 ? "end" : "middle";
  return fmt::format(
      "<text transform=\"matrix({:.4f} {:.4f} {:.4f} {:.4f} {:.2f} {:.2f})\" y=\"{:.2f}\" "
      "font-family=\"Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif\" "
      "font-size=\"{:g}\"{} text-anchor=\"{}\" fill=\"#{:02x}{:02x}{:02x}\">{}</text>\n",
      m.xx, m.yx, m.xy, m.yy, m.x0, m.y0, down, style.size,
      style.bold ? " font-weight=\"bold\"" : "", anchor, byte(style.colour.r), byte(style.colour.g),
      byte(style.colour.b), xml_text(utf8));
}

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) {
    bytes += static_cast<char>((value >> shift) & 0xFFu);
  }
  return bytes;
}

/// The chunk of a PNG that says how large it is in print.
std::string resolution_chunk(double pixels_per_inch) {
  const std::string per_metre =
      big_endian(static_cast<std::uint32_t>(std::lround(pixels_per_inch / 0.0254)));
  const std::string values = per_metre + per_metre + '\x01';
  const std::string named = "pHYs" + values;
  const uLong checksum =
      crc32(0, reinterpret_cast<const Bytef*>(named.data()), static_cast<uInt>(named.size()));
  return big_endian(static_cast<std::uint32_t>(values.size())) + named +
         big_endian(static_cast<std::uint32_t>(checksum));
}

}  // namespace

std::string utf8_text(const std::string& text) {
  using Json = nlohmann::json;
  return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace))
      .get<std::string>();
}

std::string xml_text(const std::string& text) {
  std::string xml;
  for (const char c : utf8_text(text)) {
    switch (c) {
      case '&': xml += "&amp;"; break;
      case '<': xml += "&lt;"; break;
      case '>': xml += "&gt;"; break;
      default:
        // XML has no control characters but these three, not even escaped.
        xml += static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r'
                   ? "\xEF\xBF\xBD"
                   : std::string(1, c);
    }
  }
  return xml;
}

void Canvas::line(const std::vector<Point>& points, const Stroke& stroke) {
  trace(points);
  set_stroke(stroke);
  cairo_stroke(cairo_);
}

void Canvas::frame(const Rect& rect, const Stroke& stroke) {
  trace(rect.corners());
  cairo_close_path(cairo_);
  set_stroke(stroke);
  cairo_stroke(cairo_);
}

void Canvas::polygon(const std::vector<Point>& points, const Colour& fill) {
  trace(points);
  cairo_close_path(cairo_);
  set_colour(fill);
  cairo_fill(cairo_);
}

void Canvas::marker(Marker marker, Point centre, double radius, const Colour& fill,
                    const Stroke& outline) {
  if (marker == Marker::kCircle) {
    cairo_new_path(cairo_);
    cairo_arc(cairo_, centre.x, centre.y, radius, 0.0, 2.0 * std::numbers::pi);
  } else {
    std::vector<Point> points = corners(marker);
    for (Point& p : points) {
      p = {centre.x + radius * p.x, centre.y + radius * p.y};
    }
    trace(points);
  }
  cairo_close_path(cairo_);
  set_colour(fill);
  cairo_fill_preserve(cairo_);
  set_stroke(outline);
  cairo_stroke(cairo_);
}

void Canvas::text(const std::string& text, Point anchor, const TextStyle& style) {
  [[maybe_unused]] const FontsAreKept kept;
  const std::string utf8 = utf8_text(text);
  set_font(style);
  cairo_text_extents_t capital;
  cairo_text_extents(cairo_, "H", &capital);
  const double width = text_width(utf8, style);
  cairo_save(cairo_);
  cairo_translate(cairo_, anchor.x, anchor.y);
  cairo_rotate(cairo_, -style.degrees * std::numbers::pi / 180.0);
  if (texts_ != nullptr) {
    *texts_ += text_element(cairo_, utf8, style, style.valign * capital.height);
  } else {
    cairo_move_to(cairo_, -style.align * width, style.valign * capital.height);
    set_colour(style.colour);
    cairo_show_text(cairo_, utf8.c_str());
  }
  cairo_restore(cairo_);
}

double Canvas::text_width(const std::string& text, const TextStyle& style) {
  [[maybe_unused]] const FontsAreKept kept;
  set_font(style);
  cairo_text_extents_t extents;
  cairo_text_extents(cairo_, utf8_text(text).c_str(), &extents);
  return extents.x_advance;
}

void Canvas::clipped(const Rect& rect, const std::function<void()>& draw) {
  cairo_save(cairo_);
  trace(rect.corners());
  cairo_close_path(cairo_);
  cairo_clip(cairo_);
  draw();
  cairo_restore(cairo_);
}

void Canvas::trace(const std::vector<Point>& points) {
  cairo_new_path(cairo_);
  for (const Point& p : points) {
    cairo_line_to(cairo_, p.x, p.y);
  }
}

void Canvas::set_colour(const Colour& colour) {
  cairo_set_source_rgba(cairo_, colour.r, colour.g, colour.b, colour.a);
}

void Canvas::set_stroke(const Stroke& stroke) {
  set_colour(stroke.colour);
  cairo_set_line_width(cairo_, stroke.width);
  cairo_set_dash(cairo_, stroke.dashes.data(), static_cast<int>(stroke.dashes.size()), 0.0);
}

void Canvas::set_font(const TextStyle& style) {
  cairo_select_font_face(cairo_, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                         style.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(cairo_, style.size);
}

namespace {

std::string svg(PageSize page, double scale, const std::function<void(Canvas&)>& draw,
                std::string* texts) {
  std::string bytes;
  const Surface surface(
      cairo_svg_surface_create_for_stream(append, &bytes, page.width * scale, page.height * scale),
      cairo_surface_destroy);
  cairo_svg_surface_set_document_unit(surface.get(), CAIRO_SVG_UNIT_PT);  // not so in newer ones
  draw_on(surface.get(), scale, draw, texts);
  cairo_surface_finish(surface.get());
  check(cairo_surface_status(surface.get()));
  return bytes;
}

}  // namespace

std::string draw_svg(PageSize page, double scale, const std::function<void(Canvas&)>& draw) {
  return svg(page, scale, draw, nullptr);
}

std::string draw_svg_with_text(PageSize page, double scale,
                               const std::function<void(Canvas&)>& draw) {
  std::string texts;
  std::string bytes = svg(page, scale, draw, &texts);
  return bytes.insert(bytes.rfind("</svg>"), texts);
}

std::string draw_pdf(PageSize page, double scale, const std::string& title,
                     const std::function<void(Canvas&)>& draw) {
  std::string bytes;
  const Surface surface(
      cairo_pdf_surface_create_for_stream(append, &bytes, page.width * scale, page.height * scale),
      cairo_surface_destroy);
  cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_TITLE, utf8_text(title).c_str());
  draw_on(surface.get(), scale, draw);
  cairo_surface_finish(surface.get());
  check(cairo_surface_status(surface.get()));
  return bytes;
}

std::string draw_png(PageSize page, double scale, double pixels_per_inch,
                     const std::function<void(Canvas&)>& draw) {
  scale *= pixels_per_inch / 72.0;
  const Surface surface(cairo_image_surface_create(
                            CAIRO_FORMAT_RGB24, static_cast<int>(std::lround(page.width * scale)),
                            static_cast<int>(std::lround(page.height * scale))),
                        cairo_surface_destroy);
  draw_on(surface.get(), scale, draw);
  std::string bytes;
  check(cairo_surface_write_to_png_stream(surface.get(), append, &bytes));
  constexpr std::size_t kHeaderEnd = 33;  // of the signature and IHDR, which are always first
  return bytes.insert(kHeaderEnd, resolution_chunk(pixels_per_inch));
}

}  // namespace infoplane::draw
