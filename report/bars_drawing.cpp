#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/chart_drawing.h"
#include "report/chart_frame.h"

namespace infoplane::draw {
namespace {

constexpr Colour kRange = {0.80, 0.80, 0.82};
constexpr double kMostForNames = 0.4;  // of the page's width
constexpr double kLeastColumn = 40.0;
constexpr double kValueSize = 11.0;
constexpr double kLeastSize = 7.5;   // of letters: 5 points on paper
constexpr double kSizeOfRow = 0.85;  // that a row's height gives

/// What stands beside a row's bar or dot; nothing where nothing is known.
std::string text_of(const BarColumn& column, std::size_t row) {
  if (!column.notes.empty()) {
    return column.notes[row];
  }
  const double value = column.values[row];
  return std::isfinite(value) ? fmt::format("{:.{}f}", value, column.decimals) : "";
}

/// The widest of these texts over the columns with ranges, or over the others.
double widest_text(Canvas& canvas, const BarFigure& figure, bool with_ranges) {
  double widest = 0.0;
  for (const BarColumn& column : figure.columns) {
    for (std::size_t row = 0; row < column.values.size(); ++row) {
      if (column.lows.empty() != with_ranges) {
        widest = std::max(widest, canvas.text_width(text_of(column, row), {.size = kValueSize}));
      }
    }
  }
  return widest;
}

/// One column of a BarFigure, in the rectangle of its bars; its title has room up to `right`.
void draw_column(Canvas& canvas, const BarColumn& column, const Rect& place, double right,
                 std::size_t series) {
  const Axis x = {0.0, column.most, place.left, place.right};
  const double row = (place.bottom - place.top) / static_cast<double>(column.values.size());
  const double size = std::min(kValueSize, kSizeOfRow * row);
  for (const Tick& tick : nice_ticks(0.0, column.most, 4)) {
    const double at = x.position(tick.value);
    canvas.line({{at, place.top}, {at, place.bottom}}, {kGrid, 0.8});
    canvas.text(tick.label, {at, place.bottom + 17.0}, {.align = 0.5});
  }
  canvas.line({{place.left, place.top}, {place.left, place.bottom}}, {kInk, 1.0});
  canvas.text(column.title, {place.left, place.top - 9.0},
              shrunk(canvas, column.title, right - place.left, {.bold = true}));
  for (std::size_t i = 0; i < column.values.size(); ++i) {
    const double top = place.top + static_cast<double>(i) * row;
    const double middle = top + 0.5 * row;
    if (!column.lows.empty() && std::isfinite(column.lows[i])) {
      canvas.polygon(Rect{x.position(column.lows[i]), middle - 0.2 * row,
                          x.position(column.highs[i]), middle + 0.2 * row}
                         .corners(),
                     kRange);
    }
    const std::string text = text_of(column, i);
    if (!column.lows.empty()) {
      canvas.text(text, {place.right + 12.0, middle}, {.size = size, .valign = 0.5});
    }
    const double value = column.values[i];
    if (!std::isfinite(value)) {
      continue;
    }
    const double end = x.position(std::clamp(value, 0.0, column.most));
    const Colour colour = series_colour(series);
    if (!column.lows.empty()) {
      canvas.marker(Marker::kCircle, {end, middle}, 4.5, colour, {colour.darker(0.35), 0.6});
      continue;
    }
    canvas.polygon(Rect{place.left, top + 0.15 * row, end, top + 0.85 * row}.corners(), colour);
    if (end - place.left > canvas.text_width(text, {.size = size}) + 14.0) {
      canvas.text(text, {end - 5.0, middle},
                  {.size = size, .colour = kWhite, .align = 1.0, .valign = 0.5});
    } else {
      canvas.text(text, {end + 5.0, middle}, {.size = size, .valign = 0.5});
    }
  }
}

}  // namespace

void draw_bars(const BarFigure& figure, Canvas& canvas, PageSize page) {
  double names = 0.0;
  for (const std::string& name : figure.names) {
    names = std::max(names, canvas.text_width(name, {}));
  }
  const double beside_bars = widest_text(canvas, figure, false);  // a value outside a short one
  const double beside_dots = widest_text(canvas, figure, true);
  names = std::min(names, kMostForNames * page.width);
  const double left = 16.0 + names + 10.0;
  const double right = page.width - std::max(20.0, beside_bars + 8.0) -
                       (beside_dots > 0.0 ? beside_dots + 12.0 : 0.0);
  draw_title(canvas, figure.title, 16.0, page.width - 16.0);
  double top = legend_place(figure.title) + 20.0;
  if (!figure.range_label.empty()) {
    const std::vector<LegendItem> items = {band_item(kRange, figure.range_label)};
    top += 20.0 +
           lay_out_legend(canvas, items, 26.0, page.width - 16.0, legend_place(figure.title), true);
  }
  const double bottom = page.height - 30.0;
  const double gap = std::max(28.0, beside_bars + 10.0);
  const auto columns = static_cast<double>(figure.columns.size());
  const double width = (right - left - gap * (columns - 1.0)) / columns;
  const double row =
      (bottom - top) / static_cast<double>(std::max<std::size_t>(figure.names.size(), 1));
  require_room({left, top, left + width, bottom}, kLeastColumn);
  if (kSizeOfRow * row < kLeastSize) {
    throw NoRoom();
  }
  for (std::size_t i = 0; i < figure.names.size(); ++i) {
    const TextStyle style = {.size = std::min(12.0, kSizeOfRow * row), .align = 1.0, .valign = 0.5};
    canvas.text(fitted(canvas, figure.names[i], names, style),
                {left - 8.0, top + (static_cast<double>(i) + 0.5) * row}, style);
  }
  for (std::size_t j = 0; j < figure.columns.size(); ++j) {
    const double start = left + static_cast<double>(j) * (width + gap);
    const double title_end =
        j + 1 < figure.columns.size() ? start + width + gap - 6.0 : page.width - 8.0;
    draw_column(canvas, figure.columns[j], {start, top, start + width, bottom}, title_end, j);
  }
}

}  // namespace infoplane::draw
