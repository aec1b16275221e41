#include "cpu/tuple_counts.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <vector>

#include "core/joint_counts.h"
#include "cpu/host_atomics.h"
#include "cpu/parallel.h"

namespace infoplane::cpu {
namespace {

/// Rows of `elements` values each, in pieces a thread.
template <class Body>
void for_each_row(Context& ctx, std::int64_t rows, std::int64_t elements, const Body& body) {
  parallel_for_items(ctx, rows, elements, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t n = first; n < last; ++n) {
      body(n);
    }
  });
}

void add_tally(std::uint64_t& tally, std::uint64_t times) {
  if (times > 0) {
    std::atomic_ref(tally).fetch_add(times, std::memory_order_relaxed);
  }
}

/// Whether a row counts; tallies why it does not.
bool accepted(const HashedCountsView& counts, bool in_bins, std::int32_t label) {
  const bool labelled = label >= 0 && label < counts.classes;
  add_tally(counts.tallies[kTallyBadLogits], in_bins ? 0 : 1);
  add_tally(counts.tallies[kTallyBadLabels], in_bins && !labelled ? 1 : 0);
  return in_bins && labelled;
}

void count(const HashedCountsView& counts, WideRank symbol, std::int32_t label,
           std::uint32_t times) {
  add_to_cell<HostAtomics>(counts, symbol, kFirstOwner + static_cast<std::uint32_t>(label), times);
}

/// Stores a row's tuple and returns the row's entry; kNoEntry when a value has no bin.
std::uint64_t store_tuple(const TupleBinsView& bins, const BinFinder& bin_of, const float* values,
                          const TupleStoreView& store, std::int64_t row) {
  std::uint64_t* tuple = store.tuples + row * store.words;
  std::uint64_t digest = 0;
  bool all = true;
  for (std::int64_t w = 0; w < store.words; ++w) {
    all = tuple_word(bins, bin_of, values, w, tuple[w]) && all;
    digest += word_digest(w, tuple[w]);
  }
  return all ? tuple_entry(digest, row) : kNoEntry;
}

/// Finds or makes the entry of each row's tuple, lowers it to the row's, and leaves its place in
/// the row's stead. Tuples are not written meanwhile: they were before the threads met.
void intern(Context& ctx, const TupleStoreView& store, std::int64_t rows, std::uint64_t* entries) {
  for_each_row(ctx, rows, store.words, [&](std::int64_t n) {
    const std::uint64_t own = entries[n];
    if (own == kNoEntry) {
      entries[n] = kNoPlace;
      return;
    }
    const std::uint64_t* tuple = store.tuples + entry_row(own) * store.words;
    std::uint64_t place = entry_place(store, own);
    for (;; place = next_place(store, place)) {
      const std::atomic_ref<std::uint64_t> entry(store.entries[place]);
      std::uint64_t now = entry.load(std::memory_order_relaxed);
      if (now == kNoEntry && entry.compare_exchange_strong(now, own, std::memory_order_relaxed)) {
        break;
      }
      if (same_digest(now, own) &&
          std::equal(tuple, tuple + store.words, store.tuples + entry_row(now) * store.words)) {
        while (own < now && !entry.compare_exchange_weak(now, own, std::memory_order_relaxed)) {
        }
        break;
      }
    }
    entries[n] = place;
  });
}

WideRank symbol_at(const TupleStoreView& store, std::uint64_t place) {
  return static_cast<WideRank>(entry_row(store.entries[place]));
}

std::uint64_t* entries_of_rows(Context& ctx, std::int64_t rows) {
  return static_cast<std::uint64_t*>(
      ctx.scratch(static_cast<std::size_t>(rows) * sizeof(std::uint64_t)));
}

}  // namespace

void count_tuples(Context& ctx, View<const float> values, View<const std::int32_t> labels,
                  const TupleBinsView& bins, const HashedCountsView& counts) {
  const BinFinder bin_of(bins);
  for_each_row(ctx, labels.size(), bins.units, [&](std::int64_t n) {
    WideRank symbol = 0;
    const bool in_bins = tuple_number(bins, bin_of, values.data() + n * bins.units, symbol);
    if (accepted(counts, in_bins, labels.data()[n])) {
      count(counts, symbol, labels.data()[n], 1);
    }
  });
}

void count_tuples(Context& ctx, View<const float> values, View<const std::int32_t> labels,
                  const TupleBinsView& bins, const TupleStoreView& store, std::int64_t first,
                  const HashedCountsView& counts) {
  const std::int64_t rows = labels.size();
  const BinFinder bin_of(bins);
  std::uint64_t* entries = entries_of_rows(ctx, rows);
  for_each_row(ctx, rows, bins.units, [&](std::int64_t n) {
    const std::uint64_t entry =
        store_tuple(bins, bin_of, values.data() + n * bins.units, store, first + n);
    entries[n] = accepted(counts, entry != kNoEntry, labels.data()[n]) ? entry : kNoEntry;
  });
  intern(ctx, store, rows, entries);
  for_each_row(ctx, rows, 1, [&](std::int64_t n) {
    if (entries[n] != kNoPlace) {
      count(counts, symbol_at(store, entries[n]), labels.data()[n], 1);
    }
  });
}

void move_entries(Context& /*ctx*/, const TupleStoreView& from, const TupleStoreView& to) {
  for (std::int64_t i = 0; i < from.capacity; ++i) {
    const std::uint64_t entry = from.entries[i];
    if (entry == kNoEntry) {
      continue;
    }
    std::uint64_t place = entry_place(to, entry);
    while (to.entries[place] != kNoEntry) {
      place = next_place(to, place);
    }
    to.entries[place] = entry;
  }
}

void add_stored(Context& ctx, const TupleStoreView& from, std::int64_t rows,
                const HashedCountsView& from_counts, const TupleStoreView& to, std::int64_t first,
                const HashedCountsView& to_counts) {
  std::uint64_t* entries = entries_of_rows(ctx, rows);
  std::fill_n(entries, rows, kNoEntry);
  for (std::int64_t i = 0; i < from.capacity; ++i) {
    const std::uint64_t entry = from.entries[i];
    if (entry != kNoEntry) {
      entries[entry_row(entry)] = tuple_entry(entry, first + entry_row(entry));
    }
  }
  intern(ctx, to, rows, entries);
  for (std::int64_t i = 0; i < from_counts.capacity; ++i) {
    const HashedEntry& cell = from_counts.entries[i];
    if (cell.owner != kEmptyEntry) {
      add_to_cell<HostAtomics>(to_counts,
                               symbol_at(to, entries[static_cast<std::int64_t>(cell.symbol)]),
                               cell.owner, cell.count);
    }
  }
}

void widen_range(Context& ctx, View<const float> values, View<float> range) {
  const auto threads = static_cast<std::size_t>(host(ctx).threads());
  std::vector<float> lows(threads, range.data()[0]);
  std::vector<float> highs(threads, range.data()[1]);
  parallel_for_slots(ctx, values.size(), kElementGrain,
                     [&](std::int64_t first, std::int64_t last, int slot) {
                       float low = lows[static_cast<std::size_t>(slot)];
                       float high = highs[static_cast<std::size_t>(slot)];
                       for (std::int64_t i = first; i < last; ++i) {
                         const float value = values.data()[i];
                         if (std::abs(value) <= std::numeric_limits<float>::max()) {
                           low = std::min(low, value);
                           high = std::max(high, value);
                         }
                       }
                       lows[static_cast<std::size_t>(slot)] = low;
                       highs[static_cast<std::size_t>(slot)] = high;
                     });
  range.data()[0] = *std::min_element(lows.begin(), lows.end());
  range.data()[1] = *std::max_element(highs.begin(), highs.end());
}

void set_equal_intervals(Context& /*ctx*/, View<const float> range, View<float> edges) {
  const int bins = static_cast<int>(edges.size()) - 1;
  for (int k = 0; k < bins; ++k) {
    edges.data()[k] = interval_start(range.data()[0], range.data()[1], k, bins);
  }
  edges.data()[bins] = range.data()[1];
}

}  // namespace infoplane::cpu
