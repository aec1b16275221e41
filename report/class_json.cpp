#include "report/class_json.h"

#include <algorithm>
#include <map>

namespace infoplane {

std::vector<std::int64_t> thinned(std::vector<std::int64_t> steps, std::size_t most) {
  most = std::max<std::size_t>(most, 2);
  std::sort(steps.begin(), steps.end());
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
  if (steps.size() <= most) {
    return steps;
  }
  std::vector<std::int64_t> kept;
  for (std::size_t i = 0; i < most; ++i) {
    kept.push_back(steps[i * (steps.size() - 1) / (most - 1)]);
  }
  return kept;
}

Json classes_json(const SplitRecord& split, std::size_t most) {
  if (split.class_rows.empty()) {
    return nullptr;
  }
  std::vector<std::int64_t> all;
  for (const ClassRow& row : split.class_rows) {
    all.push_back(row.step);
  }
  const std::vector<std::int64_t> steps = thinned(std::move(all), most);

  // A class's columns have a place for every step kept; null where the file lacks the row.
  const Json nothing = std::vector<Json>(steps.size(), nullptr);
  std::map<std::int64_t, Json> classes;
  for (const ClassRow& row : split.class_rows) {
    const auto step = std::lower_bound(steps.begin(), steps.end(), row.step);
    if (step == steps.end() || *step != row.step) {
      continue;
    }
    Json& json = classes[row.class_index];
    if (json.is_null()) {
      json = {{"class", row.class_index}, {"n", nothing},         {"h_x_bits", nothing},
              {"i_xt_bits", nothing},     {"i_ty_bits", nothing}, {"accuracy", nothing}};
    }
    const auto place = static_cast<std::size_t>(step - steps.begin());
    json["n"][place] = row.n;
    json["h_x_bits"][place] = rounded(row.h_x_bits, 4);
    json["i_xt_bits"][place] = rounded(row.i_xt_bits, 3);
    json["i_ty_bits"][place] = rounded(row.i_ty_bits, 3);
    json["accuracy"][place] = rounded(row.accuracy, 4);
  }
  Json json = {{"step", steps}, {"classes", Json::array()}};
  for (auto& [index, columns] : classes) {
    for (const char* name : {"n", "h_x_bits"}) {
      columns[name] = shortened(std::move(columns[name]));
    }
    json["classes"].push_back(std::move(columns));
  }
  return json;
}

Json layers_json(const SplitRecord& split) {
  if (split.layer_rows.empty()) {
    return nullptr;
  }
  Json layers = Json::array();
  for (const LayerRow& row : split.layer_rows) {
    auto layer = std::find_if(layers.begin(), layers.end(),
                              [&](const Json& known) { return known["layer"] == row.layer; });
    if (layer == layers.end()) {
      layers.push_back({{"layer", row.layer},
                        {"units", row.units},
                        {"step", Json::array()},
                        {"epoch", Json::array()},
                        {"i_xt_bits", Json::array()},
                        {"i_ty_bits", Json::array()}});
      layer = std::prev(layers.end());
    }
    (*layer)["step"].push_back(row.step);
    (*layer)["epoch"].push_back(rounded(row.epoch, 4));
    (*layer)["i_xt_bits"].push_back(rounded(row.i_xt_bits, 4));
    (*layer)["i_ty_bits"].push_back(rounded(row.i_ty_bits, 4));
  }
  return layers;
}

}  // namespace infoplane
