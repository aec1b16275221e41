#include "cpu/touched_symbols.h"

#include <bit>
#include <cstring>

#include "cpu/simd.h"

namespace infoplane::cpu {

static_assert(kSymbolsAWord == 32);
static_assert(std::endian::native == std::endian::little);  // for pairs of words

// Nearly all symbols of a table stay untouched, so eight words are looked at at a time; where marks
// are, they lie at random, so the first four of two words are written without a branch on how many
// there are.
INFOPLANE_CPU_CLONES
std::size_t find_touched(const std::uint32_t* marks, std::int64_t& first, std::int64_t last,
                         std::uint32_t* symbols) {
  constexpr std::int64_t kPairs = 4;
  constexpr std::int64_t kWords = 2 * kPairs;
  constexpr std::size_t kMostOfWords = kWords * kSymbolsAWord;
  constexpr std::uint64_t kEnd = std::uint64_t{1} << 63;  // there is always a bit to be found
  static_assert(kStepSymbols >= kMostOfWords && kFoundSlack == 4);
  std::size_t size = 0;
  std::int64_t word = first;
  for (; word + kWords <= last && size + kMostOfWords <= kStepSymbols; word += kWords) {
    std::uint64_t pairs[kPairs];
    std::memcpy(pairs, marks + word, sizeof pairs);
    if ((pairs[0] | pairs[1] | pairs[2] | pairs[3]) == 0) {
      continue;
    }
    for (std::int64_t i = 0; i < kPairs; ++i) {
      std::uint64_t left = pairs[i];
      const auto base = static_cast<std::uint32_t>((word + 2 * i) * kSymbolsAWord);
      std::uint32_t* next = symbols + size;
      size += static_cast<std::size_t>(__builtin_popcountll(left));
      for (std::size_t written = 0; written < kFoundSlack; ++written) {
        *next++ = base + static_cast<std::uint32_t>(__builtin_ctzll(left | kEnd));
        left &= left - 1;
      }
      for (; left != 0; left &= left - 1) {
        *next++ = base + static_cast<std::uint32_t>(__builtin_ctzll(left));
      }
    }
  }
  for (; word < last && word + kWords > last && size + kSymbolsAWord <= kStepSymbols; ++word) {
    for (std::uint32_t left = marks[word]; left != 0; left &= left - 1) {
      symbols[size++] = static_cast<std::uint32_t>(word * kSymbolsAWord + __builtin_ctz(left));
    }
  }
  first = word;
  return size;
}

}  // namespace infoplane::cpu
