#pragma once

#include <cstdint>

#include "core/counting.h"
#include "core/hd.h"

namespace infoplane {

/// Tallies kept beside the counts, in one array of 64-bit words: `kTallyCorrect + y` counts the
/// correct rows of class y. The loss takes two, as a row adds up to 2^42 and a table has up to 2^32
/// rows.
enum Tally : int {
  kTallyLossLow = 0,  ///< of what add_loss is given, the lower 32 bits
  kTallyLossHigh,     ///< and the others
  kTallyBadLogits,
  kTallyBadLabels,
  kTallyCorrect
};

/// Rows whose losses' sum fits 64 bits, whatever they are.
constexpr std::int64_t kMostLossRows = std::int64_t{1} << 21;

/// Adds the sum of row_loss_fixed over one row or more, up to kMostLossRows.
INFOPLANE_HD void add_loss(std::uint64_t* tallies, std::uint64_t loss) {
  tallies[kTallyLossLow] += loss & 0xFFFFFFFFu;
  tallies[kTallyLossHigh] += loss >> 32;
}

/// The loss of all rows, nats.
INFOPLANE_HD double tallied_loss_nats(const std::uint64_t* tallies) {
  const std::uint64_t low = tallies[kTallyLossLow];
  const std::uint64_t high = tallies[kTallyLossHigh] + (low >> 32);
  constexpr double kNatsOfHigh = 0x1p+32 / static_cast<double>(kLossUnits);
  return static_cast<double>(high) * kNatsOfHigh + loss_nats(low & 0xFFFFFFFFu);
}

/// The joint table n(t, y) of symbols and labels, as an op sees it: raw memory of one device.
///
/// A row's symbol is its tuple of bins (t_0 .. t_{C-1}). Its entries sum to at most B, because the
/// probabilities sum to one, so there are binom(B + C, C) tuples; `ranks` turns one into its index.
struct JointCountsView {
  std::int32_t classes = 0;              ///< C
  std::int32_t bins = 0;                 ///< B
  std::int64_t symbols = 0;              ///< binom(B + C, C), the rows of `counts`
  std::uint32_t* counts = nullptr;       ///< [symbols, C], n(t, y)
  std::uint64_t* tallies = nullptr;      ///< [kTallyCorrect + C]
  const std::uint32_t* ranks = nullptr;  ///< [C, B + 1], ranks[i][s] = binom(s + i, i + 1)

  // The host's alone, null on a GPU.
  std::uint32_t* touched = nullptr;         ///< [mark_words], a bit a symbol that may have rows
  std::uint32_t* copies = nullptr;          ///< [copy_count, symbols, C], zero between two calls
  std::uint32_t* copies_touched = nullptr;  ///< [copy_count, mark_words], likewise
  std::int32_t copy_count = 0;              ///< tables beside `counts`, for threads of their own
};

/// One non-zero count of a joint table, on the host: n(t, y) rows have symbol t and label y.
struct JointCell {
  std::uint64_t symbol = 0;  ///< an id unique to the tuple of bins; a dense table's is its rank
  std::int32_t label = 0;
  std::uint64_t count = 0;

  bool operator==(const JointCell&) const = default;
};

/// Symbols whose marks share a word of JointCountsView::touched, and the words of a table.
constexpr std::int64_t kSymbolsAWord = 32;
constexpr std::int64_t mark_words(std::int64_t symbols) {
  return (symbols + kSymbolsAWord - 1) / kSymbolsAWord;
}

/// Index of a tuple of bins in the dense table, by the combinatorial number system:
/// sum over i of binom(s_i + i, i + 1), s_i = t_0 + ... + t_i. A bijection onto
/// [0, binom(B + C, C)).
class SymbolRank {
 public:
  INFOPLANE_HD SymbolRank(const std::uint32_t* ranks, int bins)
      : ranks_(ranks), stride_(bins + 1) {}

  /// Takes the bins in order, class 0 first.
  INFOPLANE_HD void push(int bin) {
    prefix_ += bin;
    rank_ += ranks_[prefix_];
    ranks_ += stride_;
  }
  INFOPLANE_HD std::uint32_t rank() const { return rank_; }
  /// Of the bins so far.
  INFOPLANE_HD int sum() const { return prefix_; }

 private:
  const std::uint32_t* ranks_;
  int stride_;
  int prefix_ = 0;
  std::uint32_t rank_ = 0;
};

/// binom(n, k), or `limit` + 1 when it is larger than `limit`.
std::uint64_t binomial_capped(std::uint64_t n, std::uint64_t k, std::uint64_t limit);

/// The most cells (symbols times classes) a dense table may have: 1 GiB of counts.
constexpr std::uint64_t kDenseCells = std::uint64_t{1} << 28;

/// Whether a dense table has at most kDenseCells cells. Throws UsageError when C < 2 or B is not in
/// [2, 256], which no table can count.
bool dense_fits(int classes, int bins);

/// binom(B + C, C). Throws UsageError, naming the largest B that fits, when C < 2, B is not in
/// [2, 256], or the dense table would have more than kDenseCells cells.
std::int64_t dense_symbols(int classes, int bins);

/// Where `information` (ops/joint_counts.h) puts each result in its row of doubles.
enum InformationField : int {
  kInfoRows = 0,    ///< N, the rows counted
  kInfoBadLogits,   ///< rows rejected for their logits
  kInfoBadLabels,   ///< rows rejected for their label
  kInfoSymbols,     ///< distinct symbols seen
  kInfoSingletons,  ///< symbols seen once
  kInfoEntropyT,    ///< H(T), bits; equals I(X;T), as T is a function of X and every X is distinct
  kInfoEntropyY,    ///< H(Y), bits
  kInfoEntropyTY,   ///< H(T,Y), bits
  kInfoCorrect,     ///< rows whose largest logit is their label's
  kInfoLoss,        ///< mean cross-entropy, nats
  kInfoPerClass     ///< then four numbers a class:
};
enum InformationPerClassField : int {
  kInfoClassRows = 0,  ///< n_c
  kInfoClassCorrect,   ///< correct rows of class c
  kInfoClassIxt,       ///< I(X;T), bits, class c against the rest, each with weight 1/2
  kInfoClassIty,       ///< I(T;Y), bits, likewise
  kInfoClassFields
};

constexpr int information_row_size(int classes) {
  return kInfoPerClass + classes * kInfoClassFields;
}

}  // namespace infoplane
