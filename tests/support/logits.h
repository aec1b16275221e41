#pragma once

#include <cstdint>
#include <vector>

namespace infoplane::test {

/// Logits [N, C] and labels [N] drawn from Philox, so that anyone can draw them again.
struct LogitRows {
  std::vector<float> logits;
  std::vector<std::int32_t> labels;

  std::int64_t rows() const { return static_cast<std::int64_t>(labels.size()); }
};

enum class LogitState {
  kFresh,      ///< small and uninformative, as before training
  kTrained,    ///< the label's logit stands out, not always
  kCollapsed,  ///< nearly one-hot
  kTies,       ///< few different values: many equal logits
  kEdges,      ///< logarithms of k / B: probabilities at the edges of bins
  kSaturated,  ///< collapsed, and so far apart that exponentials are zero
  kHostile     ///< -inf, NaN, +inf, denormal and huge logits, labels out of range: in few enough
               ///< classes and rows that most can be counted
};

inline constexpr LogitState kLogitStates[] = {
    LogitState::kFresh, LogitState::kTrained,   LogitState::kCollapsed, LogitState::kTies,
    LogitState::kEdges, LogitState::kSaturated, LogitState::kHostile};

LogitRows make_logits(LogitState state, std::int64_t rows, int classes, int bins,
                      std::uint64_t seed);

}  // namespace infoplane::test
