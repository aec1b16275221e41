#pragma once

#include <cstdint>
#include <vector>

#include "core/hd.h"

/// The joint table n(t, y) where a dense one does not fit: only the cells seen, in a hash table
/// with exact keys.
///
/// A key is (t, y), t the rank of the tuple of bins, which is the index it has in a dense table
/// (core/joint_counts.h), in 128 bits. The rank is a bijection from the tuples that can occur onto
/// [0, binom(B + C, C)), so two keys are equal exactly when tuple and label are: nothing is lost,
/// and no two tuples share a count. 128 bits reach to 46 bins at 100 classes and to 18 at 1000.
namespace infoplane {

using WideRank = unsigned __int128;

/// Values of HashedEntry::owner below the labels.
constexpr std::uint32_t kEmptyEntry = 0;    ///< so that a table filled with zeros is empty
constexpr std::uint32_t kClaimedEntry = 1;  ///< its key is being written
constexpr std::uint32_t kFirstOwner = 2;    ///< label y owns its cells as kFirstOwner + y

/// One cell of the table, n(t, y).
struct HashedEntry {
  WideRank symbol;      ///< t
  std::uint32_t owner;  ///< kFirstOwner + y, or one of the two above
  std::uint32_t count;  ///< n(t, y)
  std::uint64_t rows;   ///< n(t), in the copy that `information` sorts; zero in the table
};

/// The hashed table as an op sees it: raw memory of one device.
struct HashedCountsView {
  std::int32_t classes = 0;          ///< C
  std::int32_t bins = 0;             ///< B
  std::int64_t capacity = 0;         ///< entries, a power of two
  HashedEntry* entries = nullptr;    ///< [capacity], at most half of them taken
  std::uint64_t* tallies = nullptr;  ///< [kTallyCorrect + C]
  const WideRank* steps = nullptr;   ///< [C + 1, B + 1], steps[i][s] = binom(s + i, i)
};

/// Rank of a tuple of bins from its bins that are not zero, of which there are at most B. Equal to
/// SymbolRank's: where the prefix sum is s for the classes from a to b - 1, those add
///   sum over i in [a, b) of binom(s + i, i + 1) = binom(s + b, b) - binom(s + a, a).
/// Sums wrap at 2^128, as the table's last value, the number of tuples, does not.
class SparseRank {
 public:
  INFOPLANE_HD SparseRank(const WideRank* steps, int bins) : steps_(steps), stride_(bins + 1) {}

  /// The bin of class i, in ascending order of i; a bin of zero changes nothing.
  INFOPLANE_HD void push(int i, int bin) {
    const WideRank* step = steps_ + static_cast<std::int64_t>(i) * stride_;
    rank_ += step[prefix_] - step[prefix_ + bin];
    prefix_ += bin;
  }
  INFOPLANE_HD WideRank rank(int classes) const {
    return rank_ + steps_[static_cast<std::int64_t>(classes) * stride_ + prefix_];
  }

 private:
  const WideRank* steps_;
  int stride_;
  int prefix_ = 0;
  // The first run has the prefix sum 0 and starts at class 0: it begins by taking binom(0, 0) off.
  WideRank rank_ = ~WideRank{0};
};

/// Where to look for a key first. Only speed depends on it: keys are compared whole.
INFOPLANE_HD std::uint64_t hash_of(WideRank symbol, std::uint32_t owner) {
  // The finaliser of splitmix64, once a word.
  std::uint64_t hash = owner;
  const std::uint64_t words[2] = {static_cast<std::uint64_t>(symbol),
                                  static_cast<std::uint64_t>(symbol >> 64)};
  for (const std::uint64_t word : words) {
    hash = (hash ^ word) + 0x9E3779B97F4A7C15u;
    hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9u;
    hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EBu;
    hash ^= hash >> 31;
  }
  return hash;
}

/// n(t, y) += times, with any number of threads at it. Linear probing; the table must have an
/// empty entry. A thread that finds an entry empty claims it, writes the key, then publishes it by
/// its owner; others look at a claimed entry again. The claimer does all of this within one turn of
/// the loop, so threads that run in lockstep do not wait for each other.
///
/// Atomics  load(word), claim(word): kEmptyEntry to kClaimedEntry, true for the one who did it;
///          publish(word, owner); add(word, times). What is written before publish is seen by who
///          loads the owner.
template <class Atomics>
INFOPLANE_HD void add_to_cell(const HashedCountsView& table, WideRank symbol, std::uint32_t owner,
                              std::uint32_t times) {
  const auto mask = static_cast<std::uint64_t>(table.capacity) - 1;
  std::uint64_t at = hash_of(symbol, owner) & mask;
  for (;;) {
    HashedEntry& entry = table.entries[at];
    const std::uint32_t now = Atomics::load(entry.owner);
    if (now == kEmptyEntry) {
      if (Atomics::claim(entry.owner)) {
        entry.symbol = symbol;
        Atomics::publish(entry.owner, owner);
        Atomics::add(entry.count, times);
        return;
      }
    } else if (now != kClaimedEntry) {
      if (now == owner && entry.symbol == symbol) {
        Atomics::add(entry.count, times);
        return;
      }
      at = (at + 1) & mask;
    }
  }
}

/// Orders of entries, empty ones last: by symbol, then label; by label, then symbol.
struct BySymbol {
  INFOPLANE_HD bool operator()(const HashedEntry& a, const HashedEntry& b) const {
    if (a.owner == kEmptyEntry || b.owner == kEmptyEntry) {
      return a.owner > b.owner;
    }
    return a.symbol != b.symbol ? a.symbol < b.symbol : a.owner < b.owner;
  }
};
struct ByLabel {
  INFOPLANE_HD bool operator()(const HashedEntry& a, const HashedEntry& b) const {
    const std::uint32_t last = ~std::uint32_t{0};
    const std::uint32_t owner_a = a.owner == kEmptyEntry ? last : a.owner;
    const std::uint32_t owner_b = b.owner == kEmptyEntry ? last : b.owner;
    return owner_a != owner_b ? owner_a < owner_b : a.symbol < b.symbol;
  }
};

/// The largest B up to 256 at which the ranks of C classes fit 128 bits; at least 2 for any C.
int most_hashed_bins(int classes);

/// steps[i][s] = binom(s + i, i), [C + 1, B + 1], as HashedCountsView has them. Throws UsageError,
/// naming the largest B that fits, when the ranks do not fit 128 bits.
std::vector<WideRank> rank_steps(int classes, int bins);

}  // namespace infoplane
