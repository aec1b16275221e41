#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "core/joint_counts.h"

namespace infoplane::cpu {

/// Words of marks that a thread takes at a time, where several share a table.
constexpr std::int64_t kPieceWords = 256;

/// The marked symbols of the words of marks [first, last), in order.
///
/// Nearly all symbols of a table stay untouched, so eight words are looked at at a time; where
/// marks are, they lie at random, so a word's first four are written without a branch on how many
/// it has.
inline std::vector<std::uint32_t> touched_symbols(const JointCountsView& table, std::int64_t first,
                                                  std::int64_t last) {
  constexpr std::int64_t kStep = 8;
  constexpr std::size_t kWritten = 4;
  std::vector<std::uint32_t> symbols;
  std::size_t size = 0;
  const auto write_symbols = [&](std::int64_t begin, std::int64_t end) {
    if (symbols.size() < size + kStep * kSymbolsAWord) {
      symbols.resize(2 * symbols.size() + kStep * kSymbolsAWord);
    }
    for (std::int64_t w = begin; w < end; ++w) {
      std::uint32_t marks = table.touched[w];
      const auto base = static_cast<std::uint32_t>(w * kSymbolsAWord);
      std::uint32_t* next = symbols.data() + size;
      for (std::size_t i = 0; i < kWritten; ++i) {
        next[i] = base + static_cast<std::uint32_t>(std::countr_zero(marks));
        size += marks != 0 ? 1 : 0;
        marks &= marks - 1;
      }
      for (; marks != 0; marks &= marks - 1) {
        symbols[size++] = base + static_cast<std::uint32_t>(std::countr_zero(marks));
      }
    }
  };
  std::int64_t word = first;
  for (; word + kStep <= last; word += kStep) {
    std::uint32_t any = 0;
    for (std::int64_t i = 0; i < kStep; ++i) {
      any |= table.touched[word + i];
    }
    if (any != 0) {
      write_symbols(word, word + kStep);
    }
  }
  write_symbols(word, last);
  symbols.resize(size);
  return symbols;
}

}  // namespace infoplane::cpu
