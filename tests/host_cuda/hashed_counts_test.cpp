// Hashed counting and the information of a hashed table, against the definitions in double.
#include <algorithm>
#include <numeric>

#include "tests/host_cuda/host_cuda.h"

// The kernels come after the harness.
#include "cuda/hashed_counts.cuh"
#include "cuda/hashed_information.cuh"
#include "cuda/move_cells.cuh"
#include "tests/host_cuda/run.h"
#include "tests/host_cuda/tallies.h"
#include "tests/oracle/information.h"
#include "tests/support/logits.h"

namespace infoplane::host_cuda {
namespace {

using cuda::kBlockThreads;
using test::LogitRows;
using test::LogitState;
using test::make_logits;

/// A hashed table in host memory.
struct Table {
  Table(int classes, int bins, std::int64_t capacity)
      : entries(static_cast<std::size_t>(capacity)),
        tallies(static_cast<std::size_t>(kTallyCorrect + classes)),
        steps(rank_steps(classes, bins)) {
    view = {classes, bins, capacity, entries.data(), tallies.data(), steps.data()};
  }
  Table(const Table&) = delete;

  std::vector<HashedEntry> entries;
  std::vector<std::uint64_t> tallies;
  std::vector<WideRank> steps;
  HashedCountsView view;
};

void count(Table& table, const LogitRows& data, unsigned grid, Order order) {
  launch({grid}, {kBlockThreads}, order, [&] {
    cuda::count_hashed_kernel(table.view, data.rows(), data.logits.data(), data.labels.data());
  });
}

std::vector<HashedEntry> sorted(const Table& table) {
  std::vector<HashedEntry> entries = table.entries;
  std::sort(entries.begin(), entries.end(), BySymbol{});
  return entries;
}

/// n(t, y) by rank and label, without what is empty.
using Cells = std::map<std::pair<WideRank, std::int32_t>, std::uint64_t>;

Cells cells_of(const Table& table) {
  Cells cells;
  for (const HashedEntry& entry : table.entries) {
    if (entry.owner != kEmptyEntry) {
      EXPECT_GE(entry.owner, kFirstOwner);
      const std::pair<WideRank, std::int32_t> key{
          entry.symbol, static_cast<std::int32_t>(entry.owner - kFirstOwner)};
      EXPECT_EQ(cells.count(key), 0u) << "a cell has two entries";
      cells[key] = entry.count;
    }
  }
  return cells;
}

Cells cells_of(const oracle::Result& result, const Table& table) {
  Cells cells;
  for (const auto& [symbol_label, times] : result.counts) {
    SparseRank rank(table.steps.data(), table.view.bins);
    for (int c = 0; c < table.view.classes; ++c) {
      if (symbol_label.first[static_cast<std::size_t>(c)] > 0) {
        rank.push(c, symbol_label.first[static_cast<std::size_t>(c)]);
      }
    }
    cells[{rank.rank(table.view.classes), symbol_label.second}] = times;
  }
  return cells;
}

/// As the launcher does it; the sorts, which are CCCL's there, by the standard library.
std::vector<double> information(const Table& table, std::int64_t rows, Order order) {
  const std::int64_t chunks = cuda::hashed_chunks(table.view.capacity);
  std::vector<HashedEntry> entries = sorted(table);
  std::vector<double> partial(static_cast<std::size_t>(chunks) * cuda::kHashedChunkFields, NAN);
  std::vector<double> row(static_cast<std::size_t>(information_row_size(table.view.classes)), NAN);
  launch({static_cast<unsigned>(chunks)}, {kBlockThreads}, order,
         [&] { cuda::hashed_chunk_kernel(table.view, rows, entries.data(), partial.data()); });
  std::sort(entries.begin(), entries.end(), ByLabel{});
  launch({static_cast<unsigned>(table.view.classes)}, {kBlockThreads}, order, [&] {
    cuda::hashed_class_kernel(table.view, rows, entries.data(), partial.data(), chunks, row.data());
  });
  launch({1}, {kBlockThreads}, order,
         [&] { cuda::hashed_finish_kernel(table.view, rows, partial.data(), chunks, row.data()); });
  return row;
}

void expect_as_defined(const Table& table, const LogitRows& data, const oracle::Result& expected) {
  const std::vector<double> row =
      in_any_order([&](Order order) { return information(table, data.rows(), order); });
  EXPECT_EQ(row[kInfoRows], static_cast<double>(expected.rows));
  EXPECT_EQ(row[kInfoBadLogits], static_cast<double>(expected.bad_logits));
  EXPECT_EQ(row[kInfoBadLabels], static_cast<double>(expected.bad_labels));
  EXPECT_EQ(row[kInfoSymbols], static_cast<double>(expected.symbols));
  EXPECT_EQ(row[kInfoSingletons], static_cast<double>(expected.singletons));
  EXPECT_NEAR(row[kInfoEntropyT], expected.h_t_bits, 1e-11);
  EXPECT_NEAR(row[kInfoEntropyY], expected.h_y_bits, 1e-11);
  EXPECT_NEAR(row[kInfoEntropyTY], expected.h_ty_bits, 1e-11);
  EXPECT_EQ(row[kInfoCorrect],
            static_cast<double>(std::accumulate(expected.class_correct.begin(),
                                                expected.class_correct.end(), std::int64_t{0})));
  EXPECT_NEAR(row[kInfoLoss], expected.loss_nats, 1e-6 * std::max(1.0, expected.loss_nats));
  for (int c = 0; c < table.view.classes && expected.rows > 0; ++c) {
    const auto index = static_cast<std::size_t>(c);
    const double* fields = row.data() + kInfoPerClass + c * kInfoClassFields;
    EXPECT_EQ(fields[kInfoClassRows], static_cast<double>(expected.class_rows[index]));
    EXPECT_EQ(fields[kInfoClassCorrect], static_cast<double>(expected.class_correct[index]));
    EXPECT_NEAR(fields[kInfoClassIxt], expected.class_planes[index].i_xt_bits, 1e-11);
    EXPECT_NEAR(fields[kInfoClassIty], expected.class_planes[index].i_ty_bits, 1e-11);
  }
}

TEST(CountHashedKernel, CountsWhatTheDefinitionSays) {
  int compared = 0;
  for (const auto& [classes, bins] :
       {std::pair{2, 30}, std::pair{10, 10}, std::pair{100, 15}, std::pair{1000, 10}}) {
    for (const LogitState state : test::kLogitStates) {
      for (const std::int64_t rows : {1, 33, classes > 10 ? 65 : 256}) {
        const LogitRows data = make_logits(state, rows, classes, bins, 91);
        const oracle::Result expected =
            oracle::information(data.logits, data.labels, classes, bins);
        for (const unsigned grid : {1u, cuda::blocks_for(rows)}) {
          for (const Order order : {Order::kForward, Order::kBackward}) {
            Table table(classes, bins, 512);  // as full as it may be
            count(table, data, grid, order);
            const Cells cells = cells_of(table);
            if (expected.near_edges > 0) {
              continue;
            }
            ++compared;
            ASSERT_TRUE(cells == cells_of(expected, table))
                << classes << " classes, " << rows << " rows, state " << static_cast<int>(state);
            // A block a class, of 256 fibers: many classes take long.
            if (grid == 1 && order == Order::kForward && classes <= 10) {
              expect_as_defined(table, data, expected);
            }
          }
        }
      }
    }
  }
  EXPECT_GT(compared, 150);
}

TEST(CountHashedKernel, AddsBatchesInAnySplitAndThroughLargerTables) {
  const LogitRows whole = make_logits(LogitState::kTrained, 600, 100, 15, 5);
  Table together(100, 15, 2048);
  count(together, whole, 3, Order::kForward);
  LogitRows parts[2];
  parts[0].logits.assign(whole.logits.begin(), whole.logits.begin() + 100 * 222);
  parts[0].labels.assign(whole.labels.begin(), whole.labels.begin() + 222);
  parts[1].logits.assign(whole.logits.begin() + 100 * 222, whole.logits.end());
  parts[1].labels.assign(whole.labels.begin() + 222, whole.labels.end());
  Table small(100, 15, 1024);
  count(small, parts[1], 2, Order::kForward);
  Table large(100, 15, 4096);
  std::copy(small.tallies.begin(), small.tallies.end(), large.tallies.begin());
  launch({3}, {kBlockThreads}, Order::kForward,
         [&] { cuda::move_cells_kernel(small.view, large.view); });
  EXPECT_TRUE(cells_of(large) == cells_of(small));
  count(large, parts[0], 1, Order::kBackward);
  EXPECT_TRUE(cells_of(large) == cells_of(together));
  EXPECT_EQ(canonical(large.tallies), canonical(together.tallies));
  // Neither the order of insertion nor, but for how sums are split, the capacity matters.
  const std::vector<double> row = information(large, 600, Order::kForward);
  const std::vector<double> expected = information(together, 600, Order::kForward);
  for (std::size_t i = 0; i < row.size(); ++i) {
    EXPECT_NEAR(row[i], expected[i], 1e-12);
  }
}

TEST(HashedInformationKernels, WalkSymbolsThatCrossChunks) {
  // Chunks are of 4,096 entries, which is no multiple of a symbol's three.
  Table table(4, 10, 16384);
  std::int64_t rows = 0;
  std::vector<std::vector<double>> n_ty(2000, std::vector<double>(3));
  for (std::uint32_t t = 0; t < 2000; ++t) {
    for (std::uint32_t y = 0; y < 3; ++y) {
      const std::uint32_t times = 1 + (7 * t + 5 * y) % 11;
      table.entries[3 * t + y] = {WideRank{t}, kFirstOwner + y, times, 0};
      n_ty[t][y] = times;
      rows += times;
    }
  }
  double h_t = 0.0;
  double h_ty = 0.0;
  const auto term = [n = static_cast<double>(rows)](double count) {
    return -count / n * std::log2(count / n);
  };
  for (const std::vector<double>& symbol : n_ty) {
    h_t += term(symbol[0] + symbol[1] + symbol[2]);
    h_ty += term(symbol[0]) + term(symbol[1]) + term(symbol[2]);
  }
  const std::vector<double> row =
      in_any_order([&](Order order) { return information(table, rows, order); });
  EXPECT_EQ(row[kInfoSymbols], 2000.0);
  EXPECT_EQ(row[kInfoSingletons], 0.0);
  EXPECT_NEAR(row[kInfoEntropyT], h_t, 1e-11);
  EXPECT_NEAR(row[kInfoEntropyTY], h_ty, 1e-11);
}

TEST(HashedInformationKernels, CountBeyond32BitProducts) {
  Table table(2, 10, 16);
  table.entries[3] = {WideRank{5}, kFirstOwner, 3'000'000'000u, 0};
  table.entries[4] = {WideRank{5}, kFirstOwner + 1, 3'000'000'000u, 0};
  table.entries[9] = {WideRank{7}, kFirstOwner, 2'000'000'000u, 0};
  const std::vector<double> row = information(table, 8'000'000'000, Order::kForward);
  EXPECT_EQ(row[kInfoRows], 8e9);
  EXPECT_NEAR(row[kInfoEntropyT], 2.0 - 0.75 * std::log2(3.0), 1e-12);
  EXPECT_NEAR(row[kInfoEntropyTY], 0.75 * std::log2(8.0 / 3.0) + 0.5, 1e-12);
}

}  // namespace
}  // namespace infoplane::host_cuda
