#include "cpu/touched_symbols.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/values.h"

namespace infoplane::test {
namespace {

/// The symbols that words [first, last) of marks are of, bit by bit.
std::vector<std::uint32_t> naive(const std::vector<std::uint32_t>& marks, std::int64_t first,
                                 std::int64_t last) {
  std::vector<std::uint32_t> symbols;
  for (std::int64_t symbol = 32 * first; symbol < 32 * last; ++symbol) {
    if ((marks[static_cast<std::size_t>(symbol / 32)] >> symbol % 32 & 1) != 0) {
      symbols.push_back(static_cast<std::uint32_t>(symbol));
    }
  }
  return symbols;
}

TEST(TouchedSymbols, AreThoseMarkedInOrder) {
  for (const int of_32 : {0, 1, 2, 5, 31, 32}) {  // marked ones
    for (const std::int64_t words : {1, 7, 8, 9, 16, 31, 33, 300}) {
      std::vector<std::uint32_t> marks(static_cast<std::size_t>(words));
      const std::vector<std::int32_t> drawn = random_integers(32 * words, 7, 32);
      for (std::size_t i = 0; i < drawn.size(); ++i) {
        marks[i / 32] |= (drawn[i] < of_32 ? 1u : 0u) << i % 32;
      }
      JointCountsView table;
      table.touched = marks.data();
      for (const std::int64_t first : {std::int64_t{0}, words / 3}) {
        std::vector<std::uint32_t> symbols;
        cpu::for_touched_symbols(table, first, words, [&](std::span<const std::uint32_t> step) {
          EXPECT_LE(step.size(), cpu::kStepSymbols);
          symbols.insert(symbols.end(), step.begin(), step.end());
        });
        EXPECT_EQ(symbols, naive(marks, first, words)) << of_32 << " of 32, " << words << " words";
      }
    }
  }
}

}  // namespace
}  // namespace infoplane::test
