#pragma once

#include <cstdint>
#include <vector>

namespace infoplane::test {

/// Activations [N, K] and labels [N] drawn from Philox, so that anyone can draw them again.
struct ActivationRows {
  std::vector<float> values;
  std::vector<std::int32_t> labels;

  std::int64_t rows() const { return static_cast<std::int64_t>(labels.size()); }
};

enum class ActivationState {
  kSpread,     ///< uniform over [-1, 1]: in wide layers every row has a tuple of its own
  kSaturated,  ///< nearly all at -1 or 1, and rows repeat
  kOneUnit,    ///< rows that differ in one unit alone, the last one or another
  kEdges,      ///< on the edges of B intervals of [-1, 1], and a float beside them
  kHostile     ///< NaN, infinities, denormals, values outside, labels out of range
};

inline constexpr ActivationState kActivationStates[] = {
    ActivationState::kSpread, ActivationState::kSaturated, ActivationState::kOneUnit,
    ActivationState::kEdges, ActivationState::kHostile};

ActivationRows make_activations(ActivationState state, std::int64_t rows, int units, int bins,
                                int classes, std::uint64_t seed);

}  // namespace infoplane::test
