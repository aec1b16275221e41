// The ladder of dense counting kernels: each step gives the table that the scalar arithmetic gives
// row by row, to the bit.
#include <functional>
#include <numeric>

#include "tests/host_cuda/host_cuda.h"

// The kernels come after the harness.
#include "cuda/count_global_atomics.cuh"
#include "cuda/count_multi_pass.cuh"
#include "cuda/count_private.cuh"
#include "tests/host_cuda/joint_table.h"
#include "tests/host_cuda/run.h"
#include "tests/host_cuda/tallies.h"
#include "tests/support/logits.h"

namespace infoplane::host_cuda {
namespace {

using cuda::kBlockThreads;
using test::LogitRows;
using test::LogitState;
using test::make_logits;

constexpr std::int64_t kHopperBytes = 227 << 10;

template <class Label>
struct Rows {
  int classes = 0;
  std::vector<float> logits;
  std::vector<Label> labels;

  std::int64_t count() const { return static_cast<std::int64_t>(labels.size()); }
};

/// The same rows with labels of another type; labels that do not fit it become one out of range.
template <class Label>
Rows<Label> rows_of(const LogitRows& data, int classes) {
  Rows<Label> rows{classes, data.logits, {}};
  for (const std::int32_t label : data.labels) {
    rows.labels.push_back(static_cast<Label>(label < 0 ? 255 : label));
  }
  return rows;
}

template <class Label>
void multi_pass(JointTable& table, const Rows<Label>& rows, unsigned grid, Order order) {
  const auto n = static_cast<std::size_t>(rows.count());
  std::vector<RowSoftmax> softmax(n);
  std::vector<float> probabilities = poisoned(rows.count() * rows.classes);
  std::vector<std::uint32_t> symbols(n);
  launch({grid}, {kBlockThreads}, order, [&] {
    cuda::softmax_rows_kernel(rows.classes, rows.count(), rows.logits.data(), softmax.data(),
                              probabilities.data());
  });
  launch({grid}, {kBlockThreads}, order, [&] {
    cuda::symbol_rows_kernel(table.view, rows.count(), softmax.data(), probabilities.data(),
                             symbols.data());
  });
  launch({grid}, {kBlockThreads}, order, [&] {
    cuda::count_symbols_kernel(table.view, rows.count(), rows.logits.data(), rows.labels.data(),
                               softmax.data(), symbols.data());
  });
}

template <class Label>
void global_atomics(JointTable& table, const Rows<Label>& rows, unsigned grid, Order order) {
  launch({grid}, {kBlockThreads}, order, [&] {
    cuda::count_global_atomics_kernel(table.view, rows.count(), rows.logits.data(),
                                      rows.labels.data());
  });
}

/// With bulk copies or without, in so much shared memory.
template <class Label>
void private_counters(JointTable& table, const Rows<Label>& rows, bool bulk, std::int64_t bytes,
                      unsigned grid, Order order) {
  const cuda::PrivatePlan plan =
      cuda::plan_private<Label>(rows.classes, table.view.bins, table.view.symbols, bulk, bytes);
  ASSERT_GT(plan.hot.symbols, 0);
  ASSERT_LE(plan.bytes, bytes);
  const auto kernel = rows.classes == 10 ? cuda::count_private_kernel<10, Label>
                                         : cuda::count_private_kernel<0, Label>;
  launch({grid}, {cuda::kPrivateThreads}, static_cast<std::size_t>(plan.bytes), order, [&] {
    kernel(table.view, plan.shape, plan.hot, rows.count(), rows.logits.data(), rows.labels.data());
  });
}

/// A step, under the name that it has in messages.
template <class Label>
struct Step {
  const char* name;
  std::function<void(JointTable&, const Rows<Label>&, unsigned, Order)> count;
};

template <class Label>
std::vector<Step<Label>> ladder() {
  const auto with = [](bool bulk, std::int64_t bytes) {
    return [=](JointTable& table, const Rows<Label>& rows, unsigned grid, Order order) {
      private_counters(table, rows, bulk, bytes, grid, order);
    };
  };
  return {{"multi-pass", multi_pass<Label>},
          {"global-atomics", global_atomics<Label>},
          {"private-counters, bulk copies", with(true, kHopperBytes)},
          {"private-counters, threads copy", with(false, 163 << 10)}};
}

template <class Label>
void expect_the_same_table(const Step<Label>& step, int bins, const Rows<Label>& rows,
                           std::initializer_list<unsigned> grids, const std::string& what) {
  JointTable expected(rows.classes, bins);
  count_one_by_one(expected, rows.logits, rows.labels);
  for (const unsigned grid : grids) {
    for (const Order order : {Order::kForward, Order::kBackward}) {
      JointTable table(rows.classes, bins);
      step.count(table, rows, grid, order);
      EXPECT_TRUE(table.counts == expected.counts &&
                  canonical(table.tallies) == canonical(expected.tallies))
          << step.name << ", " << what << ", " << rows.classes << " classes, " << bins << " bins, "
          << rows.count() << " rows, " << grid << " blocks";
    }
  }
}

template <class Label>
void expect_ladder(int classes, int bins, LogitState state, std::int64_t n,
                   std::initializer_list<unsigned> grids) {
  const Rows<Label> rows = rows_of<Label>(make_logits(state, n, classes, bins, 91), classes);
  for (const Step<Label>& step : ladder<Label>()) {
    expect_the_same_table(step, bins, rows, grids,
                          "state " + std::to_string(static_cast<int>(state)));
  }
}

TEST(CountLadder, EveryStateOfTheLogits) {
  for (const LogitState state : test::kLogitStates) {
    expect_ladder<std::int32_t>(10, 10, state, 1000, {3});
    expect_ladder<std::uint8_t>(10, 10, state, 1000, {1});
  }
}

TEST(CountLadder, EverySizeAndGrid) {
  for (const std::int64_t n : {1, 31, 33, 511, 512, 513}) {
    expect_ladder<std::int32_t>(10, 10, LogitState::kTrained, n, {2});
    expect_ladder<std::uint8_t>(3, 7, LogitState::kHostile, n, {1});
  }
}

TEST(CountLadder, EveryNumberOfClassesAndBins) {
  for (const auto& [classes, bins] :
       {std::pair{2, 2}, std::pair{2, 16}, std::pair{5, 13}, std::pair{9, 5}, std::pair{10, 2},
        std::pair{10, 7}, std::pair{13, 4}, std::pair{32, 3}}) {
    expect_ladder<std::int32_t>(classes, bins, LogitState::kHostile, 600, {2});
  }
}

TEST(CountLadder, OneHotCell) {
  Rows<std::int32_t> rows{10, {}, std::vector<std::int32_t>(1025, 4)};
  for (std::size_t n = 0; n < rows.labels.size(); ++n) {
    for (int c = 0; c < 10; ++c) {
      rows.logits.push_back(c == 4 ? 20.0f : 0.0f);
    }
  }
  for (const Step<std::int32_t>& step : ladder<std::int32_t>()) {
    expect_the_same_table(step, 10, rows, {1, 2}, "one cell");
  }
}

TEST(CountLadder, ManyTilesGoThroughTheRing) {
  // Seven tiles and a bit: every stage is refilled, and the last tile is not whole.
  const std::int64_t n = 7 * cuda::kPrivateThreads + 13;
  const LogitRows data = make_logits(LogitState::kTrained, n, 4, 6, 92);
  const Rows<std::int32_t> rows = rows_of<std::int32_t>(data, 4);
  const Rows<std::uint8_t> narrow = rows_of<std::uint8_t>(data, 4);
  expect_the_same_table(ladder<std::int32_t>()[2], 6, rows, {1, 2, 3}, "");
  expect_the_same_table(ladder<std::uint8_t>()[2], 6, narrow, {1, 2, 3}, "");
}

TEST(CountLadder, LessSharedMemoryGivesTheSameTable) {
  for (const std::int64_t bytes : {55 << 10, 70 << 10, 100 << 10, 140 << 10, 227 << 10}) {
    for (const int bins : {6, 10}) {
      const Rows<std::int32_t> rows =
          rows_of<std::int32_t>(make_logits(LogitState::kTrained, 700, 10, bins, 93), 10);
      const Step<std::int32_t> step{
          "private-counters",
          [bytes](JointTable& table, const Rows<std::int32_t>& own, unsigned grid, Order order) {
            private_counters(table, own, true, bytes, grid, order);
          }};
      expect_the_same_table(step, bins, rows, {2}, std::to_string(bytes) + " bytes");
    }
  }
}

TEST(CountLadder, AddsToTheTable) {
  const Rows<std::int32_t> rows =
      rows_of<std::int32_t>(make_logits(LogitState::kHostile, 700, 10, 10, 94), 10);
  for (const Step<std::int32_t>& step : ladder<std::int32_t>()) {
    JointTable expected(10, 10);
    JointTable table(10, 10);
    for (int i = 0; i < 2; ++i) {
      count_one_by_one(expected, rows.logits, rows.labels);
      step.count(table, rows, 2, Order::kForward);
    }
    EXPECT_TRUE(table.counts == expected.counts &&
                canonical(table.tallies) == canonical(expected.tallies))
        << step.name;
  }
}

TEST(PrivatePlan, KnowsWhatFits) {
  const auto plan = [](int classes, int bins, bool bulk, std::int64_t bytes) {
    return cuda::plan_private<std::int32_t>(
        classes, bins, static_cast<std::int64_t>(binomial(classes + bins, classes)), bulk, bytes);
  };
  // 1,024 sets of ones, 100 symbols with at most one bin, 90 times 25 with two.
  const cuda::PrivatePlan paper = plan(10, 10, true, kHopperBytes);
  EXPECT_EQ(paper.hot.symbols, 1024 + 100 + 2250);
  EXPECT_EQ(paper.shape.stages, 3);
  // More bins: two stages leave room for the pairs, three would not.
  const cuda::PrivatePlan more = plan(10, 12, true, kHopperBytes);
  EXPECT_EQ(more.hot.symbols, 1024 + 120 + 90 * 36);
  EXPECT_EQ(more.shape.stages, 2);
  EXPECT_TRUE(plan(2, 10, true, kHopperBytes).hot.whole);
  EXPECT_EQ(plan(10, 10, false, 163 << 10).shape.stages, 1);
  EXPECT_EQ(plan(10, 10, true, 40 << 10).hot.symbols, 0);
  EXPECT_EQ(plan(33, 2, true, kHopperBytes).hot.symbols, 0);
}

/// Calls `visit` with every tuple of bins with a sum of at most `bins`.
void for_each_symbol(int classes, int bins,
                     const std::function<void(const std::vector<int>&)>& visit) {
  std::vector<int> tuple(static_cast<std::size_t>(classes));
  int sum = 0;
  for (;;) {
    visit(tuple);
    std::size_t c = 0;  // counts up, the first class fastest
    while (c < tuple.size() && sum == bins) {
      sum -= tuple[c];
      tuple[c++] = 0;
    }
    if (c == tuple.size()) {
      return;
    }
    ++tuple[c];
    ++sum;
  }
}

TEST(HotCells, ASlotHasOneSymbolAndTheHotOnesHaveSlots) {
  for (const auto& [classes, bins, bytes] :
       {std::tuple{10, 10, 135 << 10}, std::tuple{3, 10, 3 << 10}, std::tuple{5, 16, 8 << 10},
        std::tuple{14, 4, 60 << 10}, std::tuple{4, 5, 1 << 20}}) {
    const JointTable table(classes, bins);
    const cuda::HotCells hot = cuda::choose_hot_cells(classes, bins, table.view.symbols, bytes);
    ASSERT_GT(hot.symbols, 0);
    std::size_t symbols = 0;
    int hot_symbols = 0;
    for_each_symbol(classes, bins, [&](const std::vector<int>& tuple) {
      ++symbols;
      SymbolRank rank(table.ranks.data(), bins);
      cuda::RowSymbol row;
      int nonzero = 0;
      for (int c = 0; c < classes; ++c) {
        const int bin = tuple[static_cast<std::size_t>(c)];
        rank.push(bin);
        row.nonzero |= bin > 0 ? 1u << c : 0u;
        row.largest = std::max(row.largest, bin);
        nonzero += bin > 0 ? 1 : 0;
      }
      if (row.largest == bins) {
        return;  // the last bin is B - 1
      }
      row.rank = rank.rank();
      row.sum = rank.sum();
      const bool is_hot = hot.whole || (hot.ones > 0 && row.largest <= 1) || nonzero <= 1 ||
                          (hot.pairs && nonzero == 2);
      hot_symbols += is_hot ? 1 : 0;
      for (row.argmax = 0; row.argmax < classes; ++row.argmax) {
        if (tuple[static_cast<std::size_t>(row.argmax)] == row.largest) {
          const int slot = cuda::hot_slot(hot, classes, bins, row);
          ASSERT_EQ(slot != cuda::kColdSlot, is_hot) << testing::PrintToString(tuple);
          if (is_hot) {
            ASSERT_GE(slot, 0);
            ASSERT_LT(slot, hot.symbols);
            ASSERT_EQ(cuda::hot_rank(hot, classes, bins, table.ranks.data(), slot), row.rank)
                << testing::PrintToString(tuple);
          }
        }
      }
    });
    EXPECT_EQ(symbols * static_cast<std::size_t>(classes), table.counts.size());
    if (classes == 10) {
      // Zeros and ones; one bin of 2 to 9; two bins, but for (1, 1).
      EXPECT_EQ(hot_symbols, 1024 + 10 * 8 + 45 * (45 - 1));
    }
  }
}

}  // namespace
}  // namespace infoplane::host_cuda
