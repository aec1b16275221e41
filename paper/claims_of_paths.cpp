#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
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
std::optional<double> height_of(const Phases& phases) {
  return phases.compresses ? std::optional(phases.transition.i_ty_bits) : std::nullopt;
}
std::optional<double> lost_i_ty_of(const Phases& phases) {
  return phases.compresses
             ? std::optional(phases.transition.i_ty_bits - phases.convergence.i_ty_bits)
             : std::nullopt;
}
/// The share of the epochs that lie behind the transition.
std::optional<double> time_of(const Phases& phases) {
  return phases.compresses ? std::optional(1.0 - phases.transition.epoch / phases.convergence.epoch)
                           : std::nullopt;
}

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

/// The mean over these networks, seed by seed as far as all have one. A network counts where each
/// of its runs has the measure, so that no seed is of other networks than the next.
std::vector<double> means(const Item& item, const Runs& runs, OfPhases measure,
                          const PhaseRule& rule, const std::function<bool(const Row&)>& is_one) {
  std::vector<double> sums;
  double networks = 0.0;
  for (const Row& row : item.rows) {
    const std::vector<double> values =
        is_one(row) ? of_runs(row, runs, measure, rule) : std::vector<double>();
    if (values.empty()) {
      continue;
    }
    sums.resize(networks == 0.0 ? values.size() : std::min(sums.size(), values.size()));
    std::transform(sums.begin(), sums.end(), values.begin(), sums.begin(), std::plus<>());
    networks += 1.0;
  }
  std::for_each(sums.begin(), sums.end(), [networks](double& sum) { sum /= networks; });
  return sums;
}

/// That of fully connected networks less that of convolutional ones.
std::vector<double> differences(const Item& item, const std::string& data, const Runs& runs,
                                OfPhases measure, const PhaseRule& rule) {
  const auto mean_of = [&](bool convolutional) {
    return means(item, runs, measure, rule, [&](const Row& row) {
      return row.data() == data && is_convolutional(row) == convolutional;
    });
  };
  std::vector<double> result = mean_of(false);
  const std::vector<double> less = mean_of(true);
  result.resize(std::min(result.size(), less.size()));
  std::transform(result.begin(), result.end(), less.begin(), result.begin(), std::minus<>());
  return result;
}

/// Table 4's networks that a claim about a data set is about and that were not run, or were left
/// out.
std::vector<std::string> networks_missing(const Item& item, const std::string& data,
                                          const Runs& runs) {
  std::vector<std::string> missing;
  for (const std::string& network : table4_networks()) {
    const std::string name = fmt::format("{} {}", network, data);
    const bool is_there = std::any_of(item.rows.begin(), item.rows.end(), [&](const Row& row) {
      return row.name == name && !runs.of(row).empty();
    });
    if (!is_there) {
      missing.push_back(name);
    }
  }
  return missing;
}

/// Says so where the claim is about networks that are missing.
void require_networks(Claim& claim, const std::vector<std::string>& missing) {
  if (missing.empty()) {
    return;
  }
  claim.is_partial = true;
  claim.detail +=
      fmt::format("{}not run: {}", claim.detail.empty() ? "" : "; ", fmt::join(missing, ", "));
}

/// The measure of each network of a data set, its mean over runs.
std::string measures_text(const Item& item, const std::string& data, const Runs& runs,
                          OfPhases measure) {
  std::vector<std::string> parts;
  for (const Row& row : item.rows) {
    if (row.data() == data && !runs.of(row).empty()) {
      const std::vector<double> values = of_runs(row, runs, measure, {});
      parts.push_back(
          fmt::format("{} {}", row.name,
                      values.empty() ? "none" : fmt::format("{:.3f}", mean_interval(values).mean)));
    }
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

Claim fully_connected_less_convolutional(const Item& item, const std::string& data,
                                         const Runs& runs, const std::string& statement,
                                         const std::string& measure, OfPhases of_phases) {
  Claim claim{"4.2", fmt::format("table4, {}: {}", data, statement),
              measure + " of FCs - of CNNs, of those with a second phase in every run"};
  claim.detail = measures_text(item, data, runs, of_phases);
  set_effect_over_rules(
      claim, [&](const PhaseRule& rule) { return differences(item, data, runs, of_phases, rule); });
  require_networks(claim, networks_missing(item, data, runs));
  return claim;
}

/// Of the networks with a second phase in every run, seed by seed.
Claim most_time_behind_transition(const Item& item, const std::string& data, const Runs& runs) {
  Claim claim{
      "4.3", fmt::format("table4, {}: most of the training lies behind the transition", data),
      "mean share of the epochs behind it - 1/2, of networks with a second phase in every run"};
  claim.detail = measures_text(item, data, runs, time_of);
  set_effect_over_rules(claim, [&](const PhaseRule& rule) {
    std::vector<double> shares =
        means(item, runs, time_of, rule, [&](const Row& row) { return row.data() == data; });
    std::for_each(shares.begin(), shares.end(), [](double& share) { share -= 0.5; });
    return shares;
  });
  require_networks(claim, networks_missing(item, data, runs));
  return claim;
}

Claim loses_i_ty(const Row& row, const Runs& runs) {
  Claim claim{"4.2", fmt::format("table4, {}: I(T;Y) falls in the second phase", row.name),
              "bits that it falls from the transition to the end"};
  for (const TracedRun* run : runs.of(row)) {
    if (const Trace* shuffled = run->find(row.split, "shuffled_labels")) {
      const Phases phases = find_phases(run->find(row.split)->path(), {});
      claim.detail += fmt::format(
          "{}shuffled labels: {:+.3f}", claim.detail.empty() ? "" : "; ",
          shuffled->nearest(phases.transition.epoch).i_ty_bits - shuffled->path().back().i_ty_bits);
    }
  }
  set_effect_over_rules(
      claim, [&](const PhaseRule& rule) { return of_runs(row, runs, lost_i_ty_of, rule); });
  if (!claim.effect && !runs.of(row).empty()) {
    claim.detail = "no second phase in one of its runs";
  }
  return claim;
}

/// The runs of a network of Table 4, and those with another number of phases than the paper's.
struct Standing {
  int runs = 0;
  int otherwise = 0;
};

Standing standing(const Row& row, const Runs& runs, const PhaseRule& rule) {
  const bool two_phases = kWithoutCompression.count(row.name) == 0;
  Standing result;
  for (const TracedRun* run : runs.of(row)) {
    if (const Trace* trace = run->find(row.split)) {
      ++result.runs;
      result.otherwise += find_phases(trace->path(), rule).compresses == two_phases ? 0 : 1;
    }
  }
  return result;
}

/// A network supports the claim, or speaks against it, with two runs or more that all stand alike
/// under all rules. The interval reaches from those that do not support it to those that speak
/// against it, so that the claim holds when all twelve do, and fails with one.
Claim which_compress(const Item& item, const Runs& runs) {
  Claim claim{"4.2", "table4: FC-3, CNN-2 and CNN-4 on CIFAR-10 have one phase, all others two",
              "networks with a run that has otherwise, as a negative number"};
  claim.interval =
      "from the networks that do not have it so, in two runs or more and under nine rules, to "
      "those that have it otherwise in all of them";
  claim.holds_above = -0.5;
  std::vector<std::string> otherwise;
  std::vector<std::string> missing;
  Effect effect;
  int most_runs = 0;
  int all_runs = 0;
  for (const char* data : {"mnist", "cifar10"}) {
    for (const std::string& network : table4_networks()) {
      const std::string name = fmt::format("{} {}", network, data);
      const auto row = std::find_if(item.rows.begin(), item.rows.end(),
                                    [&](const Row& any) { return any.name == name; });
      const Standing usual = row == item.rows.end() ? Standing() : standing(*row, runs, {});
      if (usual.runs == 0) {
        missing.push_back(name);
        effect.low -= 1.0;
        continue;
      }
      int least = usual.otherwise;
      int most = usual.otherwise;
      for (const PhaseRule& rule : rules_around({})) {
        const int under_rule = standing(*row, runs, rule).otherwise;
        least = std::min(least, under_rule);
        most = std::max(most, under_rule);
      }
      all_runs += usual.runs;
      most_runs = std::max(most_runs, usual.runs);
      effect.value -= usual.otherwise > 0 ? 1.0 : 0.0;
      effect.low -= usual.runs >= 2 && most == 0 ? 0.0 : 1.0;
      effect.high -= usual.runs >= 2 && least == usual.runs ? 1.0 : 0.0;
      if (most > 0) {
        otherwise.push_back(fmt::format("{} in {} to {} of {}", name, least, most, usual.runs));
      }
    }
  }
  if (all_runs == 0) {
    return claim;
  }
  claim.effect = effect;
  claim.is_one_run = most_runs == 1;
  claim.detail = fmt::format("{} runs{}{}{}{}", all_runs,
                             otherwise.empty() ? "" : "; otherwise: ", fmt::join(otherwise, ", "),
                             missing.empty() ? "" : "; not run: ", fmt::join(missing, ", "));
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

/// The advantage in each seed, its mean over moments of the epoch that ends there: single samples
/// of a path and of the loss jump about by as much as networks differ.
std::vector<double> advantages_by(const Item& item, const std::string& data, double epoch,
                                  const Runs& runs, const PhaseRule& rule, std::size_t* most) {
  constexpr int kMoments = 8;
  std::vector<std::vector<double>> of_seeds;
  for (int moment = 0; moment < kMoments; ++moment) {
    const std::vector<std::vector<Early>> seeds = early_networks(
        item, data, epoch - static_cast<double>(moment) / kMoments, runs, rule, most);
    of_seeds.resize(std::max(of_seeds.size(), seeds.size()));
    for (std::size_t seed = 0; seed < seeds.size(); ++seed) {
      if (const double value = advantage(seeds[seed]); std::isfinite(value)) {
        of_seeds[seed].push_back(value);
      }
    }
  }
  std::vector<double> means;
  for (const std::vector<double>& values : of_seeds) {
    if (!values.empty()) {
      means.push_back(mean_interval(values).mean);
    }
  }
  return means;
}

Claim foretells(const Item& item, const std::string& data, double epoch, const Runs& runs) {
  Claim claim{"4.3",
              fmt::format("table4, {}: at epoch {:g} slope, then height, order the networks better "
                          "than the loss does",
                          data, epoch),
              "Kendall's tau with the final accuracy: indicators - validation loss (the paper's is "
              "the training loss); mean over eight moments of the epoch before"};
  std::size_t most = 0;
  set_effect_over_rules(claim, [&](const PhaseRule& rule) {
    return advantages_by(item, data, epoch, runs, rule, &most);
  });
  claim.detail = most < kLeastNetworks
                     ? fmt::format("{} networks were run, {} are needed", most, kLeastNetworks)
                 : claim.effect ? fmt::format("{} networks", most)
                                : std::string("all networks are tied in one of the orders");
  require_networks(claim, networks_missing(item, data, runs));
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
        *item, data, runs, "CNNs have a smaller slope after the transition than FCs", "mean slope",
        slope_of));
    claims.push_back(fully_connected_less_convolutional(
        *item, data, runs, "CNNs know less of the labels at the transition than FCs",
        "mean I(T;Y) at the transition, bit,", height_of));
  }
  claims.push_back(which_compress(*item, runs));
  for (const Row& row : item->rows) {
    if (row.name == "fc-6 cifar10" || row.name == "fc-9 cifar10") {
      claims.push_back(loses_i_ty(row, runs));
    }
  }
  for (const std::string& data : item->data_sets()) {
    claims.push_back(most_time_behind_transition(*item, data, runs));
    for (const double epoch : {5.0, 10.0, 20.0}) {
      claims.push_back(foretells(*item, data, epoch, runs));
    }
  }
  return claims;
}

}  // namespace infoplane::paper
