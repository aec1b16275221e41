#include "report/plane_drawing.h"

#include <fmt/format.h>

#include <numbers>

#include "report/plane_zoom.h"
#include "report/viridis.h"

namespace infoplane::draw {
namespace {

constexpr Colour kImpossible = {0.955, 0.955, 0.962};
constexpr char kDiagonalLabel[] = "impossible: I(T;Y) > I(X;T)";

/// Of an axis of this length the end, as a part of the largest value: a bound's label fits between
/// the bound and the frame.
double headroom(double length) {
  constexpr double kLabel = 18.0;
  return std::max(1.07, length / (length - kLabel));
}

}  // namespace

std::string log2_n_label(double bits) { return fmt::format("log₂ N = {:.2f}", bits); }
std::string h_y_label(double bits) { return fmt::format("H(Y) = {:.2f}", bits); }

std::vector<std::string> ceiling_labels(const PlaneFigure& figure) {
  std::vector<std::string> labels;
  for (const PlaneCeiling& ceiling : figure.ceilings) {
    const bool is_largest = ceiling.bits == figure.i_xt_ceiling_bits();
    labels.push_back(is_largest ? log2_n_label(ceiling.bits) : fmt::format("{:.2f}", ceiling.bits));
    if (figure.ceilings.size() > 1) {
      labels.back() += fmt::format(" ({})", ceiling.split);
    }
  }
  return labels;
}

PlaneDrawing::PlaneDrawing(const PlaneFigure& figure, Canvas& canvas, PageSize page)
    : figure_(figure), canvas_(canvas), page_(page) {
  double largest_x = figure.i_xt_ceiling_bits();
  double largest_y = is_bound(figure.h_y_bits) ? figure.h_y_bits : 0.0;
  for (const PlanePath& path : figure.paths) {
    for (const PlanePoint& p : path.points) {
      if (drawable(p)) {
        largest_x = std::max(largest_x, p.i_xt_bits);
        largest_y = std::max(largest_y, p.i_ty_bits);
        last_epoch_ = std::max(last_epoch_, p.epoch);
        has_samples_ = true;
      }
    }
    if (path.transition && drawable(*path.transition)) {  // may lie beside a smoothed path
      largest_x = std::max(largest_x, path.transition->i_xt_bits);
      largest_y = std::max(largest_y, path.transition->i_ty_bits);
    }
  }
  const double top = legend_place(figure.title) + lay_out_legend(false) + 19.0;
  plot_ = {72.0, top, page.width - 110.0, page.height - 62.0};
  require_room(plot_);
  bar_ = {page.width - 78.0, top, page.width - 64.0, page.height - 62.0};
  plane_.x = {0.0, largest_x > 0.0 ? largest_x * headroom(plot_.right - plot_.left) : 1.0,
              plot_.left, plot_.right};
  plane_.y = {0.0, largest_y > 0.0 ? largest_y * headroom(plot_.bottom - plot_.top) : 1.0,
              plot_.bottom, plot_.top};
  if (last_epoch_ <= 0.0) {
    last_epoch_ = 1.0;  // a run's state before training: the bar needs a length
  }
}

void PlaneDrawing::draw() {
  canvas_.clipped(plot_, [this] { draw_bands(canvas_, plane_, figure_); });
  impossible_regions();
  draw_axes(canvas_, plane_.x, plane_.y, {"I(X;T) [bits]"}, {"I(T;Y) [bits]"});
  bounds();
  draw_paths(canvas_, plane_, figure_, last_epoch_);
  magnified();
  draw_title(canvas_, figure_.title, plot_.left, page_.width - 16.0);
  lay_out_legend(true);
  if (has_samples_) {
    colour_bar();
  } else {
    canvas_.text("no samples", {0.5 * (plot_.left + plot_.right), 0.5 * (plot_.top + plot_.bottom)},
                 {.size = 14.0, .colour = kSoftInk, .align = 0.5, .valign = 0.5});
  }
}

/// Over the bands: the interval of a mean may reach where no run can.
void PlaneDrawing::impossible_regions() {
  const double corner = std::min(top(), right());
  const double high = plane_.y.high;
  canvas_.polygon({plane_.at(0.0, 0.0), plane_.at(corner, corner), plane_.at(right(), corner),
                   plane_.at(right(), high), plane_.at(0.0, high)},
                  kImpossible);
  canvas_.polygon({plane_.at(right(), 0.0), plane_.at(plane_.x.high, 0.0),
                   plane_.at(plane_.x.high, high), plane_.at(right(), high)},
                  kImpossible);
}

void PlaneDrawing::bounds() {
  const Stroke dashed = {kSoftInk, 1.2, {6.0, 4.0}};
  diagonal();
  if (is_bound(figure_.h_y_bits)) {
    const double y = plane_.y.position(figure_.h_y_bits);
    canvas_.line({{plot_.left, y}, {plot_.right, y}}, dashed);
    canvas_.text(h_y_label(figure_.h_y_bits), {0.5 * (plot_.left + plot_.right), y - 7.0},
                 {.colour = kSoftInk, .align = 0.5});
  }
  const std::vector<std::string> labels = ceiling_labels(figure_);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const double x = plane_.x.position(figure_.ceilings[i].bits);
    canvas_.line({{x, plot_.top}, {x, plot_.bottom}}, dashed);
    // Of several ceilings the lesser is within the plane: its name goes up, above what is
    // magnified.
    TextStyle style = {.size = labels.size() > 1 ? 10.0 : 12.0, .colour = kSoftInk, .align = 0.5};
    const double y = labels.size() > 1 ? plane_.y.position(top()) + 6.0 +
                                             0.5 * canvas_.text_width(labels[i], style)
                                       : 0.5 * (plot_.top + plot_.bottom);
    style.degrees = 90.0;
    canvas_.text(labels[i], {x + 15.0, y}, style);
  }
}

void PlaneDrawing::diagonal() {
  const double corner = std::min(top(), right());
  const Point start = plane_.at(0.0, 0.0);
  const Point end = plane_.at(corner, corner);
  canvas_.line({start, end}, {{0.62, 0.62, 0.62}, 1.0});
  TextStyle style = {.size = 11.0, .colour = kSoftInk, .align = 0.5};
  if (canvas_.text_width(kDiagonalLabel, style) >
      0.95 * std::hypot(end.x - start.x, end.y - start.y)) {
    return;  // bounds so uneven that the line has no room for its name
  }
  const double angle = std::atan2(start.y - end.y, end.x - start.x);
  style.degrees = angle * 180.0 / std::numbers::pi;
  const double off = 6.0;  // from the line, on its impossible side
  const Point middle = {0.5 * (start.x + end.x) - off * std::sin(angle),
                        0.5 * (start.y + end.y) - off * std::cos(angle)};
  const double first_letter = middle.x -
                              0.5 * canvas_.text_width(kDiagonalLabel, style) * std::cos(angle) -
                              style.size * std::sin(angle);
  if (first_letter > plot_.left) {  // else a line so steep that its name would cross the axis
    canvas_.text(kDiagonalLabel, middle, style);
  }
}

double PlaneDrawing::lay_out_legend(bool draw) {
  std::vector<LegendItem> items;
  if (figure_.paths.size() > 1) {
    for (std::size_t i = 0; i < figure_.paths.size(); ++i) {
      items.push_back({[i](Canvas& canvas, Point p) { draw_legend_marker(canvas, i, p); },
                       figure_.paths[i].label});
    }
  }
  if (has_samples_) {
    items.push_back({[](Canvas& canvas, Point p) { draw_first_sample(canvas, 0, p, viridis(0.0)); },
                     "first sample"});
    const auto any = [&](auto has) {
      return std::any_of(figure_.paths.begin(), figure_.paths.end(), has);
    };
    if (any([](const PlanePath& path) { return path.transition.has_value(); })) {
      items.push_back({draw_transition, "transition"});
    }
    items.push_back({[](Canvas& canvas, Point p) { draw_last_sample(canvas, 0, p, viridis(1.0)); },
                     "last sample"});
    if (any([](const PlanePath& path) { return !path.intervals.empty(); })) {
      items.push_back(band_item(kBand, "95% interval"));
    }
  }
  const double right = page_.width - 110.0;  // the plot's: beside it is the colour bar's title
  return draw::lay_out_legend(canvas_, items, 78.0, right, legend_place(figure_.title), draw);
}

void PlaneDrawing::colour_bar() {
  constexpr int kSteps = 128;
  const Axis epochs = {0.0, last_epoch_, bar_.bottom, bar_.top};
  for (int i = 0; i < kSteps; ++i) {
    const double below = epochs.position(last_epoch_ * i / kSteps);
    // Overlapping the next: no hairline shows between them.
    const double above = epochs.position(last_epoch_ * std::min(i + 2, kSteps) / kSteps);
    canvas_.polygon(Rect{bar_.left, above, bar_.right, below}.corners(),
                    viridis((i + 0.5) / kSteps));
  }
  canvas_.frame(bar_, {kInk, 0.8});
  for (const Tick& tick : nice_ticks(0.0, last_epoch_, bar_.bottom - bar_.top > 250.0 ? 9 : 5)) {
    const double y = epochs.position(tick.value);
    canvas_.line({{bar_.right, y}, {bar_.right + 4.0, y}}, {kInk, 1.0});
    canvas_.text(tick.label, {bar_.right + 8.0, y}, {.valign = 0.5});
  }
  canvas_.text("epoch", {0.5 * (bar_.left + bar_.right), bar_.top - 12.0},
               {.size = 14.0, .align = 0.5});
}

/// As many, of up to six, as stand apart from each other; two at least.
std::vector<Tick> PlaneDrawing::apart_ticks(const Axis& axis, const TextStyle& style) {
  for (int most = 6;; --most) {
    std::vector<Tick> ticks = nice_ticks(axis.low, axis.high, most);
    double widest = 0.0;
    for (const Tick& tick : ticks) {
      widest = std::max(widest, canvas_.text_width(tick.label, style));
    }
    if (most == 2 || axis.position(ticks[1].value) - axis.position(ticks[0].value) > widest + 8.0) {
      return ticks;
    }
  }
}

void PlaneDrawing::magnified() {
  constexpr double kNarrowest = 420.0;  // where an inset's numbers can be read
  const std::optional<Plane> zoom =
      plot_.right - plot_.left < kNarrowest ? std::nullopt : plan_zoom(plane_, figure_);
  if (!zoom) {
    return;
  }
  const Rect inset = zoom->rect();
  const Point low = plane_.at(zoom->x.low, zoom->y.low);
  const Point high = plane_.at(zoom->x.high, zoom->y.high);
  const Rect source = {low.x, high.y, high.x, low.y};
  const Stroke thin = {{0.62, 0.62, 0.62}, 0.8};
  canvas_.line({{source.left, source.bottom}, {inset.left, inset.top}}, thin);
  canvas_.line({{source.right, source.top}, {inset.right, inset.top}}, thin);
  canvas_.frame(source, thin);
  canvas_.polygon(inset.corners(), kWhite);
  const TextStyle below = {.size = 10.0, .colour = kSoftInk, .align = 0.5};
  for (const Tick& tick : apart_ticks(zoom->x, below)) {
    const double x = zoom->x.position(tick.value);
    canvas_.line({{x, inset.top}, {x, inset.bottom}}, {kGrid, 0.8});
    canvas_.text(tick.label, {x, inset.bottom + 13.0}, below);
  }
  for (const Tick& tick : nice_ticks(zoom->y.low, zoom->y.high, 6)) {
    const double y = zoom->y.position(tick.value);
    canvas_.line({{inset.left, y}, {inset.right, y}}, {kGrid, 0.8});
    canvas_.text(tick.label, {inset.left - 5.0, y},
                 {.size = 10.0, .colour = kSoftInk, .align = 1.0, .valign = 0.5});
  }
  canvas_.clipped(inset, [&] {
    draw_bands(canvas_, *zoom, figure_);
    draw_paths(canvas_, *zoom, figure_, last_epoch_);
  });
  canvas_.frame(inset, {kSoftInk, 0.8});
  constexpr double kLeastSize = 7.5;  // 5 points on paper
  const char* caption = "the last 9/10, magnified";
  const TextStyle style =
      shrunk(canvas_, caption, inset.right - inset.left, {.size = 10.0, .colour = kSoftInk});
  if (style.size >= kLeastSize) {
    canvas_.text(caption, {inset.left, inset.bottom + 28.0}, style);
  }
}

}  // namespace infoplane::draw
