#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace infoplane::bench {

/// The state of a network's logits decides how many cells of the joint table are hit and how often
/// one cell is hit twice in a row, and with them how fast counting goes.
///
/// bench/peers/states.py draws the same values, bit for bit: uniform Philox floats, additions and
/// multiplications only. (The tests draw theirs apart, in tests/support/logits.h: edges of bins and
/// invalid values, which no benchmark wants.)
enum class LogitState {
  kFresh,        ///< "fresh": small and uninformative, as before training
  kHalfTrained,  ///< "half-trained": the label's logit stands out, not always
  kCollapsed,    ///< "collapsed": one-hot, wrong in a row of 16: a few cells take everything
  kOneCell,      ///< "one-cell": every row has the same symbol and the same label
  kTies,         ///< "ties": three different values, so that many logits are equal
  kSaturated,    ///< "saturated": collapsed, and so far apart that exponentials are zero
  kSpread        ///< "spread": about four classes share a row, so that of many most rows differ
};

/// In the order of the enumeration.
const std::vector<std::string>& logit_state_names();

/// Throws UsageError, with the nearest known name, for an unknown one.
LogitState logit_state(const std::string& name);

struct Logits {
  std::vector<float> values;         ///< [N, C]
  std::vector<std::int32_t> labels;  ///< [N]
};

Logits draw_logits(LogitState state, std::int64_t rows, int classes);

}  // namespace infoplane::bench
