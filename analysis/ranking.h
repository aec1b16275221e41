#pragma once

#include <span>
#include <vector>

#include "analysis/phases.h"

namespace infoplane {

/// Places of models, from 1 for the best; equal models share the better place.
struct Ranking {
  std::vector<int> places;   ///< by both indicators, as the rule below says
  std::vector<int> heights;  ///< by I(T;Y) at the transition alone, the highest first
  std::vector<int> slopes;  ///< by the slope alone, the smallest first; those without share the end
};

/// Orders models by the paper's two indicators (section 4.2). The paper names no way to combine
/// them; its own comparisons (sections 4.2 and 4.3) go by the slope, and hold that a model without
/// a second phase generalises badly. Hence the rule:
///
///   models with a second phase come first, the smallest (most negative) slope before the others,
///   and between equal slopes the higher transition; models without one follow, the higher first.
///
/// On the paper's Table 4 for CIFAR-10 it puts CNN-4, which has no second phase and the second best
/// accuracy, in place 4 of 6.
Ranking rank_models(std::span<const Phases> models);

}  // namespace infoplane
