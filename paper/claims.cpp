#include "paper/claims.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "analysis/block_bootstrap.h"
#include "analysis/interval.h"
#include "paper/cells.h"

namespace infoplane::paper {
namespace {

/// With fewer pairs than this a share of them says nothing.
constexpr std::int64_t kLeastInversions = 100;

constexpr char kBlocks[] = "95% over blocks of time of the one run; seeds differ by more";

/// The fewest inversions of a row's runs; none without a run.
std::optional<std::int64_t> fewest_inversions(const Row& row, const Runs& runs) {
  std::optional<std::int64_t> fewest;
  for (const TracedRun* run : runs.of(row)) {
    if (const Trace* trace = run->find(row.split)) {
      const std::int64_t count = trace->first(row.samples).inversions().inversions;
      fewest = std::min(fewest.value_or(count), count);
    }
  }
  return fewest;
}

/// Takes the effect away when one of the rows has too few inversions.
void require_inversions(Claim& claim, const std::vector<const Row*>& rows, const Runs& runs) {
  for (const Row* row : rows) {
    const std::optional<std::int64_t> fewest = fewest_inversions(*row, runs);
    if (claim.effect && fewest && *fewest < kLeastInversions) {
      claim.effect.reset();
      claim.detail =
          fmt::format("{}: {} inversions, {} are needed", row->name, *fewest, kLeastInversions);
    }
  }
}

/// A quantity of each run, or of one run as it is and resampled.
struct Spread {
  std::vector<double> seeds;
  std::vector<double> resampled;
};

/// The percentages of a row's runs; of a single run, also resampled.
Spread percentages(const Row& row, const Runs& runs) {
  Spread spread;
  std::optional<Trace> last;
  for (const TracedRun* run : runs.of(row)) {
    if (const Trace* trace = run->find(row.split)) {
      last = trace->first(row.samples);
      spread.seeds.push_back(last->inversions().percentage());
    }
  }
  if (spread.seeds.size() == 1) {
    spread.resampled = resampled_percentages(*last);
  }
  return spread;
}

/// Of both, pair by pair as far as both go. Two single runs share their draws only when they are
/// equally long; pairing is harmless otherwise, since runs are independent.
template <typename Function>
Spread pairwise(const Spread& a, const Spread& b, const Function& function) {
  const auto of_pairs = [&](const std::vector<double>& x, const std::vector<double>& y) {
    std::vector<double> result(std::min(x.size(), y.size()));
    std::transform(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(result.size()), y.begin(),
                   result.begin(), function);
    return result;
  };
  return {of_pairs(a.seeds, b.seeds), of_pairs(a.resampled, b.resampled)};
}

/// One less the other.
Spread operator-(const Spread& a, const Spread& b) { return pairwise(a, b, std::minus<>()); }

void set_effect(Claim& claim, const Spread& spread) {
  if (spread.seeds.size() == 1 && !spread.resampled.empty()) {
    const ResampledInterval interval = interval_of(spread.resampled);
    claim.interval = kBlocks;
    claim.effect = {spread.seeds.front(), interval.low, interval.high};
    claim.is_one_run = true;
  } else {
    set_effect_over_seeds(claim, spread.seeds);
  }
  if (claim.effect && !std::isfinite(claim.effect->value)) {
    claim.effect.reset();
    claim.detail = "nothing is inverted";
  }
}

std::string joined(const std::string& text, const std::string& more) {
  return text.empty() ? more : text + "; " + more;
}

/// The share that a run's must pass to say something: one half, what I(X;T) gives when it is moved
/// in time, and what a straight line in time gives in its place.
double share_of_drifts(const Trace& trace) {
  return std::max({0.5, moved_control(trace).high, straight_share(trace)});
}

Claim beyond_drifts(const Item& item, const Row& row, const Runs& runs) {
  Claim claim{
      "4.1",
      fmt::format("{}, {}: lower I(X;T) goes with higher accuracy, beyond what a drift gives",
                  item.name, row.name),
      "percentage - the largest of 1/2, the upper end of I(X;T) moved in time, a straight "
      "line in its place",
      "",
      {},
      0.0,
      ""};
  claim.item = item.name;
  claim.row = row.name;
  claim.is_one_sided = true;
  Spread spread;
  for (const TracedRun* run : runs.of(row)) {
    const Trace* all = run->find(row.split);
    if (all == nullptr) {
      continue;
    }
    const Trace trace = all->first(row.samples);
    const double drifts = share_of_drifts(trace);
    const double share = trace.inversions().percentage();
    spread.seeds.push_back(share - drifts);
    claim.detail = joined(claim.detail, fmt::format("{:.3f} less {:.3f}", share, drifts));
    if (const Trace* shuffled = run->find(row.split, "shuffled_labels")) {
      claim.detail += fmt::format(", shuffled labels give {:.3f}",
                                  shuffled->first(row.samples).inversions().percentage());
    }
    if (runs.of(row).size() == 1) {
      spread.resampled = resampled_percentages(trace);
      std::for_each(spread.resampled.begin(), spread.resampled.end(),
                    [drifts](double& value) { value -= drifts; });
    }
  }
  set_effect(claim, spread);
  require_inversions(claim, {&row}, runs);
  return claim;
}

const Row* find_row(const Item& item, const std::string& name) {
  const auto found = std::find_if(item.rows.begin(), item.rows.end(),
                                  [&](const Row& row) { return row.name == name; });
  return found == item.rows.end() ? nullptr : &*found;
}

/// The smaller of two, pair by pair as far as both go.
Spread smaller(const Spread& a, const Spread& b) {
  return pairwise(a, b, [](double x, double y) { return std::min(x, y); });
}

/// From each network that was run to the next deeper one.
Claim deeper_is_higher(const Item& item, const Runs& runs) {
  Claim claim{"4.1",
              "table2: the percentage grows with the number of layers",
              "smallest step from one network that was run to the next deeper one",
              "",
              {},
              0.0,
              ""};
  std::vector<const Row*> rows;
  std::vector<Spread> spreads;
  std::optional<Spread> least;
  for (const Row& row : item.rows) {
    const Spread spread = percentages(row, runs);
    if (spread.seeds.empty()) {
      claim.detail = joined(claim.detail, row.name + " not run");
      continue;
    }
    if (!spreads.empty()) {
      const Spread step = spread - spreads.back();
      least = least ? smaller(*least, step) : step;
    }
    rows.push_back(&row);
    spreads.push_back(spread);
    claim.detail =
        joined(claim.detail, fmt::format("{} {:.3f}", row.name, mean_interval(spread.seeds).mean));
  }
  if (least) {
    set_effect(claim, *least);
    require_inversions(claim, rows, runs);
  }
  return claim;
}

Claim sgd_above_bgd(const Item& item, const std::string& model, const Runs& runs) {
  Claim claim{"4.1",       "table1, " + model + ": SGD has a higher percentage than BGD",
              "SGD - BGD", "",
              {},          0.0,
              ""};
  const Row* sgd = find_row(item, model + " sgd");
  const Row* bgd = find_row(item, model + " bgd");
  for (const Row* row : {sgd, bgd}) {
    if (row == nullptr || runs.of(*row).empty()) {
      claim.detail =
          joined(claim.detail, row == nullptr ? "a row was left out" : row->name + " not run");
    }
  }
  if (claim.detail.empty()) {
    set_effect(claim, percentages(*sgd, runs) - percentages(*bgd, runs));
    require_inversions(claim, {sgd, bgd}, runs);
  }
  return claim;
}

}  // namespace

void set_effect_over_seeds(Claim& claim, const std::vector<double>& seeds) {
  if (seeds.size() >= 2) {
    const MeanInterval interval = mean_interval(seeds);
    claim.interval = fmt::format("95% over {} seeds (Student's t)", seeds.size());
    claim.effect = {interval.mean, interval.mean - interval.half_width,
                    interval.mean + interval.half_width};
  } else if (seeds.size() == 1) {
    claim.interval = "one run, no interval";
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    claim.effect = {seeds.front(), kNone, kNone};
    claim.is_one_run = true;
  }
}

Claim::Verdict Claim::verdict() const {
  if (!effect) {
    return Verdict::kNotTested;
  }
  if (is_one_run) {
    return Verdict::kOneRun;
  }
  if (effect->low > holds_above) {
    return Verdict::kHolds;
  }
  return effect->high < holds_above && !is_one_sided ? Verdict::kFails : Verdict::kUndecided;
}

const char* to_string(Claim::Verdict verdict) {
  switch (verdict) {
    case Claim::Verdict::kHolds: return "holds";
    case Claim::Verdict::kFails: return "does not hold";
    case Claim::Verdict::kUndecided: return "undecided";
    case Claim::Verdict::kOneRun: return "one run";
    case Claim::Verdict::kNotTested: return "not tested";
  }
  return "";
}

const Item* find_item(const std::vector<Item>& items, const std::string& name) {
  const auto found =
      std::find_if(items.begin(), items.end(), [&](const Item& item) { return item.name == name; });
  return found == items.end() ? nullptr : &*found;
}

std::vector<Claim> test_percentages(const std::vector<Item>& items, const Runs& runs) {
  std::vector<Claim> claims;
  for (const char* name : {"table1", "table2", "table3"}) {
    const Item* item = find_item(items, name);
    if (item == nullptr) {
      continue;
    }
    for (const Row& row : item->rows) {
      claims.push_back(beyond_drifts(*item, row, runs));
    }
    if (item->name == "table1") {
      claims.push_back(sgd_above_bgd(*item, "cnn-9", runs));
      claims.push_back(sgd_above_bgd(*item, "linear", runs));
    }
    if (item->name == "table2") {
      claims.push_back(deeper_is_higher(*item, runs));
    }
  }
  return claims;
}

std::vector<Claim> test_claims(const std::vector<Item>& items, const Runs& runs) {
  std::vector<Claim> claims = test_layers(items, runs);
  for (const std::vector<Claim>& more :
       {test_percentages(items, runs), test_paths(items, runs), test_classes(items, runs)}) {
    claims.insert(claims.end(), more.begin(), more.end());
  }
  for (Claim& claim : claims) {
    if (!claim.effect && claim.detail.empty()) {
      claim.detail = "not run";
    }
  }
  return claims;
}

}  // namespace infoplane::paper
