#include <fmt/format.h>

#include <map>

#include "analysis/interval.h"
#include "analysis/phases.h"
#include "paper/claims.h"

namespace infoplane::paper {
namespace {

/// The paths of a run's hidden layers, in the order of the file.
std::vector<std::vector<PathPoint>> layer_paths(const SplitRecord& split) {
  std::vector<std::string> names;
  std::map<std::string, std::vector<PathPoint>> paths;
  for (const LayerRow& row : split.layer_rows) {
    if (paths.count(row.layer) == 0) {
      names.push_back(row.layer);
    }
    paths[row.layer].push_back({row.epoch, row.i_xt_bits, row.i_ty_bits, 0.0});
  }
  std::vector<std::vector<PathPoint>> in_order;
  for (const std::string& name : names) {
    in_order.push_back(paths[name]);
  }
  return in_order;
}

/// How much I(X;T) has fallen at the end since its largest smoothed value.
double fall_bits(const std::vector<PathPoint>& path) {
  const Phases phases = find_phases(path, {PhaseRule{}.window, 0.0});
  return phases.transition.i_xt_bits - phases.convergence.i_xt_bits;
}

Claim last_layer_compresses(const Row& row, const Runs& runs) {
  const PhaseRule rule;
  Claim claim{"1",
              fmt::format("fig1, {}: the last hidden layer compresses, by more than {} bit",
                          row.name, rule.min_drop_bits),
              "bits that I(X;T) falls from its largest value to the end",
              "95% over initialisations (Student's t)",
              {},
              rule.min_drop_bits,
              ""};
  std::vector<std::vector<double>> falls;  // by layer
  for (const TracedRun* run : runs.of(row)) {
    const SplitRecord* split = run->record.find(row.split);
    if (split == nullptr || split->layer_rows.empty()) {
      continue;
    }
    const std::vector<std::vector<PathPoint>> paths = layer_paths(*split);
    falls.resize(paths.size());
    for (std::size_t i = 0; i < paths.size(); ++i) {
      falls[i].push_back(fall_bits(paths[i]));
    }
  }
  if (falls.empty() || falls.back().size() < 2) {
    return claim;
  }
  const MeanInterval last = mean_interval(falls.back());
  claim.effect = {last.mean, last.mean - last.half_width, last.mean + last.half_width};
  claim.detail = fmt::format("{} initialisations; all layers:", falls.back().size());
  for (const std::vector<double>& layer : falls) {
    claim.detail += fmt::format(" {:.2f}", mean_interval(layer).mean);
  }
  return claim;
}

}  // namespace

std::vector<Claim> test_layers(const std::vector<Item>& items, const Runs& runs) {
  std::vector<Claim> claims;
  if (const Item* item = find_item(items, "fig1")) {
    for (const Row& row : item->rows) {
      claims.push_back(last_layer_compresses(row, runs));
    }
  }
  return claims;
}

}  // namespace infoplane::paper
