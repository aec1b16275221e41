#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <set>

#include "analysis/interval.h"
#include "analysis/phases.h"
#include "analysis/rank_correlation.h"
#include "analysis/ranking.h"
#include "paper/claims.h"

namespace infoplane::paper {
namespace {

/// The rows of Table 4 without a second phase (paper, section 4.2).
const std::set<std::string> kWithoutCompression = {"fc-3 cifar10", "cnn-2 cifar10",
                                                   "cnn-4 cifar10"};

bool is_convolutional(const Row& row) { return row.name.rfind("cnn", 0) == 0; }

/// What is measured of a path; none where the path has it not.
using OfPhases = std::optional<double> (*)(const Phases& phases);

std::optional<double> slope_of(const Phases& phases) { return phases.slope; }
std::optional<double> height_of(const Phases& phases) { return phases.transition.i_ty_bits; }

/// The measure of each run of a row; empty where one of them has it not.
std::vector<double> of_runs(const Row& row, const Runs& runs, OfPhases measure) {
  std::vector<double> values;
  for (const TracedRun* run : runs.of(row)) {
    const Trace* trace = run->find(row.split);
    const std::optional<double> value =
        trace == nullptr ? std::nullopt : measure(find_phases(trace->path(), {}));
    if (!value) {
      return {};
    }
    values.push_back(*value);
  }
  return values;
}

/// The mean over fully connected networks less that over convolutional ones, seed by seed as far as
/// all have one. A network counts where each of its runs has the measure, so that no seed compares
/// other networks than the next.
Claim fully_connected_less_convolutional(const Item& item, const std::string& data,
                                         const Runs& runs, const std::string& statement,
                                         const std::string& measure, OfPhases of_phases) {
  Claim claim{"4.2", fmt::format("table4, {}: {}", data, statement), measure, "", {}, 0.0, ""};
  std::vector<double> sums[2];
  double networks[2] = {0.0, 0.0};
  std::size_t seeds = std::numeric_limits<std::size_t>::max();
  for (const Row& row : item.rows) {
    if (row.data() != data || runs.of(row).empty()) {
      continue;
    }
    const std::vector<double> values = of_runs(row, runs, of_phases);
    claim.detail +=
        fmt::format("{}{} {}", claim.detail.empty() ? "" : "; ", row.name,
                    values.empty() ? "none" : fmt::format("{:.3f}", mean_interval(values).mean));
    if (!values.empty()) {
      std::vector<double>& sum = sums[is_convolutional(row) ? 1 : 0];
      sum.resize(std::max(sum.size(), values.size()));
      std::transform(values.begin(), values.end(), sum.begin(), sum.begin(), std::plus<>());
      networks[is_convolutional(row) ? 1 : 0] += 1.0;
      seeds = std::min(seeds, values.size());
    }
  }
  if (networks[0] == 0.0 || networks[1] == 0.0) {
    return claim;
  }
  std::vector<double> differences;
  for (std::size_t seed = 0; seed < seeds; ++seed) {
    differences.push_back(sums[0][seed] / networks[0] - sums[1][seed] / networks[1]);
  }
  set_effect_over_seeds(claim, differences);
  return claim;
}

Claim which_compress(const Item& item, const Runs& runs) {
  Claim claim{"4.2",
              "table4: FC-3, CNN-2 and CNN-4 on CIFAR-10 have one phase, all others two",
              "runs that have otherwise, as a negative number",
              "least and most over nine rules (window 1, 5, 15; drop 0.125, 0.25, 0.5 bit)",
              {},
              -0.5,
              ""};
  int all = 0;
  const auto otherwise = [&](const PhaseRule& rule, std::string* names) {
    int count = 0;
    all = 0;
    for (const Row& row : item.rows) {
      if (!published("table4", row.name, Quantity::kTransitionIty)) {
        continue;
      }
      for (const TracedRun* run : runs.of(row)) {
        const Trace* trace = run->find(row.split);
        if (trace == nullptr) {
          continue;
        }
        ++all;
        const bool is_so = find_phases(trace->path(), rule).compresses ==
                           (kWithoutCompression.count(row.name) == 0);
        count += is_so ? 0 : 1;
        if (!is_so && names != nullptr) {
          *names += (names->empty() ? "otherwise: " : ", ") + row.name;
        }
      }
    }
    return count;
  };
  const int value = otherwise({}, &claim.detail);
  if (all == 0) {
    return claim;
  }
  claim.detail = fmt::format("{} runs{}{}", all, claim.detail.empty() ? "" : "; ", claim.detail);
  claim.effect = {-1.0 * value, -1.0 * value, -1.0 * value};
  for (const PhaseRule& rule : rules_around({})) {
    const double under_rule = -1.0 * otherwise(rule, nullptr);
    claim.effect->low = std::min(claim.effect->low, under_rule);
    claim.effect->high = std::max(claim.effect->high, under_rule);
  }
  return claim;
}

/// A network as it stood at an epoch.
struct Early {
  Phases phases;
  double loss_nats;
  double final_accuracy;
};

std::optional<Early> early(const Row& row, const TracedRun& run, double epoch) {
  const SplitRecord* split = run.record.find(row.split);
  if (split == nullptr || split->rows.empty() || split->rows.back().epoch < epoch) {
    return std::nullopt;
  }
  std::vector<PathPoint> path;
  double loss = 0.0;
  for (const TraceRow& sample : split->rows) {
    if (sample.epoch <= epoch) {
      path.push_back({sample.epoch, sample.i_xt_bits, sample.i_ty_bits, sample.accuracy});
      loss = sample.loss_nats;
    }
  }
  return Early{find_phases(path, {}), loss, split->rows.back().accuracy};
}

/// Kendall's tau of the two indicators' order with the final accuracy, less that of the loss.
double advantage(const std::vector<Early>& networks) {
  std::vector<Phases> phases;
  std::vector<double> accuracy;
  std::vector<double> small_loss;
  for (const Early& network : networks) {
    phases.push_back(network.phases);
    accuracy.push_back(network.final_accuracy);
    small_loss.push_back(-network.loss_nats);
  }
  std::vector<double> merit;
  for (const int place : rank_models(phases).places) {
    merit.push_back(-static_cast<double>(place));
  }
  return kendall_tau_b(merit, accuracy) - kendall_tau_b(small_loss, accuracy);
}

Claim foretells(const Item& item, const std::string& data, double epoch, const Runs& runs) {
  Claim claim{"4.3",
              fmt::format("table4, {}: at epoch {:g} slope, then height, order the networks better "
                          "than the loss does",
                          data, epoch),
              "Kendall's tau with the final accuracy: indicators - validation loss (the paper's is "
              "the training loss)",
              "",
              {},
              0.0,
              ""};
  constexpr std::size_t kLeast = 4;
  std::vector<double> advantages;
  std::size_t most = 0;
  for (std::size_t seed = 0;; ++seed) {
    std::vector<Early> networks;
    for (const Row& row : item.rows) {
      if (row.data() == data && seed < runs.of(row).size()) {
        if (const std::optional<Early> network = early(row, *runs.of(row)[seed], epoch)) {
          networks.push_back(*network);
        }
      }
    }
    most = std::max(most, networks.size());
    if (networks.size() < std::max(most, kLeast)) {
      break;  // a seed that not all networks have
    }
    if (const double value = advantage(networks); std::isfinite(value)) {
      advantages.push_back(value);
    }
  }
  set_effect_over_seeds(claim, advantages);
  claim.detail = most < kLeast ? fmt::format("{} networks were run, {} are needed", most, kLeast)
                 : advantages.empty() ? std::string("all networks are tied in one of the orders")
                                      : fmt::format("{} networks", most);
  return claim;
}

}  // namespace

std::vector<Claim> test_paths(const std::vector<Item>& items, const Runs& runs) {
  std::vector<Claim> claims;
  const Item* item = find_item(items, "table4");
  if (item == nullptr) {
    item = find_item(items, "fig4");
  }
  if (item == nullptr) {
    return claims;
  }
  for (const std::string& data : item->data_sets()) {
    claims.push_back(fully_connected_less_convolutional(
        *item, data, runs, "CNNs have a smaller slope after the transition than FCs",
        "mean slope of FCs - of CNNs, of those with a second phase in every run", slope_of));
    claims.push_back(fully_connected_less_convolutional(
        *item, data, runs, "CNNs know less of the labels at the transition than FCs",
        "mean I(T;Y) at the transition of FCs - of CNNs, bit", height_of));
  }
  claims.push_back(which_compress(*item, runs));
  for (const std::string& data : item->data_sets()) {
    for (const double epoch : {5.0, 10.0, 20.0}) {
      claims.push_back(foretells(*item, data, epoch, runs));
    }
  }
  return claims;
}

}  // namespace infoplane::paper
