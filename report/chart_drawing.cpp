#include "report/chart_drawing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "report/chart_frame.h"

namespace infoplane::draw {
namespace {

double stretched(double x) { return std::log1p(x / 10.0); }

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void add(double value) {
    if (std::isfinite(value)) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  bool empty() const { return low > high; }
};

/// 0, 10, 100, ... on a stretched axis; where that are fewer than three, round whole numbers.
std::vector<Tick> stretched_ticks(double last) {
  std::vector<double> values = {0.0};
  for (double power = 10.0; power <= last; power *= 10.0) {
    values.push_back(power);
  }
  if (values.size() < 3) {
    values.clear();
    for (const Tick& tick : nice_ticks(0.0, last, 6)) {
      if (tick.value == std::trunc(tick.value)) {
        values.push_back(tick.value);
      }
    }
  }
  std::vector<Tick> ticks;
  ticks.reserve(values.size());
  for (const double value : values) {
    ticks.push_back({stretched(value), short_number(value)});
  }
  return ticks;
}

class Chart {
 public:
  Chart(const ChartFigure& figure, Canvas& canvas, PageSize page)
      : figure_(figure), canvas_(canvas), right_(page.width - 20.0) {
    const double top =
        legend_place(figure.title) +
        lay_out_legend(canvas, legend(), kLeft + 10.0, right_, legend_place(figure.title), false) +
        19.0;
    plan_x();
    y_ = y_range();
    x_.from = kLeft;
    x_.to = right_;
    y_.from = page.height - 62.0;
    y_.to = top;
    require_room({x_.from, y_.to, x_.to, y_.from});
  }

  void draw() {
    bands();
    draw_axes(canvas_, x_, y_, {figure_.x_label, x_ticks()}, {figure_.y_label});
    for (const ChartBound& bound : figure_.bounds) {
      if (bound.y > y_.low && bound.y < y_.high) {
        const double y = y_.position(bound.y);
        canvas_.line({{x_.from, y}, {x_.to, y}}, {kSoftInk, 1.2, {6.0, 4.0}});
        // On the left, where the curves that come near it are still low.
        const double below = y + 15.0;
        canvas_.text(bound.label, {x_.from + 6.0, below < y_.from ? below : y - 7.0},
                     {.colour = kSoftInk});
      }
    }
    for (const ChartCurve& curve : figure_.curves) {
      line(curve);
    }
    draw_title(canvas_, figure_.title, kLeft, right_);
    lay_out_legend(canvas_, legend(), kLeft + 10.0, right_, legend_place(figure_.title), true);
  }

 private:
  static constexpr double kLeft = 72.0;

  static bool is_heavy(const ChartCurve& curve) {
    return is_second_round(curve.series, kSeriesColours);
  }

  static Stroke stroke_of(const ChartCurve& curve) {
    const std::vector<double> dashes[] = {{}, {6.0, 3.5}, {1.8, 3.0}, {9.0, 3.0, 1.8, 3.0}};
    return {series_colour(curve.series), is_heavy(curve) ? 3.6 : 1.8,
            dashes[curve.dashes % std::size(dashes)]};
  }

  /// Toward white: bands lie under the grid and are opaque, so that neighbours do not add up.
  static Colour pale(const Colour& colour) {
    const auto mix = [](double part) { return 0.2 * part + 0.8; };
    return {mix(colour.r), mix(colour.g), mix(colour.b)};
  }

  std::vector<LegendItem> legend() const {
    std::vector<LegendItem> items;
    for (const ChartCurve& curve : figure_.curves) {
      const bool known = std::any_of(items.begin(), items.end(), [&](const LegendItem& item) {
        return item.label == curve.label;
      });
      if (!known) {  // lines of one name look alike
        items.push_back(line_item(stroke_of(curve), curve.label));
      }
    }
    if (std::any_of(figure_.curves.begin(), figure_.curves.end(),
                    [](const ChartCurve& curve) { return !curve.half_widths.empty(); })) {
      items.push_back(band_item(pale(series_colour(0)), "95% interval"));
    }
    return items;
  }

  /// Those whose labels stand apart.
  std::vector<Tick> x_ticks() {
    std::vector<Tick> ticks;
    if (figure_.log_x) {
      ticks = stretched_ticks(last_x_);
    } else {
      const auto most = static_cast<int>(std::clamp((x_.to - x_.from) / 70.0, 3.0, 9.0));
      for (const Tick& tick : nice_ticks(x_.low, x_.high, most)) {
        ticks.push_back({tick.value, short_number(tick.value)});
      }
    }
    std::vector<Tick> apart;
    double end = -std::numeric_limits<double>::infinity();  // of the label before
    for (const Tick& tick : ticks) {
      const double half = 0.5 * canvas_.text_width(tick.label, {});
      const double place = x_.position(tick.value);
      if (place - half > end + 4.0) {
        apart.push_back(tick);
        end = place + half;
      }
    }
    return apart;
  }

  void plan_x() {
    Range range;
    for (const ChartCurve& curve : figure_.curves) {
      std::for_each(curve.x.begin(), curve.x.end(), [&](double x) { range.add(x); });
    }
    last_x_ = range.empty() || range.high <= 0.0 ? 1.0 : range.high;
    x_ = {0.0, figure_.log_x ? stretched(last_x_) : last_x_, 0.0, 1.0};
  }

  Axis y_range() const {
    if (figure_.from_zero_to_one) {
      return {0.0, 1.0, 0.0, 1.0};
    }
    Range range;
    for (const ChartCurve& curve : figure_.curves) {
      for (std::size_t i = 0; i < curve.y.size(); ++i) {
        range.add(curve.y[i]);
        if (!curve.half_widths.empty()) {
          range.add(std::max(curve.y[i] - curve.half_widths[i], 0.0));
          range.add(curve.y[i] + curve.half_widths[i]);
        }
      }
    }
    if (range.empty()) {
      return {0.0, 1.0, 0.0, 1.0};
    }
    const double height = range.high - range.low;
    for (const ChartBound& bound : figure_.bounds) {
      if (bound.y > range.high && bound.y < range.high + 0.25 * height) {
        range.high = bound.y;
      }
    }
    const double margin = height > 0.0 ? 0.05 * height : 0.05 * std::abs(range.high) + 0.01;
    return {range.low >= 0.0 ? std::max(range.low - margin, 0.0) : range.low - margin,
            range.high + margin, 0.0, 1.0};
  }

  Point at(double x, double y) const {
    return {x_.position(figure_.log_x ? stretched(x) : x),
            y_.position(std::clamp(y, y_.low, y_.high))};
  }

  void bands() {
    for (const ChartCurve& curve : figure_.curves) {
      for (std::size_t i = 1; i < curve.half_widths.size(); ++i) {
        const double before = curve.half_widths[i - 1];
        const double after = curve.half_widths[i];
        if (std::isfinite(before + after + curve.y[i - 1] + curve.y[i])) {
          canvas_.polygon(
              {at(curve.x[i - 1], curve.y[i - 1] - before), at(curve.x[i], curve.y[i] - after),
               at(curve.x[i], curve.y[i] + after), at(curve.x[i - 1], curve.y[i - 1] + before)},
              pale(series_colour(curve.series)));
        }
      }
    }
  }

  void dot(const ChartCurve& curve, const Point& place) {
    canvas_.marker(Marker::kCircle, place, is_heavy(curve) ? 5.0 : 3.0, series_colour(curve.series),
                   {series_colour(curve.series), 0.6});
  }

  void line(const ChartCurve& curve) {
    std::vector<Point> piece;
    const auto end_piece = [&] {
      if (piece.size() > 1) {
        canvas_.line(piece, stroke_of(curve));
      }
      if (piece.size() == 1 || figure_.dots) {
        std::for_each(piece.begin(), piece.end(), [&](const Point& place) { dot(curve, place); });
      }
      piece.clear();
    };
    for (std::size_t i = 0; i < curve.y.size(); ++i) {
      if (std::isfinite(curve.x[i]) && std::isfinite(curve.y[i])) {
        piece.push_back(at(curve.x[i], curve.y[i]));
      } else {
        end_piece();
      }
    }
    end_piece();
  }

  const ChartFigure& figure_;
  Canvas& canvas_;
  double right_;
  double last_x_ = 1.0;
  Axis x_{}, y_{};
};

}  // namespace

void draw_chart(const ChartFigure& figure, Canvas& canvas, PageSize page) {
  Chart(figure, canvas, page).draw();
}

}  // namespace infoplane::draw
