#pragma once

// The symbols that most rows fall into, numbered without gaps, so that a block can keep counters of
// its own for them.
//
// A fresh network's probabilities are all near 1/C, so that its bins are zeros and ones when B is
// about C; a trained network's symbols have one or two bins that are not zero. For C = B = 10 these
// are 3,374 slots, beside 184,756 symbols. Both ways are arithmetic: a slot comes of what a thread
// knows of its row, and the symbol of a slot is known without a table, so that the joint table
// itself, n(t, y) by rank, stays as it is for everyone else.

#include <cstdint>

#include "core/hd.h"
#include "core/joint_counts.h"

namespace infoplane::cuda {

/// Classes whose set fits a word of bits.
constexpr int kMostHotClasses = 32;

/// Which symbols are hot, in the order of their slots: tuples of zeros and ones by the set of their
/// ones; tuples with at most one non-zero bin; tuples with two, of which the first is that of the
/// largest logit. A tuple may have several slots, a slot has one tuple.
struct HotCells {
  std::int32_t symbols = 0;  ///< slots
  std::int32_t ones = 0;     ///< slots of tuples of zeros and ones: 2^C, or 0 where they have none
  bool pairs = false;        ///< whether tuples with two non-zero bins have slots
  bool whole = false;        ///< every symbol is hot, its slot is its rank
};

/// What a thread knows of its row's symbol.
struct RowSymbol {
  std::uint32_t rank = 0;
  std::uint32_t nonzero = 0;  ///< the set of classes with a bin that is not zero
  int sum = 0;                ///< of the bins
  int argmax = 0;             ///< the class of the largest logit, which has the largest bin
  int largest = 0;            ///< its bin
};

/// Two bins a >= b >= 1 with a sum of at most B: floor(B^2 / 4) of them, numbered by their sum s,
/// which floor((s - 1)^2 / 4) come before, then by b.
INFOPLANE_HD int bin_pairs(int bins) { return bins * bins / 4; }
INFOPLANE_HD int bin_pairs_before(int sum) { return (sum - 1) * (sum - 1) / 4; }

/// The most symbols of the three kinds whose counters for each of the classes fit `bytes`.
inline HotCells choose_hot_cells(int classes, int bins, std::int64_t symbols, std::int64_t bytes) {
  const std::int64_t room = bytes / (std::int64_t{sizeof(std::uint32_t)} * classes);
  if (symbols <= room) {
    return {static_cast<std::int32_t>(symbols), 0, false, true};
  }
  constexpr int kMostOnes = 12;
  const std::int64_t ones = classes <= kMostOnes ? std::int64_t{1} << classes : 0;
  const std::int64_t singles = std::int64_t{classes} * bins;
  const std::int64_t pairs = std::int64_t{classes} * (classes - 1) * bin_pairs(bins);
  const auto chosen = [](std::int64_t all, std::int64_t with_ones, bool with_pairs) {
    return HotCells{static_cast<std::int32_t>(all), static_cast<std::int32_t>(with_ones),
                    with_pairs, false};
  };
  if (ones + singles + pairs <= room) {
    return chosen(ones + singles + pairs, ones, true);
  }
  if (singles + pairs <= room) {
    return chosen(singles + pairs, 0, true);
  }
  if (ones + singles <= room) {
    return chosen(ones + singles, ones, false);
  }
  return singles <= room ? chosen(singles, 0, false) : HotCells{};
}

constexpr int kColdSlot = -1;

/// The slot of a row's symbol, or kColdSlot.
INFOPLANE_HD int hot_slot(const HotCells& hot, int classes, int bins, const RowSymbol& row) {
  if (hot.whole) {
    return static_cast<int>(row.rank);
  }
  if (row.largest <= 1 && hot.ones > 0) {
    return static_cast<int>(row.nonzero);
  }
  const std::uint32_t others = row.nonzero & ~(std::uint32_t{1} << row.argmax);
  if (others == 0) {
    return hot.ones + row.argmax * bins + row.largest;
  }
  if (!hot.pairs || (others & (others - 1)) != 0) {
    return kColdSlot;
  }
  int other = -1;  // the number of the one bit that is set
#if defined(__CUDA_ARCH__)
  other = 31 - __clz(static_cast<int>(others));
#else
  other = 31 - __builtin_clz(others);
#endif
  const int pair = row.argmax * (classes - 1) + other - (other > row.argmax ? 1 : 0);
  const int smaller = row.sum - row.largest;
  return hot.ones + classes * bins + pair * bin_pairs(bins) + bin_pairs_before(row.sum) + smaller -
         1;
}

/// The rank of a slot's tuple; `ranks` as JointCountsView has them.
INFOPLANE_HD std::uint32_t hot_rank(const HotCells& hot, int classes, int bins,
                                    const std::uint32_t* ranks, int slot) {
  if (hot.whole) {
    return static_cast<std::uint32_t>(slot);
  }
  std::uint32_t ones = 0;
  int first = 0;
  int second = 0;
  int first_bin = 0;
  int second_bin = 0;
  if (slot < hot.ones) {
    ones = static_cast<std::uint32_t>(slot);
  } else if (slot < hot.ones + classes * bins) {
    first = (slot - hot.ones) / bins;
    first_bin = (slot - hot.ones) % bins;
  } else {
    const int index = slot - hot.ones - classes * bins;
    const int pair = index / bin_pairs(bins);
    const int bin_pair = index % bin_pairs(bins);
    first = pair / (classes - 1);
    second = pair % (classes - 1);
    second += second >= first ? 1 : 0;
    int sum = 2;
    while (bin_pairs_before(sum + 1) <= bin_pair) {
      ++sum;
    }
    second_bin = bin_pair - bin_pairs_before(sum) + 1;
    first_bin = sum - second_bin;
  }
  SymbolRank symbol(ranks, bins);
  for (int c = 0; c < classes; ++c) {
    int bin = static_cast<int>((ones >> c) & 1u);
    bin += c == first ? first_bin : 0;
    bin += c == second ? second_bin : 0;
    symbol.push(bin);
  }
  return symbol.rank();
}

}  // namespace infoplane::cuda
