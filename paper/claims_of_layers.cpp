#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "analysis/block_bootstrap.h"
#include "analysis/moving_mean.h"
#include "analysis/phases.h"
#include "paper/cells.h"
#include "paper/claims.h"

namespace infoplane::paper {
namespace {

/// I(X;T) of a layer, sample by sample.
using LayerPath = std::vector<double>;

/// The paths of a run's hidden layers, in the order of the file.
std::vector<LayerPath> layer_paths(const SplitRecord& split) {
  std::vector<std::string> names;
  std::map<std::string, LayerPath> paths;
  for (const LayerRow& row : split.layer_rows) {
    if (paths.count(row.layer) == 0) {
      names.push_back(row.layer);
    }
    paths[row.layer].push_back(row.i_xt_bits);
  }
  std::vector<LayerPath> in_order;
  for (const std::string& name : names) {
    in_order.push_back(paths[name]);
  }
  return in_order;
}

/// The mean of paths, sample by sample as far as all go.
LayerPath mean_path(const std::vector<const LayerPath*>& paths) {
  LayerPath mean = *paths.front();
  for (const LayerPath* path : paths) {
    mean.resize(std::min(mean.size(), path->size()));
  }
  for (std::size_t i = 0; i < mean.size(); ++i) {
    double sum = 0.0;
    for (const LayerPath* path : paths) {
      sum += (*path)[i];
    }
    mean[i] = sum / static_cast<double>(paths.size());
  }
  return mean;
}

/// How much I(X;T) of the mean path has fallen at the end since its largest smoothed value. Never
/// negative: of a single path its noise is a fall, too.
double fall_bits(const std::vector<const LayerPath*>& paths, int window) {
  const LayerPath smooth = moving_mean(mean_path(paths), window);
  return *std::max_element(smooth.begin(), smooth.end()) - smooth.back();
}

/// The initialisations whose own path falls so much.
std::int64_t falling(const std::vector<const LayerPath*>& paths, const PhaseRule& rule) {
  return std::count_if(paths.begin(), paths.end(), [&](const LayerPath* path) {
    return fall_bits({path}, rule.window) >= rule.min_drop_bits;
  });
}

/// Of the mean path, in which those that rise cancel those that fall.
Claim layer_compresses(const Row& row, std::size_t layer,
                       const std::vector<LayerPath>& initialisations, double ceiling_bits) {
  constexpr std::uint32_t kRepeats = 200;
  constexpr std::uint64_t kSeed = 1;
  const double least = PhaseRule().min_drop_bits;
  Claim claim{
      row.name == "relu" ? "beyond" : "1",  // the paper's Figure 1 is of tanh
      fmt::format("fig1, {}: the mean path of hidden layer {} compresses", row.name, layer),
      "bits that I(X;T), its mean over initialisations, falls from its largest value to the end, "
      "less the least that counts",
      fmt::format("95% over initialisations (bootstrap), {}", kNineRules)};
  claim.detail = fmt::format("{} initialisations", initialisations.size());
  if (initialisations.size() < 2) {
    return claim;
  }
  std::vector<const LayerPath*> paths;
  for (const LayerPath& path : initialisations) {
    paths.push_back(&path);
  }
  const LayerPath mean = mean_path(paths);
  if (*std::min_element(mean.begin(), mean.end()) >= ceiling_bits - least) {
    claim.detail = fmt::format(
        "not measurable: from first to last sample within {} bit of log2 N = {:.2f}, where all "
        "inputs have bins of their own",
        least, ceiling_bits);
    return claim;
  }
  const auto interval_under = [&](const PhaseRule& rule) {
    std::vector<double> resampled;
    for (std::uint32_t repeat = 0; repeat < kRepeats; ++repeat) {
      std::vector<const LayerPath*> drawn;
      for (const std::size_t i : resample_blocks(paths.size(), 1, kSeed, repeat)) {
        drawn.push_back(paths[i]);
      }
      resampled.push_back(fall_bits(drawn, rule.window) - rule.min_drop_bits);
    }
    return interval_of(resampled);
  };
  const ResampledInterval usual = interval_under({});
  const double fall = fall_bits(paths, PhaseRule().window);
  claim.effect = {fall - least, usual.low, usual.high};
  claim.has_too_few_runs = initialisations.size() < kLeastSeeds;
  claim.detail = fmt::format(
      "falls by {:.3f} bit ({:.3f} to {:.3f} under the usual rule); {} of {} fall by {} bit "
      "or more themselves",
      fall, usual.low + least, usual.high + least, falling(paths, {}), claim.detail, least);
  for (const PhaseRule& rule : rules_around({})) {
    const ResampledInterval interval = interval_under(rule);
    claim.effect->low = std::min(claim.effect->low, interval.low);
    claim.effect->high = std::max(claim.effect->high, interval.high);
  }
  return claim;
}

/// log2 N of a run's last sample; infinite where the file does not say N.
double ceiling_bits(const SplitRecord& split) {
  const std::int64_t n = split.rows.empty() ? 0 : split.rows.back().n;
  return n > 0 ? std::log2(static_cast<double>(n)) : std::numeric_limits<double>::infinity();
}

std::vector<Claim> layers_compress(const Row& row, const Runs& runs) {
  std::vector<std::vector<LayerPath>> layers;  // by layer and initialisation
  double ceiling = 0.0;
  for (const TracedRun* run : runs.of(row)) {
    const SplitRecord* split = run->record.find(row.split);
    if (split == nullptr || split->layer_rows.empty()) {
      continue;
    }
    std::vector<LayerPath> paths = layer_paths(*split);
    layers.resize(paths.size());
    for (std::size_t i = 0; i < paths.size(); ++i) {
      layers[i].push_back(std::move(paths[i]));
    }
    ceiling = ceiling_bits(*split);
  }
  std::vector<Claim> claims;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    claims.push_back(layer_compresses(row, i + 1, layers[i], ceiling));
  }
  if (claims.empty()) {
    claims.push_back(layer_compresses(row, 1, {}, ceiling));
    const std::string why = why_not_measured(row, runs);
    claims.back().detail = why.empty() ? "its runs have no samples of layers" : why;
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
