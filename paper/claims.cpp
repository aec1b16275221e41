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

constexpr char kBlocks[] = "95% over blocks of time of the one run; it says nothing of other seeds";

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
    claim.has_too_few_runs = true;
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

/// Each value less what `of` gives of its run: of a single run, its resampled values less the same.
Spread less(const Spread& spread, const std::vector<double>& of) {
  Spread result = pairwise(spread, {of, {}}, std::minus<>());
  if (of.size() == 1) {
    result.resampled = spread.resampled;
    std::for_each(result.resampled.begin(), result.resampled.end(),
                  [&](double& value) { value -= of.front(); });
  }
  return result;
}

/// The claims of a row: that its share lies above one half, as the paper says, and, as ours, above
/// what drifts give.
std::vector<Claim> claims_of_row(const Item& item, const Row& row, const Runs& runs) {
  const std::string name = item.name + ", " + row.name;
  Claim above_half{"4.1", name + ": lower I(X;T) goes with higher accuracy", "percentage - 1/2"};
  Claim above_drifts{"beyond",
                     name + ": beyond what a drift gives, lower I(X;T) goes with higher accuracy",
                     "percentage - the larger of the upper end of I(X;T) moved in time and the "
                     "best line that turns at most once in its place"};
  above_drifts.quantity = Quantity::kBeyondDrifts;
  above_drifts.is_one_sided = true;
  for (Claim* claim : {&above_half, &above_drifts}) {
    claim->item = item.name;
    claim->row = row.name;
  }
  for (const std::string& why :
       {why_not_measured(row, runs), why_too_short(item, row, runs.of(row))}) {
    if (!why.empty()) {
      above_half.detail = above_drifts.detail = why;
      return {above_half, above_drifts};
    }
  }
  std::vector<double> drifts;
  for (const TracedRun* run : runs.of(row)) {
    const Trace* trace = run->find(row.split);
    if (trace == nullptr) {
      continue;
    }
    const Trace first = trace->first(row.samples);
    drifts.push_back(first.drifts().largest());
    above_drifts.detail =
        joined(above_drifts.detail,
               fmt::format("{:.3f} less {:.3f}", first.inversions().percentage(), drifts.back()));
    if (const Trace* shuffled = run->find(row.split, "shuffled_labels")) {
      const Inversions inversions = shuffled->first(row.samples).inversions();
      above_half.detail = joined(above_half.detail, inversions.inversions > 0
                                                        ? fmt::format("shuffled labels give {:.3f}",
                                                                      inversions.percentage())
                                                        : "shuffled labels invert nothing");
    }
  }
  const Spread shares = percentages(row, runs);
  set_effect(above_half, less(shares, std::vector<double>(drifts.size(), 0.5)));
  set_effect(above_drifts, less(shares, drifts));
  for (Claim* claim : {&above_half, &above_drifts}) {
    require_inversions(*claim, {&row}, runs);
  }
  return {above_half, above_drifts};
}

const Row* find_row(const Item& item, const std::string& name) {
  const auto found = std::find_if(item.rows.begin(), item.rows.end(),
                                  [&](const Row& row) { return row.name == name; });
  return found == item.rows.end() ? nullptr : &*found;
}

/// That one row's percentage lies above another's.
Claim row_is_higher(const Item& item, const std::string& higher, const std::string& lower,
                    const Runs& runs) {
  Claim claim{"4.1",
              fmt::format("{}: {} has a higher percentage than {}", item.name, higher, lower),
              fmt::format("{} - {}", higher, lower)};
  const std::vector<const Row*> rows = {find_row(item, higher), find_row(item, lower)};
  for (const Row* row : rows) {
    const std::string why =
        row == nullptr ? std::string("a row was left out") : why_not_measured(*row, runs);
    if (!why.empty()) {
      claim.detail = joined(claim.detail, row == nullptr ? why : row->name + ": " + why);
    }
  }
  if (claim.detail.empty()) {
    set_effect(claim, percentages(*rows[0], runs) - percentages(*rows[1], runs));
    require_inversions(claim, rows, runs);
  }
  return claim;
}

}  // namespace

void set_effect_over_seeds(Claim& claim, const std::vector<double>& seeds) {
  claim.has_too_few_runs = seeds.size() < kLeastSeeds;
  if (seeds.size() >= 2) {
    const MeanInterval interval = mean_interval(seeds);
    claim.interval = fmt::format("95% over {} seeds (Student's t)", seeds.size());
    claim.effect = {interval.mean, interval.mean - interval.half_width,
                    interval.mean + interval.half_width};
  } else if (seeds.size() == 1) {
    claim.interval = "one run, no interval";
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    claim.effect = {seeds.front(), kNone, kNone};
  }
}

Claim::Verdict Claim::verdict() const {
  if (!effect) {
    return Verdict::kNotTested;
  }
  if (is_partial) {
    return Verdict::kPartial;
  }
  if (has_too_few_runs) {
    return Verdict::kTooFewRuns;
  }
  constexpr double kRounding = 1e-9;  // of sums that are zero
  if (effect->low > holds_above + kRounding) {
    return Verdict::kHolds;
  }
  return effect->high < holds_above - kRounding && !is_one_sided ? Verdict::kFails
                                                                 : Verdict::kUndecided;
}

const char* to_string(Claim::Verdict verdict) {
  switch (verdict) {
    case Claim::Verdict::kHolds: return "holds";
    case Claim::Verdict::kFails: return "does not hold";
    case Claim::Verdict::kUndecided: return "undecided";
    case Claim::Verdict::kTooFewRuns: return "too few runs";
    case Claim::Verdict::kPartial: return "partial";
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
      const std::vector<Claim> of_row = claims_of_row(*item, row, runs);
      claims.insert(claims.end(), of_row.begin(), of_row.end());
    }
    if (item->name == "table1") {
      claims.push_back(row_is_higher(*item, "cnn-9 sgd", "cnn-9 bgd", runs));
      claims.push_back(row_is_higher(*item, "linear sgd", "linear bgd", runs));
    }
    if (item->name == "table2") {  // it grows with the number of layers
      for (std::size_t i = 1; i < item->rows.size(); ++i) {
        claims.push_back(row_is_higher(*item, item->rows[i].name, item->rows[i - 1].name, runs));
      }
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
