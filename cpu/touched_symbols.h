#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/joint_counts.h"

namespace infoplane::cpu {

/// Words of marks that a thread takes at a time, where several share a table.
constexpr std::int64_t kPieceWords = 256;

/// Symbols of one step of for_touched_symbols, at most.
constexpr std::size_t kStepSymbols = 1024;

/// Writes the marked symbols of `marks` from word `first` on, in order, to `symbols`, until word
/// `last` or until the next might be more than kStepSymbols; `first` is then the word to go on
/// with. Returns how many. What is behind them, up to kFoundSlack symbols, is overwritten.
constexpr std::size_t kFoundSlack = 4;
std::size_t find_touched(const std::uint32_t* marks, std::int64_t& first, std::int64_t last,
                         std::uint32_t* symbols);

/// Calls visit(symbols), a std::span<const std::uint32_t>, step by step for all marked symbols of
/// the words of marks [first, last), in order. Takes memory from the stack alone.
template <class Visit>
void for_touched_symbols(const JointCountsView& table, std::int64_t first, std::int64_t last,
                         const Visit& visit) {
  std::array<std::uint32_t, kStepSymbols + kFoundSlack> symbols;
  while (first < last) {
    const std::size_t found = find_touched(table.touched, first, last, symbols.data());
    visit(std::span<const std::uint32_t>(symbols.data(), found));
  }
}

}  // namespace infoplane::cpu
