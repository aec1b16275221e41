// Counting hidden layers, and adding tables, against the definitions.
#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/host_cuda/host_cuda.h"

// The kernels come after the harness.
#include "cuda/add_counts.cuh"
#include "cuda/move_cells.cuh"
#include "cuda/tuple_counts.cuh"
#include "tests/host_cuda/run.h"
#include "tests/oracle/tuples.h"
#include "tests/support/activations.h"

namespace infoplane::host_cuda {
namespace {

using cuda::kBlockThreads;
using test::ActivationRows;
using test::ActivationState;
using test::kActivationStates;
using test::make_activations;

constexpr int kClasses = 3;
constexpr unsigned kGrid = 3;

/// A table of a hidden layer in host memory, with room for `room` rows.
struct Table {
  Table(const TupleBins& bins, std::int64_t room, std::int64_t capacity)
      : edges(bins.edges),
        tuples(static_cast<std::size_t>(room * tuple_words(bins.units))),
        entries(static_cast<std::size_t>(capacity)),
        cells(static_cast<std::size_t>(capacity)),
        tallies(static_cast<std::size_t>(kTallyCorrect + kClasses)) {
    view = {bins.units, bins.bins, bins.clamp, edges.data()};
    store = {tuple_words(bins.units), tuples.data(), capacity, entries.data()};
    counts = {kClasses, bins.bins, capacity, cells.data(), tallies.data(), nullptr};
  }
  Table(const Table&) = delete;

  std::vector<float> edges;
  std::vector<std::uint64_t> tuples;
  std::vector<std::uint64_t> entries;
  std::vector<HashedEntry> cells;
  std::vector<std::uint64_t> tallies;
  TupleBinsView view;
  TupleStoreView store;
  HashedCountsView counts;
};

/// Rows [first, last) of the data, as the launcher counts them.
void count(Table& table, const ActivationRows& data, std::int64_t first, std::int64_t last,
           bool stored, Order order) {
  const std::int64_t rows = last - first;
  const float* values = data.values.data() + first * table.view.units;
  const std::int32_t* labels = data.labels.data() + first;
  if (!stored) {
    launch({kGrid}, {kBlockThreads}, order,
           [&] { cuda::count_tuples_kernel(table.counts, table.view, rows, values, labels); });
    return;
  }
  std::vector<std::uint64_t> entries(static_cast<std::size_t>(rows));
  launch({kGrid}, {kBlockThreads}, order, [&] {
    cuda::store_tuples_kernel(table.counts, table.view, table.store, first, rows, values, labels,
                              entries.data());
  });
  launch({kGrid}, {kBlockThreads}, order,
         [&] { cuda::intern_kernel(table.store, rows, entries.data()); });
  launch({kGrid}, {kBlockThreads}, order, [&] {
    cuda::count_stored_kernel(table.counts, table.store, rows, entries.data(), labels);
  });
}

/// n(t, y) by symbol and label.
using Cells = std::map<std::pair<WideRank, std::int32_t>, std::uint64_t>;

Cells cells_of(const Table& table) {
  Cells cells;
  for (const HashedEntry& entry : table.cells) {
    if (entry.owner != kEmptyEntry) {
      const std::pair<WideRank, std::int32_t> key{
          entry.symbol, static_cast<std::int32_t>(entry.owner - kFirstOwner)};
      EXPECT_EQ(cells.count(key), 0u) << "a cell has two entries";
      cells[key] = entry.count;
    }
  }
  return cells;
}

/// What the table should hold: a number's digits are the bins; a stored tuple's symbol is the
/// first row that counts and has it.
Cells expected_cells(const ActivationRows& data, const TupleBins& bins, bool stored) {
  Cells cells;
  std::map<oracle::Tuple, WideRank> first_rows;
  for (std::size_t n = 0; n < data.labels.size(); ++n) {
    oracle::Tuple tuple;
    WideRank number = 0;
    for (int k = 0; k < bins.units; ++k) {
      const std::size_t at = n * static_cast<std::size_t>(bins.units) + static_cast<std::size_t>(k);
      tuple.push_back(oracle::interval(data.values[at], -1.0, 1.0, bins.bins, bins.clamp));
      number = number * static_cast<WideRank>(bins.bins) + static_cast<WideRank>(tuple.back());
    }
    const bool good = *std::min_element(tuple.begin(), tuple.end()) >= 0;
    if (good && data.labels[n] >= 0 && data.labels[n] < kClasses) {
      const WideRank first = first_rows.try_emplace(tuple, WideRank{n}).first->second;
      ++cells[{stored ? first : number, data.labels[n]}];
    }
  }
  return cells;
}

TEST(CountTuplesKernels, CountWhatTheDefinitionSays) {
  for (const auto& [units, bins] : {std::pair{1, 2}, std::pair{26, 30}, std::pair{27, 30},
                                    std::pair{40, 256}, std::pair{2100, 30}}) {
    for (const ActivationState state : kActivationStates) {
      for (const std::int64_t rows : {1, 33}) {
        const Order order = state == ActivationState::kSpread || state == ActivationState::kEdges
                                ? Order::kForward
                                : Order::kBackward;
        const ActivationRows data = make_activations(state, rows, units, bins, kClasses, 91);
        const bool stored = !tuples_fit_number(units, bins);
        const TupleBins tuple_bins =
            equal_intervals(units, bins, -1.0f, 1.0f, order == Order::kBackward);
        Table table(tuple_bins, rows, 64);  // about half full
        count(table, data, 0, rows, stored, order);
        ASSERT_TRUE(cells_of(table) == expected_cells(data, tuple_bins, stored))
            << units << " units, " << rows << " rows, state " << static_cast<int>(state);
        const oracle::Result expected = oracle::layer(data.values, data.labels, units, kClasses,
                                                      -1.0, 1.0, bins, tuple_bins.clamp);
        EXPECT_EQ(table.tallies[kTallyBadLogits], static_cast<std::uint64_t>(expected.bad_logits));
        EXPECT_EQ(table.tallies[kTallyBadLabels], static_cast<std::uint64_t>(expected.bad_labels));
      }
    }
  }
}

TEST(CountTuplesKernels, AddBatchesThroughLargerStores) {
  for (const ActivationState state : {ActivationState::kOneUnit, ActivationState::kHostile}) {
    const ActivationRows data = make_activations(state, 80, 40, 30, kClasses, 5);
    const TupleBins bins = equal_intervals(40, 30, -1.0f, 1.0f);
    Table small(bins, 80, 128);
    count(small, data, 0, 40, true, Order::kForward);
    Table large(bins, 80, 256);
    std::copy(small.tuples.begin(), small.tuples.end(), large.tuples.begin());
    launch({2}, {kBlockThreads}, Order::kBackward,
           [&] { cuda::move_entries_kernel(small.store, large.store); });
    launch({2}, {kBlockThreads}, Order::kForward,
           [&] { cuda::move_cells_kernel(small.counts, large.counts); });
    count(large, data, 40, 80, true, Order::kBackward);
    EXPECT_TRUE(cells_of(large) == expected_cells(data, bins, true));
  }
}

TEST(CountTuplesKernels, StoredTablesAddUp) {
  const ActivationRows data = make_activations(ActivationState::kHostile, 90, 33, 30, kClasses, 6);
  const TupleBins bins = equal_intervals(33, 30, -1.0f, 1.0f);
  Table sum(bins, 90, 1024);
  count(sum, data, 0, 36, true, Order::kForward);
  ActivationRows rest;
  rest.values.assign(data.values.begin() + 36 * 33, data.values.end());
  rest.labels.assign(data.labels.begin() + 36, data.labels.end());
  Table part(bins, 54, 512);
  count(part, rest, 0, 54, true, Order::kBackward);

  std::copy(part.tuples.begin(), part.tuples.end(), sum.tuples.begin() + 36 * sum.store.words);
  std::vector<std::uint64_t> entries(54, kNoEntry);
  launch({kGrid}, {kBlockThreads}, Order::kForward,
         [&] { cuda::shift_entries_kernel(part.store, 36, entries.data()); });
  launch({kGrid}, {kBlockThreads}, Order::kForward,
         [&] { cuda::intern_kernel(sum.store, 54, entries.data()); });
  launch({kGrid}, {kBlockThreads}, Order::kForward,
         [&] { cuda::add_stored_kernel(part.counts, entries.data(), sum.store, sum.counts); });
  launch({1}, {kBlockThreads}, Order::kForward, [&] {
    cuda::add_words_kernel(std::int64_t{kTallyCorrect + kClasses}, part.tallies.data(),
                           sum.tallies.data());
  });
  EXPECT_TRUE(cells_of(sum) == expected_cells(data, bins, true));
  Table whole(bins, 90, 1024);
  count(whole, data, 0, 90, true, Order::kForward);
  EXPECT_EQ(sum.tallies, whole.tallies);
}

TEST(RangeKernels, FindTheSmallestAndTheLargestFiniteValue) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  for (const std::int64_t size : kSizes) {
    std::vector<float> values = make_activations(ActivationState::kSpread, size, 1, 2, 2, 8).values;
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    const std::vector<float> expected{*low, *high};
    values.insert(values.begin() + size / 2, {kInf, -kInf, std::nanf("")});
    const std::vector<float> range = in_any_order([&](Order order) {
      std::vector<float> partial = poisoned(2 * kGrid);
      std::vector<float> result{kInf, -kInf};
      launch({kGrid}, {kBlockThreads}, order,
             [&] { cuda::value_range_kernel(std::ssize(values), values.data(), partial.data()); });
      launch({1}, {kBlockThreads}, order,
             [&] { cuda::widen_range_kernel(kGrid, partial.data(), result.data()); });
      return result;
    });
    EXPECT_EQ(range, expected);
  }
}

TEST(RangeKernels, MakeTheEdgesOfTheHost) {
  for (const int bins : {2, 30, 256}) {
    const std::vector<float> range{-0.7f, 3.14159f};
    std::vector<float> edges = poisoned(bins + 1);
    launch({1}, {kBlockThreads}, Order::kForward,
           [&] { cuda::equal_intervals_kernel(bins, range.data(), edges.data()); });
    EXPECT_EQ(edges, equal_intervals(1, bins, range[0], range[1]).edges);
  }
}

TEST(AddWordsKernel, AddsDenseTables) {
  for (const std::int64_t size : kSizes) {
    std::vector<std::uint32_t> from(static_cast<std::size_t>(size));
    std::vector<std::uint32_t> to(static_cast<std::size_t>(size));
    for (std::size_t i = 0; i < from.size(); ++i) {
      from[i] = static_cast<std::uint32_t>(7 * i);
      to[i] = static_cast<std::uint32_t>(i * i);
    }
    launch({kGrid}, {kBlockThreads}, Order::kForward,
           [&] { cuda::add_words_kernel(size, from.data(), to.data()); });
    for (std::size_t i = 0; i < to.size(); ++i) {
      ASSERT_EQ(to[i], i * i + 7 * i);
    }
  }
}

}  // namespace
}  // namespace infoplane::host_cuda
