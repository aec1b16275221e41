// Hashed joint tables: against dense ones, against the definition, and under contention.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/rng.h"
#include "ops/joint_counts.h"
#include "tests/oracle/information.h"
#include "tests/support/counted.h"
#include "tests/support/devices.h"
#include "tests/support/logits.h"
#include "tests/support/sanitized.h"

namespace infoplane {
namespace {

using ops::JointCounts;
using ops::JointTable;
using test::CountedCells;
using test::kLogitStates;
using test::kSanitized;
using test::kTenClassBins;
using test::LogitRows;
using test::LogitState;
using test::make_logits;
using test::read_cells;

/// Adds rows in batches that end at `splits` (ascending) and at the last row.
void add_rows(Context& ctx, JointCounts& counts, const LogitRows& data,
              std::vector<std::int64_t> splits = {}) {
  const int classes = counts.classes();
  const Tensor<float> logits(ctx, {data.rows(), classes}, data.logits);
  const Tensor<std::int32_t> labels(ctx, {data.rows()}, data.labels);
  splits.push_back(data.rows());
  std::int64_t first = 0;
  for (const std::int64_t last : splits) {
    ops::count_joint(ctx, logits.view().rows(first, last - first),
                     labels.view().rows(first, last - first), counts);
    first = last;
  }
}

CountedCells count_rows(Context& ctx, const LogitRows& data, int classes, int bins,
                        JointTable table, std::vector<std::int64_t> splits = {}) {
  JointCounts counts(ctx, classes, bins, table);
  add_rows(ctx, counts, data, std::move(splits));
  return read_cells(ctx, counts);
}

/// The cells with their symbols numbered in ascending order, as a hashed table gives them.
std::vector<JointCell> numbered(std::vector<JointCell> cells) {
  std::uint64_t number = 0;
  std::uint64_t before = cells.empty() ? 0 : cells.front().symbol;
  for (JointCell& cell : cells) {
    number += cell.symbol != before ? 1 : 0;
    before = std::exchange(cell.symbol, number);
  }
  return cells;
}

class HashedCountsTest : public test::DeviceTest {};

TEST_P(HashedCountsTest, HoldTheCellsOfADenseTable) {
  Context ctx = make_context();
  for (const auto& [classes, bins] :
       {std::pair{10, kTenClassBins}, std::pair{2, 256}, std::pair{3, 30}, std::pair{31, 3},
        std::pair{33, 3}, std::pair{kSanitized ? 40 : 101, 2}}) {
    for (const LogitState state : kLogitStates) {
      for (const std::int64_t rows : {0, 1, 33, kSanitized ? 1000 : 3000}) {
        SCOPED_TRACE(std::to_string(classes) + " classes, " + std::to_string(bins) + " bins, " +
                     std::to_string(rows) + " rows, state " +
                     std::to_string(static_cast<int>(state)));
        const LogitRows data = make_logits(state, rows, classes, bins, 31);
        const CountedCells dense = count_rows(ctx, data, classes, bins, JointTable::kAuto);
        const CountedCells hashed = count_rows(ctx, data, classes, bins, JointTable::kHashed);
        EXPECT_EQ(hashed.cells, numbered(dense.cells));
        for (std::size_t i = 0; i < dense.row.size(); ++i) {
          EXPECT_NEAR(hashed.row[i], dense.row[i], 1e-11) << "field " << i;
        }
        for (const int exact : {kInfoRows, kInfoBadLogits, kInfoBadLabels, kInfoSymbols,
                                kInfoSingletons, kInfoCorrect, kInfoLoss}) {
          EXPECT_EQ(hashed.row[static_cast<std::size_t>(exact)],
                    dense.row[static_cast<std::size_t>(exact)]);
        }
      }
    }
  }
}

// Of so many rows the GPU is asked how many cells they have (cuda/hashed_counts.cu).
TEST_P(HashedCountsTest, ManyRowsOfFewCells) {
  Context ctx = make_context();
  const LogitRows data = make_logits(LogitState::kTrained, 140000, 3, 4, 37);
  const CountedCells dense = count_rows(ctx, data, 3, 4, JointTable::kAuto);
  const CountedCells hashed = count_rows(ctx, data, 3, 4, JointTable::kHashed);
  EXPECT_EQ(hashed.cells, numbered(dense.cells));
  for (std::size_t i = 0; i < dense.row.size(); ++i) {
    EXPECT_NEAR(hashed.row[i], dense.row[i], 1e-11) << "field " << i;
  }
}

void expect_as_defined(const CountedCells& counted, const LogitRows& data, int classes, int bins) {
  const oracle::Result expected = oracle::information(data.logits, data.labels, classes, bins);
  EXPECT_EQ(counted.row[kInfoRows], static_cast<double>(expected.rows));
  EXPECT_EQ(counted.row[kInfoBadLogits], static_cast<double>(expected.bad_logits));
  EXPECT_EQ(counted.row[kInfoBadLabels], static_cast<double>(expected.bad_labels));
  std::uint64_t counted_rows = 0;
  for (const JointCell& cell : counted.cells) {
    counted_rows += cell.count;
  }
  EXPECT_EQ(counted_rows, static_cast<std::uint64_t>(expected.rows));
  EXPECT_NEAR(counted.row[kInfoLoss], expected.loss_nats, 1e-6 * std::max(1.0, expected.loss_nats));
  // A row near an edge may fall on either side of it.
  EXPECT_NEAR(counted.row[kInfoSymbols], static_cast<double>(expected.symbols),
              static_cast<double>(expected.near_edges));
  if (expected.near_edges > 0 || expected.rows == 0) {
    return;
  }
  EXPECT_EQ(counted.cells.size(), expected.counts.size());
  EXPECT_EQ(counted.row[kInfoSingletons], static_cast<double>(expected.singletons));
  EXPECT_NEAR(counted.row[kInfoEntropyT], expected.h_t_bits, 1e-11);
  EXPECT_NEAR(counted.row[kInfoEntropyY], expected.h_y_bits, 1e-11);
  EXPECT_NEAR(counted.row[kInfoEntropyTY], expected.h_ty_bits, 1e-11);
  for (int c = 0; c < classes; ++c) {
    const auto index = static_cast<std::size_t>(c);
    const double* fields = counted.row.data() + kInfoPerClass + c * kInfoClassFields;
    EXPECT_EQ(fields[kInfoClassRows], static_cast<double>(expected.class_rows[index]));
    EXPECT_EQ(fields[kInfoClassCorrect], static_cast<double>(expected.class_correct[index]));
    EXPECT_NEAR(fields[kInfoClassIxt], expected.class_planes[index].i_xt_bits, 1e-11);
    EXPECT_NEAR(fields[kInfoClassIty], expected.class_planes[index].i_ty_bits, 1e-11);
  }
}

TEST_P(HashedCountsTest, AgreeWithTheDefinitionAtAnySize) {
  Context ctx = make_context();
  const RandomStream random{404, kTestStream, 0};
  constexpr std::uint64_t kTables = kSanitized ? std::size(kLogitStates) : 48;
  for (std::uint64_t i = 0; i < kTables; ++i) {
    const int classes = 2 + static_cast<int>(random.word(3 * i) % 999);
    const int most = most_hashed_bins(classes);
    const int bins = 2 + static_cast<int>(random.word(3 * i + 1) % static_cast<unsigned>(most - 1));
    const auto rows = static_cast<std::int64_t>(random.word(3 * i + 2) % 300);
    const LogitState state = kLogitStates[i % std::size(kLogitStates)];
    SCOPED_TRACE(std::to_string(classes) + " classes, " + std::to_string(bins) + " bins, " +
                 std::to_string(rows) + " rows, state " + std::to_string(static_cast<int>(state)));
    const LogitRows data = make_logits(state, rows, classes, bins, i);
    expect_as_defined(count_rows(ctx, data, classes, bins, JointTable::kHashed), data, classes,
                      bins);
  }
}

TEST_P(HashedCountsTest, AnySplitAndAnyGrowthGiveTheSameTable) {
  Context ctx = make_context();
  for (const auto& [classes, bins] : {std::pair{10, kTenClassBins}, std::pair{100, 15}}) {
    const LogitRows data = make_logits(LogitState::kTrained, 5000, classes, bins, 3);
    JointCounts roomy(ctx, classes, bins, JointTable::kHashed);
    roomy.reserve(ctx, 100000);
    const std::int64_t allocations = ctx.backend().allocations();
    const std::int64_t capacity = roomy.hashed()->view().capacity;
    add_rows(ctx, roomy, data);
    EXPECT_EQ(roomy.hashed()->view().capacity, capacity);
    EXPECT_LE(ctx.backend().allocations(), allocations + 3);  // the rows, the labels and scratch
    const CountedCells whole = read_cells(ctx, roomy);

    JointCounts grown(ctx, classes, bins, JointTable::kHashed);
    std::vector<std::int64_t> splits;
    for (std::int64_t end = 1; end < 5000; end += 1 + end / 7) {
      splits.push_back(end);
    }
    const std::int64_t first_capacity = grown.hashed()->view().capacity;
    add_rows(ctx, grown, data, splits);
    EXPECT_GE(grown.hashed()->view().capacity, 8 * first_capacity);  // it did grow, more than once
    EXPECT_EQ(read_cells(ctx, grown), whole);

    grown.clear();
    EXPECT_TRUE(read_cells(ctx, grown).cells.empty());
    add_rows(ctx, grown, data, {2500});
    EXPECT_EQ(read_cells(ctx, grown), whole);
  }
}

TEST_P(HashedCountsTest, TablesOfPartsAddUpToTheTableOfTheWhole) {
  Context ctx = make_context();
  for (const JointTable table : {JointTable::kAuto, JointTable::kHashed}) {
    LogitRows whole = make_logits(LogitState::kTies, 3000, 3, 10, 3);
    const CountedCells together = count_rows(ctx, whole, 3, 10, table);
    LogitRows parts[2];
    parts[0].logits.assign(whole.logits.begin(), whole.logits.begin() + 3 * 1111);
    parts[0].labels.assign(whole.labels.begin(), whole.labels.begin() + 1111);
    parts[1].logits.assign(whole.logits.begin() + 3 * 1111, whole.logits.end());
    parts[1].labels.assign(whole.labels.begin() + 1111, whole.labels.end());
    JointCounts sum(ctx, 3, 10, table);
    JointCounts counts(ctx, 3, 10, table);
    for (const LogitRows& part : {parts[1], parts[0], LogitRows{}}) {
      counts.clear();
      add_rows(ctx, counts, part);
      sum.add(ctx, counts);
    }
    EXPECT_EQ(read_cells(ctx, sum), together);
    counts.add(ctx, sum);  // to an empty one
    EXPECT_EQ(read_cells(ctx, counts), together);
  }
}

TEST_P(HashedCountsTest, AllRowsInOneCellAreCounted) {
  Context ctx = make_context();
  const std::int64_t rows = 50001;
  LogitRows data{std::vector<float>(static_cast<std::size_t>(rows) * 100, 0.25f),
                 std::vector<std::int32_t>(static_cast<std::size_t>(rows), 7)};
  const CountedCells counted = count_rows(ctx, data, 100, 10, JointTable::kAuto);
  ASSERT_EQ(counted.cells.size(), 1u);
  EXPECT_EQ(counted.cells[0], (JointCell{0, 7, static_cast<std::uint64_t>(rows)}));
  EXPECT_EQ(counted.row[kInfoEntropyT], 0.0);
  EXPECT_EQ(counted.row[kInfoEntropyTY], 0.0);
}

TEST_P(HashedCountsTest, RowsThatAllDifferAreAllKept) {
  // Three classes share the probability: every choice of them is a tuple of its own.
  Context ctx = make_context();
  const int classes = 60;
  LogitRows data;
  for (int a = 0; a < classes; ++a) {
    for (int b = a + 1; b < classes; ++b) {
      for (int c = b + 1; c < classes; ++c) {
        std::vector<float> row(static_cast<std::size_t>(classes), -50.0f);
        for (const int k : {a, b, c}) {
          row[static_cast<std::size_t>(k)] = 1.0f;
        }
        data.logits.insert(data.logits.end(), row.begin(), row.end());
        data.labels.push_back(a);
      }
    }
  }
  const double n = 34220.0;  // binom(60, 3)
  const CountedCells counted = count_rows(ctx, data, classes, 10, JointTable::kAuto);
  EXPECT_EQ(counted.row[kInfoRows], n);
  EXPECT_EQ(counted.row[kInfoSymbols], n);
  EXPECT_EQ(counted.row[kInfoSingletons], n);
  EXPECT_NEAR(counted.row[kInfoEntropyT], std::log2(n), 1e-12);
  EXPECT_NEAR(counted.row[kInfoEntropyTY], std::log2(n), 1e-12);
}

TEST_P(HashedCountsTest, AreChosenWhereADenseTableDoesNotFit) {
  Context ctx = make_context();
  EXPECT_EQ(JointCounts(ctx, 10, 10).hashed(), nullptr);
  EXPECT_NE(JointCounts(ctx, 100, 10).hashed(), nullptr);
  EXPECT_NE(JointCounts(ctx, 1000, 10).hashed(), nullptr);
  EXPECT_NE(JointCounts(ctx, 10, 256).hashed(), nullptr);
  EXPECT_THROW(JointCounts(ctx, 1, 10), UsageError);
  EXPECT_THROW(JointCounts(ctx, 100, 257), UsageError);
  EXPECT_THROW(JointCounts(ctx, 1000, 100), UsageError);
}

TEST_P(HashedCountsTest, WithoutMemoryToGrowTheCountsAreStillThere) {
  if (test::kSanitized) {
    GTEST_SKIP() << "AddressSanitizer ends the program when so much memory is asked for";
  }
  Context ctx = make_context();
  JointCounts counts(ctx, 100, 10);
  add_rows(ctx, counts, make_logits(LogitState::kTrained, 400, 100, 10, 3));
  const CountedCells before = read_cells(ctx, counts);
  EXPECT_THROW(counts.reserve(ctx, std::int64_t{1} << 50), DeviceError);
  EXPECT_EQ(read_cells(ctx, counts), before);
}

INFOPLANE_FOR_EACH_DEVICE(HashedCountsTest);

}  // namespace
}  // namespace infoplane
