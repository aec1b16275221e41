#pragma once

#include <optional>
#include <string>
#include <vector>

#include "paper/experiments.h"
#include "paper/published.h"
#include "paper/runs.h"

namespace infoplane::paper {

/// How large something is, with what its interval is over in Claim::interval.
struct Effect {
  double value = 0.0;
  double low = 0.0;  ///< this and the next: NaN where there is no interval
  double high = 0.0;
};

/// Something the paper says, held against runs.
struct Claim {
  enum class Verdict {
    kHolds,       ///< the whole interval is on the paper's side
    kFails,       ///< the whole interval is on the other
    kUndecided,   ///< it has both in it
    kTooFewRuns,  ///< less than kLeastSeeds: what another seed would give is not known
    kPartial,     ///< of some of the networks that it is about; `detail` says which are missing
    kNotTested,   ///< no runs that it could be tested on
  };

  std::string section;        ///< of the paper; "beyond": it is ours
  std::string statement;      ///< in our words
  std::string measure;        ///< what the effect is
  std::string interval = {};  ///< what it is over: seeds, blocks of time, rules, permutations
  std::optional<Effect> effect = {};
  double holds_above = 0.0;  ///< effects above this are the paper's side
  std::string detail = {};   ///< numbers behind it
  /// Of the number that it is about, where it is of one: "table1", "cnn-9 sgd".
  std::string item = {};
  std::string row = {};
  Quantity quantity = Quantity::kPercentage;
  bool has_too_few_runs = false;
  /// An effect on the other side shows nothing: what it is held against is the most that it may be.
  bool is_one_sided = false;
  bool is_partial = false;  ///< not all networks were run

  Verdict verdict() const;
};

const char* to_string(Claim::Verdict verdict);

/// Sets effect and interval from one value a seed; of a single one there is no interval.
void set_effect_over_seeds(Claim& claim, const std::vector<double>& seeds);

/// What an interval is over, too, where it goes from the least end under a rule to the most.
inline constexpr char kNineRules[] =
    "least and most over nine rules (window 1, 5, 15; drop 0.125, 0.25, 0.5 bit)";

/// All claims about these items.
std::vector<Claim> test_claims(const std::vector<Item>& items, const Runs& runs);

/// Section 1, after Shwartz-Ziv and Tishby: the hidden layers of Figure 1.
std::vector<Claim> test_layers(const std::vector<Item>& items, const Runs& runs);
/// Section 4.1: percentages of inversions.
std::vector<Claim> test_percentages(const std::vector<Item>& items, const Runs& runs);
/// Sections 4.2 and 4.3: phases of Table 4's networks, and what they foretell.
std::vector<Claim> test_paths(const std::vector<Item>& items, const Runs& runs);
/// Section 4.4: single classes.
std::vector<Claim> test_classes(const std::vector<Item>& items, const Runs& runs);

/// Null when it is not among the items.
const Item* find_item(const std::vector<Item>& items, const std::string& name);

}  // namespace infoplane::paper
