#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "analysis/block_bootstrap.h"
#include "analysis/phases.h"
#include "analysis/rank_correlation.h"
#include "analysis/ranking.h"
#include "core/permute.h"
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

/// The merits of the classes by the indicators, and their accuracies.
struct Orders {
  std::vector<double> merit;
  std::vector<double> accuracy;
};

Orders orders_of(const std::map<std::int64_t, std::vector<PathPoint>>& paths) {
  std::vector<Phases> phases;
  Orders orders;
  for (const auto& [index, path] : paths) {
    phases.push_back(find_phases(path, {}));
    orders.accuracy.push_back(path.back().accuracy);
  }
  for (const int place : rank_models(phases).places) {
    orders.merit.push_back(-static_cast<double>(place));
  }
  return orders;
}

/// The tau that 2.5% of random orders of the accuracies pass.
double chance_tau(const Orders& orders) {
  constexpr std::uint64_t kSeed = 1;
  constexpr int kRepeats = 2000;
  std::vector<double> taus;
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    std::vector<double> dealt = orders.accuracy;
    permute(RandomStream{kSeed, kNullStream, static_cast<std::uint32_t>(repeat)}, dealt);
    taus.push_back(kendall_tau_b(orders.merit, dealt));
  }
  return interval_of(taus).high;
}

Claim order_of_classes(const Row& row, const std::string& network, const Runs& runs) {
  Claim claim{"4.4",
              network + ": the two indicators order the classes as their accuracies do",
              "Kendall's tau over the classes",
              "tau +- what 2.5% of random orders of the accuracies pass",
              {},
              0.0,
              ""};
  const std::vector<const TracedRun*>& traced = runs.of(row);
  const SplitRecord* split = traced.empty() ? nullptr : traced.front()->record.find("validation");
  if (split == nullptr || split->class_rows.empty()) {
    return claim;
  }
  const auto paths = class_paths(*split);
  const Orders orders = orders_of(paths);
  const double value = kendall_tau_b(orders.merit, orders.accuracy);
  if (!std::isfinite(value)) {
    claim.detail = "all classes are tied";
    return claim;
  }
  const double chance = chance_tau(orders);
  claim.effect = {value, value - chance, value + chance};
  for (const auto& [index, path] : paths) {
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
