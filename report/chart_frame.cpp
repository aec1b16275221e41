#include "report/chart_frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace infoplane::draw {

Colour series_colour(std::size_t series) {
  constexpr std::array<Colour, kSeriesColours> kColours = {{{0.0, 0.447, 0.698},
                                                            {0.835, 0.369, 0.0},
                                                            {0.0, 0.620, 0.451},
                                                            {0.702, 0.365, 0.573},
                                                            {0.659, 0.455, 0.0},
                                                            {0.239, 0.561, 0.753},
                                                            {0.267, 0.267, 0.267}}};
  return kColours[series % kColours.size()];
}

std::vector<std::string> repeated_looks(const char* things, std::size_t count, std::size_t looks) {
  if (count <= looks) {
    return {};
  }
  return {fmt::format("{} {}, but looks for {}: the others repeat them", count, things, looks)};
}

void draw_axes(Canvas& canvas, const Axis& x, const Axis& y, const AxisStyle& x_style,
               const AxisStyle& y_style) {
  const Rect plot = {x.from, y.to, x.to, y.from};
  const auto ticks_of = [](const Axis& axis, const AxisStyle& style, double gap) {
    const auto most = static_cast<int>(std::clamp(std::abs(axis.to - axis.from) / gap, 3.0, 9.0));
    return style.ticks.empty() ? nice_ticks(axis.low, axis.high, most) : style.ticks;
  };
  for (const Tick& tick : ticks_of(x, x_style, 55.0)) {
    const double place = x.position(tick.value);
    canvas.line({{place, plot.top}, {place, plot.bottom}}, {kGrid, 0.8});
    canvas.line({{place, plot.bottom}, {place, plot.bottom + 5.0}}, {kInk, 1.0});
    canvas.text(tick.label, {place, plot.bottom + 19.0}, {.align = 0.5});
  }
  for (const Tick& tick : ticks_of(y, y_style, 32.0)) {
    const double place = y.position(tick.value);
    canvas.line({{plot.left, place}, {plot.right, place}}, {kGrid, 0.8});
    canvas.line({{plot.left - 5.0, place}, {plot.left, place}}, {kInk, 1.0});
    canvas.text(tick.label, {plot.left - 9.0, place}, {.align = 1.0, .valign = 0.5});
  }
  canvas.line({{plot.left, plot.top}, {plot.left, plot.bottom}, {plot.right, plot.bottom}},
              {kInk, 1.0});
  canvas.text(x_style.label, {0.5 * (plot.left + plot.right), plot.bottom + 45.0},
              {.size = 14.0, .align = 0.5});
  canvas.text(y_style.label, {24.0, 0.5 * (plot.top + plot.bottom)},
              {.size = 14.0, .align = 0.5, .degrees = 90.0});
}

void require_room(const Rect& plot, double least_width) {
  constexpr double kLeastHeight = 60.0;
  if (plot.right - plot.left < least_width || plot.bottom - plot.top < kLeastHeight) {
    throw NoRoom();
  }
}

std::string fitted(Canvas& canvas, const std::string& text, double width, const TextStyle& style) {
  std::vector<std::size_t> starts;  // of the characters, and the end
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0u) != 0x80u) {
      starts.push_back(i);
    }
  }
  constexpr double kRounding = 1e-3;  // widths of one text differ in last digits by where it stands
  std::size_t kept = starts.size();
  starts.push_back(text.size());
  std::string cut = text;
  while (kept > 1 && canvas.text_width(cut, style) > width + kRounding) {
    --kept;
    cut = text.substr(0, starts[(kept + 1) / 2]) + "…" +
          text.substr(starts[starts.size() - 1 - kept / 2]);
  }
  return cut;
}

TextStyle shrunk(Canvas& canvas, const std::string& text, double width, TextStyle style) {
  style.size *= width / std::max(width, canvas.text_width(text, style));
  return style;
}

void draw_title(Canvas& canvas, const std::string& title, double left, double right) {
  canvas.text(title, {left, kTitlePlace},
              shrunk(canvas, title, right - left, {.size = 16.0, .bold = true}));
}

double lay_out_legend(Canvas& canvas, const std::vector<LegendItem>& items, double left,
                      double right, double y, bool draw) {
  const TextStyle style = {.valign = 0.5};
  Point place = {left, y};
  for (const LegendItem& item : items) {
    const std::string label = fitted(canvas, item.label, right - left - 11.0, style);
    const double text = canvas.text_width(label, style);
    if (place.x > left && place.x + 11.0 + text > right) {
      place = {left, place.y + 18.0};
    }
    if (draw) {
      item.mark(canvas, place);
      canvas.text(label, {place.x + 11.0, place.y}, style);
    }
    place.x += 11.0 + text + 24.0;
  }
  return place.y - y;
}

LegendItem line_item(const Stroke& stroke, const std::string& label) {
  return {[stroke](Canvas& canvas, Point p) {
            canvas.line({{p.x - 10.0, p.y}, {p.x + 7.0, p.y}}, stroke);
          },
          label};
}

LegendItem band_item(const Colour& colour, const std::string& label) {
  return {[colour](Canvas& canvas, Point p) {
            canvas.polygon(Rect{p.x - 9.0, p.y - 5.0, p.x + 7.0, p.y + 5.0}.corners(), colour);
          },
          label};
}

}  // namespace infoplane::draw
