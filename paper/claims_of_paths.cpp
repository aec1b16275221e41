#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <optional>

#include "analysis/interval.h"
#include "analysis/phases.h"
#include "analysis/rank_correlation.h"
#include "analysis/ranking.h"
#include "paper/cells.h"
#include "paper/claims.h"
#include "paper/published.h"

namespace infoplane::paper {
namespace {

bool is_convolutional(const Row& row) { return row.name.rfind("cnn", 0) == 0; }

/// What is measured of a path; none where the path has it not.
using OfPhases = std::optional<double> (*)(const Phases& phases);

std::optional<double> slope_of(const Phases& phases) { return phases.slope; }
std::optional<double> height_of(const Phases& phases) {
  return phases.compresses ? std::optional(phases.transition.i_ty_bits) : std::nullopt;
}
/// The share of the epochs that lie behind the transition.
std::optional<double> time_of(const Phases& phases) {
  return phases.compresses ? std::optional(1.0 - phases.transition.epoch / phases.convergence.epoch)
                           : std::nullopt;
}

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
  claim.interval =
      (seeds.size() == 1 ? std::string("one run") : claim.interval) + ", " + kNineRules;
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

/// The bits of I(T;Y) that each run of a row loses under a reading between the points of its own
/// path; empty where one of them has no second phase or not that reading.
std::vector<double> lost_i_ty(const Row& row, const Runs& runs, const std::string& reading,
                              const PhaseRule& rule) {
  std::vector<double> values;
  for (const TracedRun* run : runs.of(row)) {
    const Trace* trace = run->find(row.split);
    const Trace* read = run->find(row.split, reading);
    const Phases phases = trace == nullptr ? Phases() : find_phases(trace->path(), rule);
    if (read == nullptr || !phases.compresses) {
      return {};
    }
    values.push_back(read->nearest(phases.transition.epoch).i_ty_bits -
                     read->nearest(phases.convergence.epoch).i_ty_bits);
  }
  return values;
}

/// Why it could not be measured.
std::string why_no_loss(const Row& row, const Runs& runs) {
  const std::string why = why_not_measured(row, runs);
  return why.empty() ? "no second phase, or no readings, in one of its runs" : why;
}

Claim loses_i_ty(const Row& row, const Runs& runs) {
  Claim claim{"4.2", fmt::format("table4, {}: I(T;Y) falls in the second phase", row.name),
              "bits that it falls from the transition to the end"};
  set_effect_over_rules(claim,
                        [&](const PhaseRule& rule) { return lost_i_ty(row, runs, "paper", rule); });
  std::vector<std::string> shuffled;
  for (const double bits : lost_i_ty(row, runs, "shuffled_labels", {})) {
    shuffled.push_back(fmt::format("shuffled labels: {:+.3f}", bits));
  }
  claim.detail =
      claim.effect ? fmt::format("{}", fmt::join(shuffled, "; ")) : why_no_loss(row, runs);
  return claim;
}

/// Which of the estimators is right is not known, so that all have to say so: the interval goes
/// from the least to the most over them.
Claim loses_corrected_i_ty(const Row& row, const Runs& runs) {
  constexpr const char* kEstimators[] = {"miller_madow", "grassberger2003", "chao_shen",
                                         "jackknife"};
  Claim claim{
      "beyond",
      fmt::format("table4, {}: I(T;Y) corrected for its bias falls in the second phase", row.name),
      "bits that it falls from the transition to the end, the mean of four estimators"};
  std::vector<std::string> means;
  Effect all{0.0, Cell::kNone, Cell::kNone};
  for (const char* estimator : kEstimators) {
    claim.effect.reset();
    set_effect_over_rules(
        claim, [&](const PhaseRule& rule) { return lost_i_ty(row, runs, estimator, rule); });
    if (!claim.effect) {
      claim.detail = why_no_loss(row, runs);
      return claim;
    }
    means.push_back(fmt::format("{} {:+.3f}", estimator, claim.effect->value));
    all.value += claim.effect->value / static_cast<double>(std::size(kEstimators));
    all.low = std::fmin(all.low, claim.effect->low);
    all.high = std::fmax(all.high, claim.effect->high);
  }
  claim.effect = all;
  claim.interval += " and four estimators";
  claim.detail = fmt::format("{}", fmt::join(means, "; "));
  return claim;
}

/// The runs of a network of Table 4, and those with another number of phases than the paper's.
struct Standing {
  std::size_t runs = 0;
  std::size_t otherwise = 0;
};

Standing standing(const Row& row, const Runs& runs, const PhaseRule& rule) {
  const bool two_phases = *published_two_phases(row.name);
  Standing result;
  for (const TracedRun* run : runs.of(row)) {
    if (const Trace* trace = run->find(row.split)) {
      ++result.runs;
      result.otherwise += find_phases(trace->path(), rule).compresses == two_phases ? 0 : 1;
    }
  }
  return result;
}

/// A network supports the claim, or speaks against it, with kLeastSeeds runs that all stand alike
/// under all rules. The interval reaches from those that do not support it to those that speak
/// against it, so that the claim holds when all twelve do, and fails with one.
Claim which_compress(const Item& item, const Runs& runs) {
  Claim claim{"4.2", "table4: FC-3, CNN-2 and CNN-4 on CIFAR-10 have one phase, all others two",
              "networks with a run that has otherwise, as a negative number"};
  claim.interval =
      "from the networks that do not have it so, in three runs or more and under nine rules, to "
      "those that have it otherwise in all of them";
  claim.holds_above = -0.5;
  std::vector<std::string> otherwise;
  std::vector<std::string> missing;
  Effect effect;
  std::size_t most_runs = 0;
  std::size_t all_runs = 0;
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
      std::size_t least = usual.otherwise;
      std::size_t most = usual.otherwise;
      for (const PhaseRule& rule : rules_around({})) {
        const std::size_t under_rule = standing(*row, runs, rule).otherwise;
        least = std::min(least, under_rule);
        most = std::max(most, under_rule);
      }
      all_runs += usual.runs;
      most_runs = std::max(most_runs, usual.runs);
      effect.value -= usual.otherwise > 0 ? 1.0 : 0.0;
      effect.low -= usual.runs >= kLeastSeeds && most == 0 ? 0.0 : 1.0;
      effect.high -= usual.runs >= kLeastSeeds && least == usual.runs ? 1.0 : 0.0;
      if (most > 0) {
        otherwise.push_back(fmt::format("{} in {} to {} of {}", name, least, most, usual.runs));
      }
    }
  }
  if (all_runs == 0) {
    return claim;
  }
  claim.effect = effect;
  claim.has_too_few_runs = most_runs < kLeastSeeds;
  claim.is_partial = !missing.empty() && effect.high > claim.holds_above;  // one is enough to fail
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

/// The networks of a data set that have come to an epoch.
struct EarlyNetworks {
  std::size_t most = 0;                   ///< of one seed
  std::vector<std::vector<Early>> seeds;  ///< as far as each has all of these; none if too few
};

EarlyNetworks early_networks(const Item& item, const std::string& data, double epoch,
                             const Runs& runs, const PhaseRule& rule) {
  EarlyNetworks result;
  std::vector<std::vector<Early>>& seeds = result.seeds;
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
    result.most = std::max(result.most, networks.size());
    if (networks.size() < std::max(result.most, kLeastNetworks)) {
      return result;
    }
    seeds.push_back(std::move(networks));
  }
}

/// The advantage in each seed, its mean over moments of the epoch that ends there: single samples
/// of a path and of the loss jump about by as much as networks differ.
std::vector<double> advantages_by(const Item& item, const std::string& data, double epoch,
                                  const Runs& runs, const PhaseRule& rule) {
  constexpr int kMoments = 8;
  std::vector<std::vector<double>> of_seeds;
  for (int moment = 0; moment < kMoments; ++moment) {
    const std::vector<std::vector<Early>> seeds =
        early_networks(item, data, epoch - static_cast<double>(moment) / kMoments, runs, rule)
            .seeds;
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
  set_effect_over_rules(
      claim, [&](const PhaseRule& rule) { return advantages_by(item, data, epoch, runs, rule); });
  const std::size_t networks = early_networks(item, data, epoch, runs, {}).most;
  claim.detail = networks < kLeastNetworks
                     ? fmt::format("{} networks have come to epoch {:g}, {} are needed", networks,
                                   epoch, kLeastNetworks)
                 : claim.effect ? fmt::format("{} networks", networks)
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
      claims.push_back(loses_corrected_i_ty(row, runs));
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
