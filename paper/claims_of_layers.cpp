#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "analysis/block_bootstrap.h"
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

/// The mean of paths, sample by sample as far as all go.
std::vector<PathPoint> mean_path(const std::vector<const std::vector<PathPoint>*>& paths) {
  std::vector<PathPoint> mean = *paths.front();
  for (const std::vector<PathPoint>* path : paths) {
    mean.resize(std::min(mean.size(), path->size()));
  }
  for (std::size_t i = 0; i < mean.size(); ++i) {
    double sum = 0.0;
    for (const std::vector<PathPoint>* path : paths) {
      sum += (*path)[i].i_xt_bits;
    }
    mean[i].i_xt_bits = sum / static_cast<double>(paths.size());
  }
  return mean;
}

/// How much I(X;T) has fallen at the end since its largest smoothed value. Of the mean path: that
/// of a single one is never negative and takes its noise for a fall.
double fall_bits(const std::vector<const std::vector<PathPoint>*>& paths) {
  const Phases phases = find_phases(mean_path(paths), {PhaseRule{}.window, 0.0});
  return phases.transition.i_xt_bits - phases.convergence.i_xt_bits;
}

Claim layer_compresses(const Row& row, std::size_t layer,
                       const std::vector<std::vector<PathPoint>>& initialisations) {
  constexpr std::uint32_t kRepeats = 200;
  constexpr std::uint64_t kSeed = 1;
  const PhaseRule rule;
  Claim claim{
      "1",
      fmt::format("fig1, {}: hidden layer {} compresses, by more than {} bit", row.name, layer,
                  rule.min_drop_bits),
      "bits that I(X;T), its mean over initialisations, falls from its largest value to the "
      "end",
      "95% over initialisations (bootstrap)",
      {},
      rule.min_drop_bits,
      fmt::format("{} initialisations", initialisations.size())};
  if (initialisations.size() < 2) {
    return claim;
  }
  std::vector<const std::vector<PathPoint>*> paths;
  for (const std::vector<PathPoint>& path : initialisations) {
    paths.push_back(&path);
  }
  std::vector<double> resampled;
  for (std::uint32_t repeat = 0; repeat < kRepeats; ++repeat) {
    std::vector<const std::vector<PathPoint>*> drawn;
    for (const std::size_t i : resample_blocks(paths.size(), 1, kSeed, repeat)) {
      drawn.push_back(paths[i]);
    }
    resampled.push_back(fall_bits(drawn));
  }
  const ResampledInterval interval = interval_of(resampled);
  claim.effect = {fall_bits(paths), interval.low, interval.high};
  return claim;
}

std::vector<Claim> layers_compress(const Row& row, const Runs& runs) {
  std::vector<std::vector<std::vector<PathPoint>>> layers;  // by layer and initialisation
  for (const TracedRun* run : runs.of(row)) {
    const SplitRecord* split = run->record.find(row.split);
    if (split == nullptr || split->layer_rows.empty()) {
      continue;
    }
    std::vector<std::vector<PathPoint>> paths = layer_paths(*split);
    layers.resize(paths.size());
    for (std::size_t i = 0; i < paths.size(); ++i) {
      layers[i].push_back(std::move(paths[i]));
    }
  }
  std::vector<Claim> claims;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    claims.push_back(layer_compresses(row, i + 1, layers[i]));
  }
  if (claims.empty()) {
    claims.push_back(layer_compresses(row, 1, {}));
    claims.back().detail.clear();
  }
  return claims;
}

}  // namespace

std::vector<Claim> test_layers(const std::vector<Item>& items, const Runs& runs) {
  std::vector<Claim> claims;
  if (const Item* item = find_item(items, "fig1")) {
    for (const Row& row : item->rows) {
      const std::vector<Claim> of_row = layers_compress(row, runs);
      claims.insert(claims.end(), of_row.begin(), of_row.end());
    }
  }
  return claims;
}

}  // namespace infoplane::paper
