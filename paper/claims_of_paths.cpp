#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "analysis/block_bootstrap.h"
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

/// "mnist" of "fc-3 mnist".
std::string data_of(const Row& row) { return row.name.substr(row.name.find(' ') + 1); }

std::vector<std::string> data_sets(const Item& item) {
  std::vector<std::string> names;
  for (const Row& row : item.rows) {
    if (std::find(names.begin(), names.end(), data_of(row)) == names.end()) {
      names.push_back(data_of(row));
    }
  }
  return names;
}

const Trace* first_trace(const Row& row, const Runs& runs) {
  const std::vector<const TracedRun*>& traced = runs.of(row);
  return traced.empty() ? nullptr : traced.front()->find(row.split);
}

/// The mean slope after the transition of the convolutional networks less that of the others, over
/// those that have one; NaN where either kind has none. `path_of` gives a row's path.
template <class PathOf>
double slope_difference(const std::vector<const Row*>& rows, const PathOf& path_of) {
  double sum[2] = {0.0, 0.0};
  int count[2] = {0, 0};
  for (const Row* row : rows) {
    if (const Phases phases = find_phases(path_of(*row), {}); phases.slope) {
      sum[is_convolutional(*row) ? 1 : 0] += *phases.slope;
      ++count[is_convolutional(*row) ? 1 : 0];
    }
  }
  return sum[1] / count[1] - sum[0] / count[0];  // 0 / 0 is NaN
}

/// The path of a run whose rows were drawn in blocks of time, put in order again.
std::vector<PathPoint> resampled_path(const Trace& trace, std::uint32_t repeat) {
  std::vector<std::size_t> rows =
      resample_blocks(trace.size(), block_size(trace.size()), 1, repeat);
  std::sort(rows.begin(), rows.end());
  return trace.rows(rows).path();
}

Claim smaller_slope(const Item& item, const std::string& data, const Runs& runs) {
  constexpr std::uint32_t kRepeats = 200;
  Claim claim{"4.2",
              "table4, " + data + ": CNNs have a smaller slope after the transition than FCs",
              "mean slope of FCs - of CNNs, of those with a second phase",
              "95% over blocks of time of one run each",
              {},
              0.0,
              ""};
  std::vector<const Row*> rows;
  for (const Row& row : item.rows) {
    if (data_of(row) == data && first_trace(row, runs) != nullptr) {
      rows.push_back(&row);
      const std::optional<double> slope = find_phases(first_trace(row, runs)->path(), {}).slope;
      claim.detail += fmt::format("{}{} {}", claim.detail.empty() ? "" : "; ", row.name,
                                  slope ? fmt::format("{:.3f}", *slope) : "none");
    }
  }
  const double difference =
      slope_difference(rows, [&](const Row& row) { return first_trace(row, runs)->path(); });
  if (!std::isfinite(difference)) {
    return claim;
  }
  std::vector<double> resampled;
  for (std::uint32_t repeat = 0; repeat < kRepeats; ++repeat) {
    resampled.push_back(-slope_difference(
        rows, [&](const Row& row) { return resampled_path(*first_trace(row, runs), repeat); }));
  }
  const ResampledInterval interval = interval_of(resampled);
  claim.effect = {-difference, interval.low, interval.high};
  return claim;
}

Claim which_compress(const Item& item, const Runs& runs) {
  Claim claim{"4.2",
              "table4: all on MNIST, and FC-6, FC-9 and CNN-6 on CIFAR-10, have a second phase; "
              "FC-3, CNN-2 and CNN-4 have none",
              "share of the networks of which this is so - 1/2",
              "least and most over nine rules (window 1, 5, 15; drop 0.125, 0.25, 0.5 bit)",
              {},
              0.0,
              ""};
  const auto share = [&](const PhaseRule& rule, std::string* others) {
    double agree = 0.0;
    double all = 0.0;
    for (const Row& row : item.rows) {
      const Trace* trace = first_trace(row, runs);
      if (trace == nullptr || !published("table4", row.name, Quantity::kTransitionIty)) {
        continue;
      }
      const bool is_so =
          find_phases(trace->path(), rule).compresses == (kWithoutCompression.count(row.name) == 0);
      agree += is_so ? 1.0 : 0.0;
      all += 1.0;
      if (!is_so && others != nullptr) {
        *others += (others->empty() ? "otherwise: " : ", ") + row.name;
      }
    }
    return agree / all - 0.5;
  };
  const double value = share({}, &claim.detail);
  if (!std::isfinite(value)) {
    claim.detail = "";
    return claim;
  }
  claim.effect = {value, value, value};
  for (const PhaseRule& rule : rules_around({})) {
    claim.effect->low = std::min(claim.effect->low, share(rule, nullptr));
    claim.effect->high = std::max(claim.effect->high, share(rule, nullptr));
  }
  return claim;
}

/// A network as it stood at an epoch.
struct Early {
  Phases phases;
  double loss_nats;
  double final_accuracy;
};

std::optional<Early> early(const Row& row, const Runs& runs, double epoch) {
  const std::vector<const TracedRun*>& traced = runs.of(row);
  const SplitRecord* split = traced.empty() ? nullptr : traced.front()->record.find(row.split);
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
              fmt::format("table4, {}: at epoch {:g} the two indicators order the networks better "
                          "than the loss does",
                          data, epoch),
              "Kendall's tau with the final accuracy: indicators - validation loss",
              "least and most with one network left out",
              {},
              0.0,
              ""};
  std::vector<Early> networks;
  for (const Row& row : item.rows) {
    if (const std::optional<Early> network =
            data_of(row) == data ? early(row, runs, epoch) : std::nullopt) {
      networks.push_back(*network);
    }
  }
  constexpr std::size_t kLeast = 4;
  if (networks.size() < kLeast) {
    claim.detail = fmt::format("{} networks were run, {} are needed", networks.size(), kLeast);
    return claim;
  }
  const double value = advantage(networks);
  if (!std::isfinite(value)) {
    claim.detail = "all networks are tied in one of the orders";
    return claim;
  }
  claim.effect = {value, value, value};
  for (std::size_t i = 0; i < networks.size(); ++i) {
    std::vector<Early> others = networks;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
    if (const double without = advantage(others); std::isfinite(without)) {
      claim.effect->low = std::min(claim.effect->low, without);
      claim.effect->high = std::max(claim.effect->high, without);
    }
  }
  claim.detail = fmt::format("{} networks", networks.size());
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
  for (const std::string& data : data_sets(*item)) {
    claims.push_back(smaller_slope(*item, data, runs));
  }
  claims.push_back(which_compress(*item, runs));
  for (const std::string& data : data_sets(*item)) {
    for (const double epoch : {5.0, 10.0, 20.0}) {
      claims.push_back(foretells(*item, data, epoch, runs));
    }
  }
  return claims;
}

}  // namespace infoplane::paper
