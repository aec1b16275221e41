#include "analysis/ranking.h"

#include <limits>
#include <utility>

namespace infoplane {
namespace {

/// Places by keys of which the smallest is the best.
template <class Key>
std::vector<int> places_of(const std::vector<Key>& keys) {
  std::vector<int> places;
  for (const Key& key : keys) {
    int better = 0;
    for (const Key& other : keys) {
      better += other < key ? 1 : 0;
    }
    places.push_back(1 + better);
  }
  return places;
}

}  // namespace

Ranking rank_models(std::span<const Phases> models) {
  std::vector<std::pair<double, double>> both;
  std::vector<double> heights;
  std::vector<double> slopes;
  for (const Phases& model : models) {
    slopes.push_back(model.slope.value_or(std::numeric_limits<double>::infinity()));
    heights.push_back(-model.transition.i_ty_bits);
    both.emplace_back(slopes.back(), heights.back());
  }
  return {places_of(both), places_of(heights), places_of(slopes)};
}

}  // namespace infoplane
