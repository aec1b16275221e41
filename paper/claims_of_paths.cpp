#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>
#include <set>

#include "analysis/interval.h"
#include "analysis/phases.h"
#include "analysis/rank_correlation.h"
#include "analysis/ranking.h"
#include "paper/claims.h"
#include "paper/published.h"

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

constexpr char kRules[] =
    "least and most over nine rules (window 1, 5, 15; drop 0.125, 0.25, 0.5 bit)";

/// Sets the effect from one value a seed, and the interval from the least end of a rule's interval
/// to the most: a verdict is one under all rules. A rule under which fewer seeds can be measured
/// shows no effect.
void set_effect_over_rules(Claim& claim,
                           const std::function<std::vector<double>(const PhaseRule&)>& seeds_of) {
  const std::vector<double> seeds = seeds_of({});
  set_effect_over_seeds(claim, seeds);
  if (!claim.effect) {
    return;
  }
  claim.interval = (claim.is_one_run ? std::string("one run") : claim.interval) + ", " + kRules;
  for (const PhaseRule& rule : rules_around({})) {
    Claim under = claim;
    under.effect = {claim.holds_above, claim.holds_above, claim.holds_above};
    if (const std::vector<double> others = seeds_of(rule); others.size() >= seeds.size()) {
      set_effect_over_seeds(under, others);
    }
    // Of a single seed there are no ends, and std::fmin and std::fmax leave them out.
    claim.effect->low =
        std::fmin(claim.effect->low, std::fmin(under.effect->low, under.effect->value));
    claim.effect->high =
        std::fmax(claim.effect->high, std::fmax(under.effect->high, under.effect->value));
  }
}

/// The measure of each run of a row; empty where one of them has it not.
std::vector<double> of_runs(const Row& row, const Runs& runs, OfPhases measure,
                            const PhaseRule& rule) {
  std::vector<double> values;
  for (const TracedRun* run : runs.of(row)) {
    const Trace* trace = run->find(row.split);
    const std::optional<double> value =
        trace == nullptr ? std::nullopt : measure(find_phases(trace->path(), rule));
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
std::vector<double> differences(const Item& item, const std::string& data, const Runs& runs,
                                OfPhases measure, const PhaseRule& rule) {
  std::vector<double> sums[2];
  double networks[2] = {0.0, 0.0};
  std::size_t seeds = std::numeric_limits<std::size_t>::max();
  for (const Row& row : item.rows) {
    const std::vector<double> values =
        row.data() == data ? of_runs(row, runs, measure, rule) : std::vector<double>();
    if (values.empty()) {
      continue;
    }
    std::vector<double>& sum = sums[is_convolutional(row) ? 1 : 0];
    sum.resize(std::max(sum.size(), values.size()));
    std::transform(values.begin(), values.end(), sum.begin(), sum.begin(), std::plus<>());
    networks[is_convolutional(row) ? 1 : 0] += 1.0;
    seeds = std::min(seeds, values.size());
  }
  std::vector<double> result;
  if (networks[0] > 0.0 && networks[1] > 0.0) {
    for (std::size_t seed = 0; seed < seeds; ++seed) {
      result.push_back(sums[0][seed] / networks[0] - sums[1][seed] / networks[1]);
    }
  }
  return result;
}

Claim fully_connected_less_convolutional(const Item& item, const std::string& data,
                                         const Runs& runs, const std::string& statement,
                                         const std::string& measure, OfPhases of_phases) {
  Claim claim{"4.2", fmt::format("table4, {}: {}", data, statement), measure, "", {}, 0.0, ""};
  for (const Row& row : item.rows) {
    if (row.data() == data && !runs.of(row).empty()) {
      const std::vector<double> values = of_runs(row, runs, of_phases, {});
      claim.detail +=
          fmt::format("{}{} {}", claim.detail.empty() ? "" : "; ", row.name,
                      values.empty() ? "none" : fmt::format("{:.3f}", mean_interval(values).mean));
    }
  }
  set_effect_over_rules(
      claim, [&](const PhaseRule& rule) { return differences(item, data, runs, of_phases, rule); });
  return claim;
}

/// A network of Table 4: its runs, and those that have as many phases as the paper says it has not.
struct Standing {
  std::string row;
  int runs = 0;
  int otherwise = 0;
};

std::vector<Standing> standings(const Item& item, const Runs& runs, const PhaseRule& rule) {
  std::vector<Standing> result;
  for (const Row& row : item.rows) {
    if (!published("table4", row.name, Quantity::kTransitionIty)) {
      continue;
    }
    Standing standing{row.name};
    for (const TracedRun* run : runs.of(row)) {
      if (const Trace* trace = run->find(row.split)) {
        ++standing.runs;
        standing.otherwise += find_phases(trace->path(), rule).compresses ==
                                      (kWithoutCompression.count(row.name) == 0)
                                  ? 0
                                  : 1;
      }
    }
    if (standing.runs > 0) {
      result.push_back(standing);
    }
  }
  return result;
}

int sum_of(const std::vector<Standing>& networks, int Standing::*of) {
  return std::accumulate(networks.begin(), networks.end(), 0,
                         [&](int sum, const Standing& network) { return sum + network.*of; });
}

/// Whether it rests on single runs: of each network that stands otherwise, or, where none does, of
/// one of the three that the claim names.
bool rests_on_one_run(const std::vector<Standing>& networks) {
  std::vector<int> named;
  std::vector<int> otherwise;
  for (const Standing& network : networks) {
    if (kWithoutCompression.count(network.row) > 0) {
      named.push_back(network.runs);
    }
    if (network.otherwise > 0) {
      otherwise.push_back(network.runs);
    }
  }
  return otherwise.empty() ? *std::min_element(named.begin(), named.end()) == 1
                           : *std::max_element(otherwise.begin(), otherwise.end()) == 1;
}

/// Not tested before all three networks that it names were run.
Claim which_compress(const Item& item, const Runs& runs) {
  Claim claim{"4.2",
              "table4: FC-3, CNN-2 and CNN-4 on CIFAR-10 have one phase, all others two",
              "runs that have otherwise, as a negative number",
              kRules,
              {},
              -0.5,
              ""};
  const std::vector<Standing> networks = standings(item, runs, {});
  std::vector<std::string> missing;
  for (const std::string& name : kWithoutCompression) {
    if (std::none_of(networks.begin(), networks.end(),
                     [&](const Standing& network) { return network.row == name; })) {
      missing.push_back(name + " not run");
    }
  }
  if (!missing.empty()) {
    claim.detail = fmt::format("{}", fmt::join(missing, "; "));
    return claim;
  }
  std::vector<std::string> otherwise;
  for (const Standing& network : networks) {
    if (network.otherwise > 0) {
      otherwise.push_back(
          fmt::format("{} in {} of {}", network.row, network.otherwise, network.runs));
    }
  }
  claim.detail = fmt::format("{} runs{}{}", sum_of(networks, &Standing::runs),
                             otherwise.empty() ? "" : "; otherwise: ", fmt::join(otherwise, ", "));
  claim.is_one_run = rests_on_one_run(networks);
  const auto effect_of = [](const std::vector<Standing>& under_rule) {
    return static_cast<double>(-sum_of(under_rule, &Standing::otherwise));
  };
  const double value = effect_of(networks);
  claim.effect = {value, value, value};
  for (const PhaseRule& rule : rules_around({})) {
    const double under_rule = effect_of(standings(item, runs, rule));
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

std::optional<Early> early(const Row& row, const TracedRun& run, double epoch,
                           const PhaseRule& rule) {
  const SplitRecord* split = run.record.find(row.split);
  if (split == nullptr || split->rows.empty() || split->rows.back().epoch < epoch) {
    return std::nullopt;
  }
  std::vector<PathPoint> path;
  double loss = 0.0;
  for (const TraceRow& sample : split->rows) {
    const PathPoint point{sample.epoch, sample.i_xt_bits, sample.i_ty_bits, sample.accuracy};
    if (sample.epoch <= epoch && is_finite(point)) {
      path.push_back(point);
      loss = sample.loss_nats;
    }
  }
  if (path.empty()) {
    return std::nullopt;
  }
  return Early{find_phases(path, rule), loss, split->rows.back().accuracy};
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

constexpr std::size_t kLeastNetworks = 4;

/// The networks of a data set at an epoch, by seed as far as all of them have one; none where they
/// are too few.
std::vector<std::vector<Early>> early_networks(const Item& item, const std::string& data,
                                               double epoch, const Runs& runs,
                                               const PhaseRule& rule, std::size_t* most) {
  std::vector<std::vector<Early>> seeds;
  *most = 0;
  for (;;) {
    std::vector<Early> networks;
    for (const Row& row : item.rows) {
      if (row.data() == data && seeds.size() < runs.of(row).size()) {
        if (const std::optional<Early> network =
                early(row, *runs.of(row)[seeds.size()], epoch, rule)) {
          networks.push_back(*network);
        }
      }
    }
    *most = std::max(*most, networks.size());
    if (networks.size() < std::max(*most, kLeastNetworks)) {
      return seeds;
    }
    seeds.push_back(std::move(networks));
  }
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
  std::size_t most = 0;
  set_effect_over_rules(claim, [&](const PhaseRule& rule) {
    std::vector<double> advantages;
    for (const std::vector<Early>& networks :
         early_networks(item, data, epoch, runs, rule, &most)) {
      if (const double value = advantage(networks); std::isfinite(value)) {
        advantages.push_back(value);
      }
    }
    return advantages;
  });
  claim.detail = most < kLeastNetworks
                     ? fmt::format("{} networks were run, {} are needed", most, kLeastNetworks)
                 : claim.effect ? fmt::format("{} networks", most)
                                : std::string("all networks are tied in one of the orders");
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
