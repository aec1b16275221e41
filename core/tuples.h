#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/hashed_counts.h"
#include "core/hd.h"

/// Symbols of a hidden layer: the tuple of bins that its K activations fall into, B bins a unit.
/// Unlike the bins of a softmax output such bins have no bounded sum, so any of B^K tuples may
/// occur. Up to 2^128 of them a tuple is a number, its symbol: the bins are its digits in base B.
/// Wider tuples are kept whole (TupleStoreView) and compared whole; their symbol is the first row
/// that has them.
namespace infoplane {

/// The bins of a unit, the same for all units of a layer. Bin k holds the values from edges[k] to
/// below edges[k + 1]; the last one holds edges[B], too. A NaN has no bin.
struct TupleBins {
  std::int32_t units = 0;    ///< K
  std::int32_t bins = 0;     ///< B
  bool clamp = false;        ///< values outside go to the end bins; else their row is rejected
  std::vector<float> edges;  ///< [B + 1], ascending

  bool operator==(const TupleBins&) const = default;
};

/// B equal intervals of [low, high]; low = high is one value, in the last bin. Throws UsageError
/// when K < 1, B is not in [2, 256], or the range is not finite or upside down.
TupleBins equal_intervals(int units, int bins, float low, float high, bool clamp = false);

/// What IDNNs makes of "B intervals of [-1, 1]" (analysis/conventions.h): the B - 1 intervals
/// between B edges, rounded to float, and one bin for exactly 1. Throws UsageError as above.
TupleBins idnns_bins(int units, int bins);

/// Values from low to high, both of them in.
struct ValueRange {
  float low = 0.0f;
  float high = 0.0f;

  bool operator==(const ValueRange&) const = default;
};

/// "LO,HI": two finite numbers, the first below the second; none for any other text.
std::optional<ValueRange> parse_range(std::string_view text);

/// Whether all B^K tuples fit a number of 128 bits.
bool tuples_fit_number(int units, int bins);

/// The smallest float of interval k of B of [low, high]: at or above low + k (high - low) / B,
/// which is computed in double. A float is at or above that edge exactly when it is at or above
/// its smallest float, so comparing floats decides as comparing with the edge in double would.
INFOPLANE_HD float interval_start(float low, float high, int k, int bins) {
  const auto from = static_cast<double>(low);
  const double edge = from + (static_cast<double>(high) - from) * static_cast<double>(k) /
                                 static_cast<double>(bins);
  const auto nearest = static_cast<float>(edge);
  return static_cast<double>(nearest) < edge ? nextafterf(nearest, HUGE_VALF) : nearest;
}

/// TupleBins as an op sees them: raw memory of one device.
struct TupleBinsView {
  std::int32_t units = 0;
  std::int32_t bins = 0;
  bool clamp = false;
  const float* edges = nullptr;  ///< [B + 1]
};

/// No bin: a NaN, or a value outside a range that does not clamp.
constexpr int kNoBin = -1;

/// Finds bins. A product guesses, comparisons with the edges decide, so rounding changes nothing.
class BinFinder {
 public:
  INFOPLANE_HD explicit BinFinder(const TupleBinsView& bins)
      : edges_(bins.edges),
        bins_(bins.bins),
        clamp_(bins.clamp),
        low_(bins.edges[0]),
        high_(bins.edges[bins.bins]) {
    const float scale = static_cast<float>(bins_) / (high_ - low_);
    scale_ = scale > 0.0f && scale <= 0x1p+120f ? scale : 0.0f;  // a width of zero, or nearly so
  }

  INFOPLANE_HD int operator()(float value) const {
    if (value >= low_ && value <= high_) {
      const float guess = (value - low_) * scale_;
      int bin = guess < static_cast<float>(bins_) ? static_cast<int>(guess) : bins_ - 1;
      while (value < edges_[bin]) {  // stops at edges[0], the lower end
        --bin;
      }
      while (bin + 1 < bins_ && value >= edges_[bin + 1]) {
        ++bin;
      }
      return bin;
    }
    if (!clamp_ || value != value) {
      return kNoBin;
    }
    return value > high_ ? bins_ - 1 : 0;
  }

 private:
  const float* edges_;
  int bins_;
  bool clamp_;
  float low_;
  float high_;
  float scale_;
};

/// The symbol of a row of K activations where tuples fit a number; false when one has no bin.
INFOPLANE_HD bool tuple_number(const TupleBinsView& bins, const BinFinder& bin_of, const float* row,
                               WideRank& symbol) {
  symbol = 0;
  for (int k = 0; k < bins.units; ++k) {
    const int bin = bin_of(row[k]);
    if (bin == kNoBin) {
      return false;
    }
    symbol = symbol * static_cast<WideRank>(bins.bins) + static_cast<WideRank>(bin);
  }
  return true;
}

/// Bins in a word of a stored tuple, a byte each.
constexpr int kBinsAWord = 8;

/// Words of a stored tuple.
constexpr std::int64_t tuple_words(int units) { return (units + kBinsAWord - 1) / kBinsAWord; }

/// Word w of a row's tuple: units 8 w to 8 w + 7, the first in the lowest byte, zeros beyond the
/// last unit; false when one has no bin.
INFOPLANE_HD bool tuple_word(const TupleBinsView& bins, const BinFinder& bin_of, const float* row,
                             std::int64_t w, std::uint64_t& word) {
  word = 0;
  bool all = true;
  for (int i = 0; i < kBinsAWord; ++i) {
    const std::int64_t unit = w * kBinsAWord + i;
    if (unit < bins.units) {
      const int bin = bin_of(row[unit]);
      all = all && bin != kNoBin;
      word |= static_cast<std::uint64_t>(bin & 0xFF) << (8 * i);
    }
  }
  return all;
}

/// What word w adds to its tuple's digest: a sum, so that words may come in any order.
INFOPLANE_HD std::uint64_t word_digest(std::int64_t w, std::uint64_t word) {
  return hash_of(word, static_cast<std::uint32_t>(w));
}

/// Tuples of all rows, as they are, and a table that finds the first row with the same tuple.
///
/// An entry is 0, empty, or a tuple's digest in the upper 32 bits and its first row + 1 in the
/// lower ones. The digest only says where to look and whom to skip: rows are the same when their
/// tuples are, word for word. Entries of one tuple differ in the row alone, so their minimum is the
/// first row's, whoever came when: a tuple's symbol is its first row, with any number of threads.
struct TupleStoreView {
  std::int64_t words = 0;            ///< tuple_words(K)
  std::uint64_t* tuples = nullptr;   ///< [rows there is room for, words]
  std::int64_t capacity = 0;         ///< of entries, a power of two, at least twice the rows
  std::uint64_t* entries = nullptr;  ///< [capacity]
};

/// Rows that a store, and a cell of any table, can hold.
constexpr std::int64_t kMostCountedRows = 0xFFFFFFFE;

constexpr std::uint64_t kNoEntry = 0;                  ///< of a row that is rejected
constexpr std::uint64_t kNoPlace = ~std::uint64_t{0};  ///< likewise, where its entry is

/// The entry of a row with that digest.
INFOPLANE_HD std::uint64_t tuple_entry(std::uint64_t digest, std::int64_t row) {
  return (digest & 0xFFFF'FFFF'0000'0000u) | static_cast<std::uint64_t>(row + 1);
}
INFOPLANE_HD std::int64_t entry_row(std::uint64_t entry) {
  return static_cast<std::int64_t>(entry & 0xFFFF'FFFFu) - 1;
}
INFOPLANE_HD bool same_digest(std::uint64_t a, std::uint64_t b) { return (a ^ b) >> 32 == 0; }

/// Where to look for an entry first; then at the next, cyclically.
INFOPLANE_HD std::uint64_t entry_place(const TupleStoreView& store, std::uint64_t entry) {
  // The digest's 32 bits, spread over the 64 of the product's upper half.
  const std::uint64_t spread = (entry >> 32) * 0x9E3779B97F4A7C15u;
  return (spread ^ (spread >> 32)) & (static_cast<std::uint64_t>(store.capacity) - 1);
}
INFOPLANE_HD std::uint64_t next_place(const TupleStoreView& store, std::uint64_t place) {
  return (place + 1) & (static_cast<std::uint64_t>(store.capacity) - 1);
}

}  // namespace infoplane
