#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/rng.h"

namespace infoplane {

/// Shuffles by Fisher and Yates. A place is the high word of a 64-bit draw times the number of
/// places: uniform to less than N / 2^64.
template <typename T>
void permute(const RandomStream& random, std::vector<T>& values) {
  for (std::uint64_t last = values.size(); last > 1; --last) {
    const PhiloxWords words = random.block(last);
    const std::uint64_t draw = std::uint64_t{words.word[0]} << 32 | words.word[1];
    const auto place =
        static_cast<std::uint64_t>((static_cast<unsigned __int128>(draw) * last) >> 64);
    std::swap(values[last - 1], values[place]);
  }
}

}  // namespace infoplane
