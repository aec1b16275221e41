#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "report/chart_drawing.h"
#include "report/chart_frame.h"
#include "report/figure_panels.h"
#include "report/findings_json.h"
#include "report/plane_drawing.h"

namespace infoplane::panel {
namespace {

constexpr std::size_t kIxt = 2;
constexpr std::size_t kIty = 3;

Json line_json(const FigureLine& line, const std::vector<std::size_t>& quantities) {
  Json json = {{"label", line.label},
               {"split", line.split->split},
               {"step", line.steps},
               {"epoch", line.epochs}};
  for (const std::size_t q : quantities) {
    json[kQuantities[q].name] = line.values[q];
    if (line.is_mean()) {
      json[std::string(kQuantities[q].name) + "_half_width"] = line.half_widths[q];
    }
  }
  return json;
}

/// What to say of more lines than there are looks for.
std::vector<std::string> repeated_looks(const std::vector<draw::ChartCurve>& curves) {
  std::size_t looks = 0;
  for (const draw::ChartCurve& curve : curves) {
    looks = std::max(looks, curve.series + 1);
  }
  return draw::repeated_looks("lines", looks, draw::kSeriesLooks);
}

}  // namespace

Figure figure_of(const PlaneFigure& plane, const std::string& title, Json data) {
  const bool has_sample = std::ranges::any_of(plane.paths, [](const PlanePath& path) {
    return std::ranges::any_of(path.points, draw::drawable);
  });
  if (!has_sample) {
    throw DataError(
        fmt::format("figure {}: no sample whose i_xt_bits, i_ty_bits and epoch are "
                    "numbers",
                    data["panel"].get<std::string>()));
  }
  return {title,
          [plane](draw::Canvas& canvas, draw::PageSize page) {
            draw::PlaneDrawing(plane, canvas, page).draw();
          },
          std::move(data), draw::repeated_looks("paths", plane.paths.size(), draw::kPathLooks)};
}

Figure plane(const std::vector<RunRecord>& runs, const FigureOptions& options) {
  const std::vector<FigureLine> lines = figure_lines(runs, options.lines);
  PlaneFigure figure{options.title, {}, {}, 0.0};
  Json data = {{"panel", "plane"}, {"paths", Json::array()}};
  for (const FigureLine& line : lines) {
    PlanePath path{line.label, {}};
    for (std::size_t i = 0; i < line.steps.size(); ++i) {
      path.points.push_back({line.values[kIxt][i], line.values[kIty][i], line.epochs[i]});
      if (line.is_mean()) {
        path.intervals.push_back({line.half_widths[kIxt][i], line.half_widths[kIty][i]});
      }
    }
    const SplitBounds bounds = bounds_of(*line.split);
    figure.add_ceiling(bounds.n, line.split->split);
    figure.h_y_bits = std::max(figure.h_y_bits, bounds.h_y_bits);
    Json json = line_json(line, {kIxt, kIty});
    json["transition"] = nullptr;
    if (line.transition) {
      path.transition = line.transition->measured;
      json["transition"] = line.steps[line.transition->sample];
      json["transition_i_xt_bits"] = path.transition->i_xt_bits;
      json["transition_i_ty_bits"] = path.transition->i_ty_bits;
    }
    figure.paths.push_back(std::move(path));
    data["paths"].push_back(std::move(json));
  }
  data["i_xt_ceiling_bits"] = figure.i_xt_ceiling_bits();
  data["h_y_bits"] = figure.h_y_bits;
  return figure_of(figure, "Information plane: I(T;Y) over I(X;T), in bits", std::move(data));
}

Figure quantity(const std::vector<RunRecord>& runs, const FigureOptions& options,
                std::size_t quantity) {
  constexpr const char* kLabels[] = {"Loss [nats]", "Accuracy", "I(X;T) [bits]", "I(T;Y) [bits]"};
  constexpr const char* kPanels[] = {"loss", "accuracy", "ixt", "ity"};
  const std::vector<FigureLine> lines = figure_lines(runs, options.lines);
  const bool has_number = std::ranges::any_of(lines, [&](const FigureLine& line) {
    return std::ranges::any_of(line.values[quantity], [](double x) { return std::isfinite(x); });
  });
  if (!has_number) {
    throw DataError(
        fmt::format("figure {0}: no sample whose {1} is a number; a trace needs the "
                    "column {1}",
                    kPanels[quantity], kQuantities[quantity].name));
  }
  draw::ChartFigure chart{options.title, "step", kLabels[quantity], {}};
  chart.log_x = !options.linear_steps;
  Json data = {{"panel", kPanels[quantity]}, {"curves", Json::array()}};
  double bound = 0.0;
  for (const FigureLine& line : lines) {
    draw::ChartCurve curve{line.legend,
                           line.series,
                           line.dashes,
                           {line.steps.begin(), line.steps.end()},
                           line.values[quantity]};
    if (line.is_mean()) {
      curve.half_widths = line.half_widths[quantity];
    }
    chart.curves.push_back(std::move(curve));
    data["curves"].push_back(line_json(line, {quantity}));
    const SplitBounds bounds = bounds_of(*line.split);
    bound = std::max(bound, quantity == kIxt ? bounds.i_xt_ceiling_bits() : bounds.h_y_bits);
  }
  if (quantity == kIxt || quantity == kIty) {
    chart.bounds.push_back(
        {bound, quantity == kIxt ? draw::log2_n_label(bound) : draw::h_y_label(bound)});
  }
  if (lines.size() == 1) {
    const FigureLine& line = lines.front();
    chart.curves.front().label =
        line.is_mean() ? fmt::format("mean of {} seeds", line.runs) : line.split->split;
  }
  return {
      fmt::format("{} over the steps of training", kLabels[quantity]),
      [chart](draw::Canvas& canvas, draw::PageSize page) { draw::draw_chart(chart, canvas, page); },
      data, repeated_looks(chart.curves)};
}

Figure inversions(const std::vector<RunRecord>& runs, const FigureOptions& options) {
  LineOptions each = options.lines;
  each.each_seed = true;  // pairs lie within a run
  draw::BarFigure figure{options.title, {}, {{"Share that agrees with I(X;T)", {}}}};
  draw::BarColumn& column = figure.columns.front();
  figure.range_label = "control: I(X;T) moved in time, 95% of them";
  Json data = {{"panel", "inversions"}, {"runs", Json::array()}};
  for (const FigureLine& line : figure_lines(runs, each)) {
    const InversionFindings found = find_inversions(*line.split);
    figure.names.push_back(line.label.empty() ? line.split->split : line.label);
    column.values.push_back(found.all.percentage());
    column.lows.push_back(found.drifts.moved.low);
    column.highs.push_back(found.drifts.moved.high);
    column.notes.push_back(
        found.all.inversions > 0
            ? fmt::format("{:.1f}% of {}", 100.0 * column.values.back(), found.all.inversions)
            : "nothing is inverted");
    Json counted = inversions_json(found, Digits::kAll);
    counted["label"] = figure.names.back();
    data["runs"].push_back(std::move(counted));
  }
  return {"Share of inversions that agree with I(X;T), beside a control",
          [figure](draw::Canvas& canvas, draw::PageSize page) {
            draw::draw_bars(figure, canvas, page);
          },
          data};
}

Figure inversion_samples(const std::vector<RunRecord>& runs, const FigureOptions& options) {
  LineOptions each = options.lines;
  each.each_seed = true;
  const std::vector<FigureLine> lines = figure_lines(runs, each);
  draw::ChartFigure chart{
      options.title, "samples from the start of the run", "Share that agrees with I(X;T)", {}};
  chart.from_zero_to_one = true;
  Json data = {{"panel", "inversion-samples"}, {"curves", Json::array()}};
  for (std::size_t i = 0; i < lines.size(); ++i) {
    draw::ChartCurve curve{lines[i].label, i, lines[i].dashes, {}, {}};
    const std::vector<Inversions> starts = inversions_of_starts(*lines[i].split);
    for (const Inversions& start : starts) {
      curve.x.push_back(static_cast<double>(start.samples));
      curve.y.push_back(start.percentage());
    }
    curve.label += fmt::format("{}{} inversion{}", curve.label.empty() ? "" : ", ",
                               starts.back().inversions, starts.back().inversions == 1 ? "" : "s");
    data["curves"].push_back(
        {{"label", lines[i].label}, {"starts", inversions_json(starts, Digits::kAll)}});
    chart.curves.push_back(std::move(curve));
  }
  return {
      "Share of inversions that agree with I(X;T), against the number of samples",
      [chart](draw::Canvas& canvas, draw::PageSize page) { draw::draw_chart(chart, canvas, page); },
      data, repeated_looks(chart.curves)};
}

}  // namespace infoplane::panel
