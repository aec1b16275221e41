#include "paper/results_json.h"

#include <cmath>

namespace infoplane::paper {
namespace {

using Json = nlohmann::ordered_json;

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json numbers(const std::vector<double>& values) {
  Json json = Json::array();
  for (const double value : values) {
    json.push_back(number_or_null(value));
  }
  return json;
}

Json to_json(const Cell& cell, const std::string& why_not) {
  Json json{{"item", cell.item},
            {"row", cell.row},
            {"quantity", to_string(cell.quantity)},
            {"paper", cell.paper ? Json(*cell.paper) : Json()},
            {"ours", number_or_null(cell.mean())},
            {"half_width", number_or_null(cell.half_width())},
            {"seeds", numbers(cell.seeds)},
            {"number", number_verdict(cell, why_not).text}};
  if (cell.seeds.empty()) {
    json["not_run"] = cell.not_run;
  } else if (cell.quantity == Quantity::kPercentage) {
    json.update(
        {{"samples", cell.samples},
         {"inversions", number_or_null(cell.inversions)},
         {"low", number_or_null(cell.low)},
         {"high", number_or_null(cell.high)},
         {"shuffled_inversions", number_or_null(cell.shuffled_inversions)},
         {"less_shuffled", number_or_null(cell.less_shuffled)},
         {"moved",
          {{"low", number_or_null(cell.moved_low)}, {"high", number_or_null(cell.moved_high)}}},
         {"one_turn", number_or_null(cell.one_turn)}});
  }
  for (const auto& [reading, values] : cell.readings) {
    json["readings"][reading] = numbers(values);
  }
  return json;
}

Json to_json(const Claim& claim) {
  Json json{{"section", claim.section},
            {"claim", claim.statement},
            {"verdict", to_string(claim.verdict())},
            {"effect", claim.effect ? number_or_null(claim.effect->value) : Json()},
            {"measure", claim.measure}};
  if (claim.effect) {
    json.update({{"low", number_or_null(claim.effect->low)},
                 {"high", number_or_null(claim.effect->high)},
                 {"interval", claim.interval}});
  }
  json["detail"] = claim.detail;
  return json;
}

}  // namespace

Json results_json(const std::vector<Cell>& cells, const std::vector<Claim>& claims,
                  const std::vector<DrawnFigure>& figures, const std::string& why_not) {
  Json json{{"not_comparable", why_not},
            {"cells", Json::array()},
            {"claims", Json::array()},
            {"figures", Json::array()}};
  for (const Cell& cell : cells) {
    json["cells"].push_back(to_json(cell, why_not));
  }
  for (const Claim& claim : claims) {
    json["claims"].push_back(to_json(claim));
  }
  for (const DrawnFigure& figure : figures) {
    json["figures"].push_back({{"item", figure.item},
                               {"title", figure.title},
                               {"file", figure.file.empty() ? Json() : Json(figure.file.string())},
                               {"not_run", figure.not_run}});
  }
  return json;
}

}  // namespace infoplane::paper
