#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "analysis/phases.h"
#include "analysis/rank_correlation.h"
#include "analysis/ranking.h"
#include "paper/claims.h"

namespace infoplane::paper {
namespace {

/// The paths of a run's classes on the validation split, with each class's accuracy.
std::map<std::int64_t, std::vector<PathPoint>> class_paths(const SplitRecord& split) {
  std::map<std::int64_t, double> epochs;
  for (const TraceRow& row : split.rows) {
    epochs[row.step] = row.epoch;
  }
  std::map<std::int64_t, std::vector<PathPoint>> paths;
  for (const ClassRow& row : split.class_rows) {
    paths[row.class_index].push_back(
        {epochs[row.step], row.i_xt_bits, row.i_ty_bits, row.accuracy});
  }
  return paths;
}

/// Kendall's tau of the indicators' order of the classes with their accuracies, leaving one out.
double agreement(const std::map<std::int64_t, std::vector<PathPoint>>& paths,
                 std::int64_t left_out) {
  std::vector<Phases> phases;
  std::vector<double> accuracy;
  for (const auto& [index, path] : paths) {
    if (index != left_out) {
      phases.push_back(find_phases(path, {}));
      accuracy.push_back(path.back().accuracy);
    }
  }
  std::vector<double> merit;
  for (const int place : rank_models(phases).places) {
    merit.push_back(-static_cast<double>(place));
  }
  return kendall_tau_b(merit, accuracy);
}

Claim order_of_classes(const Row& row, const std::string& network, const Runs& runs) {
  Claim claim{"4.4",
              network + ": the two indicators order the classes as their accuracies do",
              "Kendall's tau over the classes",
              "least and most with one class left out",
              {},
              0.0,
              ""};
  const std::vector<const TracedRun*>& traced = runs.of(row);
  const SplitRecord* split = traced.empty() ? nullptr : traced.front()->record.find("validation");
  if (split == nullptr || split->class_rows.empty()) {
    return claim;
  }
  const auto paths = class_paths(*split);
  constexpr std::int64_t kNone = -1;
  const double value = agreement(paths, kNone);
  if (!std::isfinite(value)) {
    claim.detail = "all classes are tied";
    return claim;
  }
  claim.effect = {value, value, value};
  for (const auto& [index, path] : paths) {
    const double without = agreement(paths, index);
    if (std::isfinite(without)) {
      claim.effect->low = std::min(claim.effect->low, without);
      claim.effect->high = std::max(claim.effect->high, without);
    }
    constexpr std::int64_t kShown = 3;  // airplane, automobile, bird, as in Figure 7
    if (index < kShown) {
      const Phases phases = find_phases(path, {});
      claim.detail += fmt::format("{}class {}: height {:.3f}, slope {}, accuracy {:.3f}",
                                  index == 0 ? "" : "; ", index, phases.transition.i_ty_bits,
                                  phases.slope ? fmt::format("{:.3f}", *phases.slope) : "none",
                                  path.back().accuracy);
    }
  }
  return claim;
}

}  // namespace

std::vector<Claim> test_classes(const std::vector<Item>& items, const Runs& runs) {
  std::vector<Claim> claims;
  if (const Item* item = find_item(items, "fig7")) {
    claims.push_back(order_of_classes(item->rows.front(), "fig7, cnn-16", runs));
  }
  if (const Item* item = find_item(items, "fig6")) {
    for (const Row& row : item->rows) {
      claims.push_back(order_of_classes(row, "fig6, " + row.name, runs));
    }
  }
  return claims;
}

}  // namespace infoplane::paper
