#include "report/trace_json.h"

#include <algorithm>
#include <cmath>

#include "analysis/moving_mean.h"

namespace infoplane {
namespace {

Json counts_json(const std::vector<TraceRow>& rows, std::int64_t TraceRow::*count) {
  Json json = Json::array();
  for (const TraceRow& row : rows) {
    json.push_back(row.*count);
  }
  return shortened(std::move(json));
}

Json curve_json(const SeedCurve& curve, int decimals) {
  Json mean = Json::array();
  Json half_width = Json::array();
  for (const MeanInterval& value : curve.values) {
    mean.push_back(rounded(value.mean, decimals));
    half_width.push_back(rounded(value.half_width, decimals));
  }
  return {{"mean", std::move(mean)}, {"half_width", std::move(half_width)}};
}

}  // namespace

Json rounded(double value, int decimals) {
  if (!std::isfinite(value)) {
    return nullptr;
  }
  const double scale = std::pow(10.0, decimals);
  const double result = std::round(value * scale) / scale;
  // A whole number is shorter as an integer.
  if (result == std::trunc(result) && std::abs(result) < 1e15) {
    return static_cast<std::int64_t>(result);
  }
  return result;
}

Json rounded(const std::vector<double>& values, int decimals) {
  Json json = Json::array();
  for (const double value : values) {
    json.push_back(rounded(value, decimals));
  }
  return json;
}

Json shortened(Json column) {
  if (column.empty()) {
    return 0;
  }
  const bool same = std::all_of(column.begin(), column.end(),
                                [&](const Json& value) { return value == column.front(); });
  return same ? Json(column.front()) : column;
}

Json series_json(const SplitRecord& split, int window) {
  Json steps = Json::array();
  for (const TraceRow& row : split.rows) {
    steps.push_back(row.step);
  }
  Json json = {{"split", split.split},
               {"step", std::move(steps)},
               {"epoch", rounded(split.column(&TraceRow::epoch), 4)}};
  Json smooth;
  for (const Quantity& quantity : kQuantities) {
    const std::vector<double> values = split.column(quantity.value);
    json[quantity.name] = rounded(values, quantity.decimals);
    smooth[quantity.name] = rounded(moving_mean(values, window), quantity.decimals);
  }
  json["smooth"] = std::move(smooth);
  json["symbols"] = counts_json(split.rows, &TraceRow::symbols);
  json["singletons"] = counts_json(split.rows, &TraceRow::singletons);
  json["n"] = counts_json(split.rows, &TraceRow::n);
  json["rejected"] = counts_json(split.rows, &TraceRow::rejected);
  const SplitBounds bounds = bounds_of(split);
  json["h_y_bits"] = rounded(bounds.h_y_bits, 4);
  json["i_xt_ceiling_bits"] = rounded(bounds.i_xt_ceiling_bits(), 4);
  return json;
}

Json seeds_json(const std::vector<const SplitRecord*>& splits, int window) {
  Json json;
  json["split"] = splits.front()->split;
  json["repeats"] = splits.size();
  Json smooth;
  for (const Quantity& quantity : kQuantities) {
    Columns raw;
    Columns means;
    for (const SplitRecord* split : splits) {
      raw.push_back(split->column(quantity.value));
      means.push_back(moving_mean(raw.back(), window));
    }
    const SeedCurve curve = over_seeds(splits, raw);
    json["step"] = curve.steps;
    json["epoch"] = rounded(curve.epochs, 4);
    json[quantity.name] = curve_json(curve, quantity.decimals);
    smooth[quantity.name] = curve_json(over_seeds(splits, means), quantity.decimals);
  }
  json["smooth"] = std::move(smooth);
  return json;
}

}  // namespace infoplane
