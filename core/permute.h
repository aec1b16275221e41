#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/rng.h"

namespace infoplane {

/// A place in [0, places), the high word of a 64-bit draw times their number: uniform to less than
/// places / 2^64. `block` numbers the draws of the stream.
inline std::uint64_t draw_place(const RandomStream& random, std::uint64_t block,
                                std::uint64_t places) {
  const PhiloxWords words = random.block(block);
  const std::uint64_t draw = std::uint64_t{words.word[0]} << 32 | words.word[1];
  return static_cast<std::uint64_t>((static_cast<unsigned __int128>(draw) * places) >> 64);
}

/// Shuffles by Fisher and Yates.
template <typename T>
void permute(const RandomStream& random, std::vector<T>& values) {
  for (std::uint64_t last = values.size(); last > 1; --last) {
    std::swap(values[last - 1], values[draw_place(random, last, last)]);
  }
}

}  // namespace infoplane
