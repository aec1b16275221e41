#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "analysis/block_bootstrap.h"
#include "analysis/phases.h"
#include "analysis/rank_correlation.h"
#include "analysis/ranking.h"
#include "core/permute.h"
#include "paper/cells.h"
#include "paper/claims.h"

namespace infoplane::paper {
namespace {

/// What the classes of a run are ordered by, the most first, and their accuracies at the end; what
/// is said of each. Classes without a sample that is a number are left out.
struct Orders {
  std::vector<double> merit;
  std::vector<double> accuracy;
  std::vector<std::string> details;
};
using OrdersOf = Orders (*)(const SplitRecord& split, const PhaseRule& rule);

/// By indicators of each class's path, as `places_of` takes them of the ranking.
Orders by_phases(const SplitRecord& split, const PhaseRule& rule,
                 std::vector<int> Ranking::*places_of) {
  std::map<std::int64_t, double> epochs;
  for (const TraceRow& row : split.rows) {
    epochs[row.step] = row.epoch;
  }
  std::map<std::int64_t, std::vector<PathPoint>> paths;
  for (const ClassRow& row : split.class_rows) {
    const PathPoint point{epochs[row.step], row.i_xt_bits, row.i_ty_bits, row.accuracy};
    if (is_finite(point)) {
      paths[row.class_index].push_back(point);
    }
  }
  std::vector<Phases> phases;
  Orders orders;
  for (const auto& [index, path] : paths) {
    phases.push_back(find_phases(path, rule));
    const Phases& last = phases.back();
    orders.accuracy.push_back(path.back().accuracy);
    orders.details.push_back(fmt::format(
        "class {}: height {:.3f}, slope {}, accuracy {:.3f}", index, last.transition.i_ty_bits,
        last.slope ? fmt::format("{:.3f}", *last.slope) : "none", path.back().accuracy));
  }
  const Ranking ranking = rank_models(phases);
  for (const int place : ranking.*places_of) {
    orders.merit.push_back(-static_cast<double>(place));
  }
  return orders;
}

Orders by_indicators(const SplitRecord& split, const PhaseRule& rule) {
  return by_phases(split, rule, &Ranking::places);
}

Orders by_height(const SplitRecord& split, const PhaseRule& rule) {
  return by_phases(split, rule, &Ranking::heights);
}

/// By a quantity of each class's last sample.
template <typename Merit>
Orders by_ends(const SplitRecord& split, const Merit& merit) {
  std::map<std::int64_t, ClassRow> ends;
  for (const ClassRow& row : split.class_rows) {
    if (std::isfinite(row.i_ty_bits + row.i_xt_bits + row.accuracy)) {
      ends[row.class_index] = row;
    }
  }
  Orders orders;
  for (const auto& [index, row] : ends) {
    orders.merit.push_back(merit(row));
    orders.accuracy.push_back(row.accuracy);
    orders.details.push_back(
        fmt::format("class {}: I(T;Y) {:.3f}, I(X;T) {:.3f} of H(X), accuracy "
                    "{:.3f}",
                    index, row.i_ty_bits, row.i_xt_bits / row.h_x_bits, row.accuracy));
  }
  return orders;
}

Orders by_much_i_ty(const SplitRecord& split, const PhaseRule& /*rule*/) {
  return by_ends(split, [](const ClassRow& row) { return row.i_ty_bits; });
}

Orders by_little_i_xt(const SplitRecord& split, const PhaseRule& /*rule*/) {
  return by_ends(split, [](const ClassRow& row) { return -row.i_xt_bits / row.h_x_bits; });
}

/// Kendall's tau of both orders, its mean over runs.
double mean_tau(const std::vector<Orders>& runs) {
  double sum = 0.0;
  for (const Orders& orders : runs) {
    sum += kendall_tau_b(orders.merit, orders.accuracy);
  }
  return sum / static_cast<double>(runs.size());
}

const std::vector<PhaseRule> kDefaultRule = {{}};

// Section 4.4 goes by the slope, and by the height where slopes are "almost" equal. No two of ours
// are equal, so that the order of both is that of the slope.
constexpr char kByIndicators[] = "slope, then height, order the classes as their accuracies do";
constexpr char kByHeight[] = "classes with more I(T;Y) at the transition have the higher accuracy";

/// The mean that 2.5% of random orders of the accuracies pass, one order for all runs: their
/// classes are the same.
double chance_tau(const std::vector<Orders>& runs) {
  constexpr std::uint64_t kSeed = 1;
  constexpr int kRepeats = 2000;
  std::vector<double> taus;
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    std::vector<Orders> dealt = runs;
    for (Orders& orders : dealt) {
      permute(RandomStream{kSeed, kNullStream, static_cast<std::uint32_t>(repeat)},
              orders.accuracy);
    }
    taus.push_back(mean_tau(dealt));
  }
  return interval_of(taus).high;
}

/// Of the runs that have samples of single classes.
std::vector<Orders> orders_of_runs(const Row& row, OrdersOf orders_of, const PhaseRule& rule,
                                   const Runs& runs) {
  std::vector<Orders> orders;
  for (const TracedRun* run : runs.of(row)) {
    const SplitRecord* split = run->record.find("validation");
    if (split != nullptr && !split->class_rows.empty()) {
      orders.push_back(orders_of(*split, rule));
    }
  }
  return orders;
}

/// What depends on the transition has to be the same under all rules.
Claim order_of_classes(const Row& row, const std::string& statement, OrdersOf orders_of,
                       const Runs& runs) {
  Claim claim{"4.4", statement, "Kendall's tau over the classes",
              "tau +- what 2.5% of random orders of the accuracies pass"};
  const std::vector<Orders> orders = orders_of_runs(row, orders_of, {}, runs);
  if (orders.empty()) {
    const std::string why = why_not_measured(row, runs);
    claim.detail = why.empty() ? "its runs have no samples of single classes" : why;
    return claim;
  }
  const double value = mean_tau(orders);
  if (!std::isfinite(value)) {
    claim.detail = "all classes are tied";
    return claim;
  }
  claim.effect = {value, value, value};
  const bool is_of_phases = orders_of == by_indicators || orders_of == by_height;
  for (const PhaseRule& rule : is_of_phases ? rules_around({}) : kDefaultRule) {
    const std::vector<Orders> under_rule = orders_of_runs(row, orders_of, rule, runs);
    const double tau = mean_tau(under_rule);
    const double chance = chance_tau(under_rule);
    // A rule under which all classes are tied shows nothing.
    claim.effect->low = std::min(claim.effect->low, std::isfinite(tau) ? tau - chance : 0.0);
    claim.effect->high = std::max(claim.effect->high, std::isfinite(tau) ? tau + chance : 0.0);
  }
  claim.has_too_few_runs = orders.size() < kLeastSeeds;
  constexpr std::size_t kShown = 3;  // airplane, automobile, bird, as in Figure 7
  std::vector<std::string> shown = orders.front().details;
  shown.resize(std::min(shown.size(), kShown));
  claim.detail = fmt::format("{}", fmt::join(shown, "; "));
  return claim;
}

}  // namespace

std::vector<Claim> test_classes(const std::vector<Item>& items, const Runs& runs) {
  std::vector<Claim> claims;
  if (const Item* item = find_item(items, "fig7")) {
    const Row& row = item->rows.front();
    claims.push_back(
        order_of_classes(row, fmt::format("fig7, cnn-16: {}", kByIndicators), by_indicators, runs));
    claims.push_back(
        order_of_classes(row, fmt::format("fig7, cnn-16: {}", kByHeight), by_height, runs));
  }
  if (const Item* item = find_item(items, "fig6")) {
    for (const Row& row : item->rows) {
      const auto add = [&](const char* statement, OrdersOf orders_of) {
        claims.push_back(order_of_classes(row, fmt::format("fig6, {}: {}", row.name, statement),
                                          orders_of, runs));
      };
      add("classes with more I(T;Y) at the end have the higher accuracy", by_much_i_ty);
      add("classes with less I(X;T) of H(X) at the end have the higher accuracy", by_little_i_xt);
      if (row.name != "cnn-16") {  // of which Figure 7 is
        add(kByIndicators, by_indicators);
        add(kByHeight, by_height);
      }
    }
  }
  return claims;
}

}  // namespace infoplane::paper
