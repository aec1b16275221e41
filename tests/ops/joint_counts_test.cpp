#include "ops/joint_counts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "core/error.h"
#include "ops/context.h"
#include "tests/oracle/information.h"
#include "tests/support/counted.h"
#include "tests/support/devices.h"
#include "tests/support/errors.h"
#include "tests/support/logits.h"

namespace infoplane {
namespace {

using test::CountedTable;
using test::kLogitStates;
using test::kTenClassBins;
using test::LogitRows;
using test::LogitState;
using test::make_logits;
using test::read_table;

class JointCountsTest : public test::DeviceTest {};

/// Counts the rows in batches that end at `splits` (ascending) and at the last row.
CountedTable count_rows(Context& ctx, const LogitRows& data, int classes, int bins,
                        std::vector<std::int64_t> splits = {}) {
  ops::JointCounts counts(ctx, classes, bins);
  const Tensor<float> logits(ctx, {data.rows(), classes}, data.logits);
  const Tensor<std::int32_t> labels(ctx, {data.rows()}, data.labels);
  splits.push_back(data.rows());
  std::int64_t first = 0;
  for (const std::int64_t last : splits) {
    ops::count_joint(ctx,
                     View<const float>(logits.data() + first * classes, {last - first, classes}),
                     View<const std::int32_t>(labels.data() + first, {last - first}), counts);
    first = last;
  }
  return read_table(ctx, counts);
}

std::uint32_t rank_of(const oracle::Tuple& tuple) {
  // sum over i of binom(s_i + i, i + 1) with prefix sums s_i.
  double rank = 0.0;
  int prefix = 0;
  for (std::size_t i = 0; i < tuple.size(); ++i) {
    prefix += tuple[i];
    double binomial = prefix > 0 ? 1.0 : 0.0;
    for (std::size_t k = 1; k <= i + 1; ++k) {
      binomial = binomial * (static_cast<double>(prefix - 1) + static_cast<double>(k)) /
                 static_cast<double>(k);
    }
    rank += std::round(binomial);
  }
  return static_cast<std::uint32_t>(rank);
}

double field(const CountedTable& counted, int c, InformationPerClassField which) {
  return counted.row[static_cast<std::size_t>(kInfoPerClass + c * kInfoClassFields + which)];
}

/// Checks a table and its results against the definition. Rows with a probability within 4 ulp
/// of an edge may fall on either side; the entropies are compared where none did.
void expect_as_defined(const CountedTable& counted, const LogitRows& data, int classes, int bins) {
  const oracle::Result expected = oracle::information(data.logits, data.labels, classes, bins);
  std::vector<std::uint32_t> table(counted.counts.size());
  for (const auto& [symbol_label, count] : expected.counts) {
    const std::size_t cell =
        std::size_t{rank_of(symbol_label.first)} * static_cast<std::size_t>(classes) +
        static_cast<std::size_t>(symbol_label.second);
    ASSERT_LT(cell, table.size());
    table[cell] += static_cast<std::uint32_t>(count);
  }
  std::int64_t moved = 0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    moved += std::abs(std::int64_t{table[i]} - std::int64_t{counted.counts[i]});
  }
  EXPECT_LE(moved, 2 * expected.near_edges);
  EXPECT_EQ(counted.row[kInfoRows], static_cast<double>(expected.rows));
  EXPECT_EQ(counted.row[kInfoBadLogits], static_cast<double>(expected.bad_logits));
  EXPECT_EQ(counted.row[kInfoBadLabels], static_cast<double>(expected.bad_labels));
  EXPECT_EQ(counted.row[kInfoRows] + counted.row[kInfoBadLogits] + counted.row[kInfoBadLabels],
            static_cast<double>(data.rows()));
  EXPECT_NEAR(counted.row[kInfoEntropyY], expected.h_y_bits, 1e-12);
  EXPECT_NEAR(counted.row[kInfoLoss], expected.loss_nats, 1e-6 * std::max(1.0, expected.loss_nats));
  double correct = 0.0;
  for (int c = 0; c < classes; ++c) {
    const auto index = static_cast<std::size_t>(c);
    EXPECT_EQ(field(counted, c, kInfoClassRows), static_cast<double>(expected.class_rows[index]));
    EXPECT_EQ(field(counted, c, kInfoClassCorrect),
              static_cast<double>(expected.class_correct[index]));
    correct += static_cast<double>(expected.class_correct[index]);
  }
  EXPECT_EQ(counted.row[kInfoCorrect], correct);
  if (moved > 0 || expected.rows == 0) {
    return;
  }
  EXPECT_EQ(counted.row[kInfoSymbols], static_cast<double>(expected.symbols));
  EXPECT_EQ(counted.row[kInfoSingletons], static_cast<double>(expected.singletons));
  EXPECT_NEAR(counted.row[kInfoEntropyT], expected.h_t_bits, 1e-11);
  EXPECT_NEAR(counted.row[kInfoEntropyTY], expected.h_ty_bits, 1e-11);
  for (int c = 0; c < classes; ++c) {
    const oracle::Plane& plane = expected.class_planes[static_cast<std::size_t>(c)];
    EXPECT_NEAR(field(counted, c, kInfoClassIxt), plane.i_xt_bits, 1e-11) << "class " << c;
    EXPECT_NEAR(field(counted, c, kInfoClassIty), plane.i_ty_bits, 1e-11) << "class " << c;
  }
}

TEST_P(JointCountsTest, AgreesWithTheDefinition) {
  Context ctx = make_context();
  for (const auto& [classes, bins] :
       {std::pair{10, kTenClassBins}, std::pair{2, 256}, std::pair{3, 30}, std::pair{4, 7},
        std::pair{40, 3}, std::pair{101, 2}}) {
    for (const LogitState state : kLogitStates) {
      for (const std::int64_t rows : {0, 1, 31, 33, 1500}) {
        SCOPED_TRACE(std::to_string(classes) + " classes, " + std::to_string(bins) + " bins, " +
                     std::to_string(rows) + " rows, state " +
                     std::to_string(static_cast<int>(state)));
        const LogitRows data = make_logits(state, rows, classes, bins, 11);
        expect_as_defined(count_rows(ctx, data, classes, bins), data, classes, bins);
      }
    }
  }
}

TEST(HostileLogits, LeaveMostRowsToCountAndRejectSomeForEachReason) {
  Context ctx = ops::make_context(Device::kCpu);
  for (const int classes : {2, 10, 64, 203, 1000}) {
    const LogitRows data = make_logits(LogitState::kHostile, 1000, classes, 10, 12);
    ops::JointCounts counts(ctx, classes, 10, ops::JointTable::kHashed);
    const Tensor<float> logits(ctx, {1000, classes}, data.logits);
    const Tensor<std::int32_t> labels(ctx, {1000}, data.labels);
    ops::count_joint(ctx, logits, labels, counts);
    const test::CountedCells counted = test::read_cells(ctx, counts);
    EXPECT_GT(counted.field(kInfoRows), 500.0) << classes << " classes";
    EXPECT_GT(counted.field(kInfoBadLogits), 50.0) << classes << " classes";
    EXPECT_GT(counted.field(kInfoBadLabels), 20.0) << classes << " classes";
  }
}

TEST_P(JointCountsTest, FewRowsDifferFromTheDefinition) {
  // Away from constructed edges hardly a row is near one: the bound above is not an empty one.
  Context ctx = make_context();
  const LogitRows data = make_logits(LogitState::kTrained, 20000, 10, kTenClassBins, 5);
  const oracle::Result expected = oracle::information(data.logits, data.labels, 10, kTenClassBins);
  EXPECT_LE(expected.near_edges, 20);
  expect_as_defined(count_rows(ctx, data, 10, kTenClassBins), data, 10, kTenClassBins);
}

TEST_P(JointCountsTest, AnySplitIntoBatchesGivesTheSameTable) {
  Context ctx = make_context();
  for (const LogitState state : kLogitStates) {
    const LogitRows data = make_logits(state, 5000, 10, kTenClassBins, 3);
    const CountedTable whole = count_rows(ctx, data, 10, kTenClassBins);
    EXPECT_EQ(count_rows(ctx, data, 10, kTenClassBins, {1}), whole);
    EXPECT_EQ(count_rows(ctx, data, 10, kTenClassBins, {17, 17, 48, 1031, 4999}), whole);
  }
}

TEST_P(JointCountsTest, TakingIsReadingAndClearing) {
  Context ctx = make_context();
  for (const ops::JointTable kind : {ops::JointTable::kAuto, ops::JointTable::kHashed}) {
    for (const auto& [classes, bins] :
         {std::pair{10, kTenClassBins}, std::pair{3, 10}, std::pair{40, 3}}) {
      ops::JointCounts counts(ctx, classes, bins, kind);
      Tensor<double> row(ctx, {information_row_size(classes)});
      for (const LogitState state : kLogitStates) {
        const LogitRows data = make_logits(state, 3000, classes, bins, 4);
        const Tensor<float> logits(ctx, {3000, classes}, data.logits);
        const Tensor<std::int32_t> labels(ctx, {3000}, data.labels);
        ops::count_joint(ctx, logits, labels, counts);
        ops::information(ctx, counts, row);
        const std::vector<double> read = row.to_host_sync();
        row.fill_zero();
        ops::take_information(ctx, counts, row);
        EXPECT_EQ(row.to_host_sync(), read) << "state " << static_cast<int>(state);
        EXPECT_EQ(counts.rows(), 0);
        EXPECT_TRUE(counts.cells_to_host_sync().empty()) << "state " << static_cast<int>(state);
        ops::information(ctx, counts, row);
        const std::vector<double> none = row.to_host_sync();
        EXPECT_TRUE(
            std::all_of(none.begin(), none.end(), [](double field) { return field == 0.0; }));
      }
    }
  }
}

TEST_P(JointCountsTest, TheLossOfMillionsOfRowsAtTheCapDoesNotWrap) {
  // 2^42 units a row: 2^22 rows are 2^64. Few are counted, and added up by doubling.
  Context ctx = make_context();
  constexpr std::int64_t kRows = 1 << 14;
  LogitRows data;
  for (std::int64_t i = 0; i < kRows; ++i) {
    data.logits.insert(data.logits.end(), {1e30f, -1e30f});
    data.labels.push_back(1);
  }
  const Tensor<float> logits(ctx, {kRows, 2}, data.logits);
  const Tensor<std::int32_t> labels(ctx, {kRows}, data.labels);
  Tensor<double> row(ctx, {information_row_size(2)});
  for (const ops::JointTable kind : {ops::JointTable::kAuto, ops::JointTable::kHashed}) {
    if (kind == ops::JointTable::kHashed && test::kSanitized) {
      continue;  // whose memory grows with the rows
    }
    ops::JointCounts sum(ctx, 2, 2, kind);
    ops::count_joint(ctx, logits, labels, sum);
    for (int doubling = 0; doubling < 9; ++doubling) {
      ops::JointCounts twice(ctx, 2, 2, kind);
      twice.add(ctx, sum);
      twice.add(ctx, sum);
      sum = std::move(twice);
    }
    ops::information(ctx, sum, row);
    const std::vector<double> fields = row.to_host_sync();
    EXPECT_EQ(fields[kInfoRows], 0x1p+23);
    EXPECT_EQ(fields[kInfoLoss], 16384.0);
  }
}

TEST_P(JointCountsTest, MoreClassesThanTheLossCanTakeAreRefused) {
  Context ctx = make_context();
  test::expect_error<UsageError>([&] { ops::JointCounts(ctx, (1 << 22) + 1, 2); }, {"4194304"});
}

TEST_P(JointCountsTest, RepeatedReadingAndClearing) {
  Context ctx = make_context();
  const LogitRows data = make_logits(LogitState::kTrained, 3000, 10, kTenClassBins, 4);
  const Tensor<float> logits(ctx, {3000, 10}, data.logits);
  const Tensor<std::int32_t> labels(ctx, {3000}, data.labels);
  Tensor<double> row(ctx, {information_row_size(10)});
  ops::JointCounts counts(ctx, 10, kTenClassBins);
  ops::count_joint(ctx, logits, labels, counts);
  ops::information(ctx, counts, row);
  const std::vector<double> first = row.to_host_sync();
  ops::information(ctx, counts, row);
  EXPECT_EQ(row.to_host_sync(), first);
  counts.clear();
  ops::information(ctx, counts, row);
  for (const double value : row.to_host_sync()) {
    EXPECT_EQ(value, 0.0);
    EXPECT_FALSE(std::signbit(value));
  }
  ops::count_joint(ctx, logits, labels, counts);
  ops::information(ctx, counts, row);
  EXPECT_EQ(row.to_host_sync(), first);
}

TEST_P(JointCountsTest, CellsAreTheCountsThatAreNotZero) {
  Context ctx = make_context();
  const LogitRows data{{9, 0, 9, 0, 0, 9, 0, 9, 9, 0}, {1, 0, 1, 1, 1}};
  ops::JointCounts counts(ctx, 2, 10);
  EXPECT_TRUE(counts.cells_to_host_sync().empty());
  const Tensor<float> logits(ctx, {5, 2}, data.logits);
  const Tensor<std::int32_t> labels(ctx, {5}, data.labels);
  ops::count_joint(ctx, logits, labels, counts);
  const std::uint32_t first = rank_of({0, 9});
  const std::uint32_t second = rank_of({9, 0});
  ASSERT_LT(first, second);
  EXPECT_EQ(counts.cells_to_host_sync(),
            (std::vector<JointCell>{{first, 1, 2}, {second, 0, 1}, {second, 1, 2}}));
}

TEST_P(JointCountsTest, EveryRowInOneCellDoesNotOverflow) {
  Context ctx = make_context();
  LogitRows data;
  for (int i = 0; i < 100000; ++i) {
    data.logits.insert(data.logits.end(), {30.0f, 0.0f, 0.0f});
    data.labels.push_back(0);
  }
  const CountedTable counted = count_rows(ctx, data, 3, 10);
  EXPECT_EQ(counted.counts[rank_of({9, 0, 0}) * 3], 100000u);
  EXPECT_EQ(counted.row[kInfoRows], 100000.0);
  EXPECT_EQ(counted.row[kInfoSymbols], 1.0);
  for (const InformationField zero : {kInfoEntropyT, kInfoEntropyY, kInfoEntropyTY}) {
    EXPECT_EQ(counted.row[zero], 0.0);
    EXPECT_FALSE(std::signbit(counted.row[zero]));
  }
}

TEST_P(JointCountsTest, LargeCellsOfBothKindsMultiplyWithoutOverflow) {
  // Two symbols of 100,000 rows, each with 75,000 of its own label: products of counts pass 2^32.
  Context ctx = make_context();
  LogitRows data;
  for (int i = 0; i < 200000; ++i) {
    const bool second = i >= 100000;
    data.logits.insert(data.logits.end(), {second ? 0.0f : 30.0f, second ? 30.0f : 0.0f});
    data.labels.push_back((i % 4 == 0) != second ? 1 : 0);
  }
  const CountedTable counted = count_rows(ctx, data, 2, 10);
  const double h_quarter = 2.0 - 0.75 * std::log2(3.0);
  EXPECT_DOUBLE_EQ(counted.row[kInfoEntropyT], 1.0);
  EXPECT_DOUBLE_EQ(counted.row[kInfoEntropyY], 1.0);
  EXPECT_NEAR(counted.row[kInfoEntropyTY], 1.0 + h_quarter, 1e-12);
  EXPECT_NEAR(field(counted, 0, kInfoClassIty), 1.0 - h_quarter, 1e-12);
}

TEST_P(JointCountsTest, WorkedByHand) {
  // T takes a (twice) and b (twice); labels 0 0 | 0 1. H(T) = 1, H(Y) = H(1/4),
  // H(T,Y) = 1/2 log 2 + 2 * 1/4 log 4 = 1.5.
  // Class 1 against the rest: row 4 weighs 1/2, the others 1/6: w(a) = 1/3, w(b) = 2/3,
  // H_w(T) = log2 3 - 2/3; H_w(T,Y) = H(1/3, 1/6, 1/2).
  Context ctx = make_context();
  const LogitRows data{{9, 0, 9, 0, 0, 9, 0, 9}, {0, 0, 0, 1}};
  const CountedTable counted = count_rows(ctx, data, 2, 10);
  const double log3 = std::log2(3.0);
  EXPECT_EQ(counted.row[kInfoSymbols], 2.0);
  EXPECT_EQ(counted.row[kInfoSingletons], 0.0);
  EXPECT_NEAR(counted.row[kInfoEntropyT], 1.0, 1e-15);
  EXPECT_NEAR(counted.row[kInfoEntropyY], 2.0 - 0.75 * log3, 1e-15);
  EXPECT_NEAR(counted.row[kInfoEntropyTY], 1.5, 1e-15);
  EXPECT_EQ(counted.row[kInfoCorrect], 3.0);
  EXPECT_EQ(field(counted, 0, kInfoClassCorrect), 2.0);
  EXPECT_EQ(field(counted, 1, kInfoClassCorrect), 1.0);
  const double h_w_t = log3 - 2.0 / 3.0;
  const double h_w_ty = log3 / 3.0 + (log3 + 1.0) / 6.0 + 0.5;
  EXPECT_NEAR(field(counted, 1, kInfoClassIxt), h_w_t, 1e-15);
  EXPECT_NEAR(field(counted, 1, kInfoClassIty), h_w_t + 1.0 - h_w_ty, 1e-15);
  EXPECT_NEAR(counted.row[kInfoLoss],
              0.75 * std::log1p(std::exp(-9.0)) + 0.25 * std::log1p(std::exp(-9.0)) + 9.0 / 4.0,
              1e-7);
}

TEST_P(JointCountsTest, AnOutputThatIsTheLabelKnowsTheLabel) {
  // T = Y: I(T;Y) = I(X;T) = H(Y), and every plane of one class is at (1, 1).
  Context ctx = make_context();
  LogitRows data;
  for (int i = 0; i < 700; ++i) {
    const int label = i % 7;
    for (int c = 0; c < 7; ++c) {
      data.logits.push_back(c == label ? 50.0f : 0.0f);
    }
    data.labels.push_back(label);
  }
  const CountedTable counted = count_rows(ctx, data, 7, 10);
  EXPECT_NEAR(counted.row[kInfoEntropyT], std::log2(7.0), 1e-13);
  EXPECT_NEAR(counted.row[kInfoEntropyY], std::log2(7.0), 1e-13);
  EXPECT_NEAR(counted.row[kInfoEntropyTY], std::log2(7.0), 1e-13);
  for (int c = 0; c < 7; ++c) {
    EXPECT_EQ(field(counted, c, kInfoClassIty), 1.0);
    // The rest is six symbols of equal weight: H_w(T) = 1 + log2(6) / 2.
    EXPECT_NEAR(field(counted, c, kInfoClassIxt), 1.0 + 0.5 * std::log2(6.0), 1e-13);
  }
}

TEST_P(JointCountsTest, BoundsHoldAndRenamingTheLabelsChangesNothing) {
  Context ctx = make_context();
  for (const LogitState state : kLogitStates) {
    LogitRows data = make_logits(state, 2000, 10, kTenClassBins, 21);
    const CountedTable counted = count_rows(ctx, data, 10, kTenClassBins);
    const double h_t = counted.row[kInfoEntropyT];
    const double h_y = counted.row[kInfoEntropyY];
    const double i_ty = h_t + h_y - counted.row[kInfoEntropyTY];
    EXPECT_GE(i_ty, -1e-12);
    EXPECT_LE(i_ty, std::min(h_t, h_y) + 1e-12);
    EXPECT_LE(h_t, std::log2(counted.row[kInfoRows]) + 1e-12);
    for (int c = 0; c < 10; ++c) {
      EXPECT_GE(field(counted, c, kInfoClassIty), 0.0);
      EXPECT_LE(field(counted, c, kInfoClassIty),
                std::min(1.0, field(counted, c, kInfoClassIxt)) + 1e-12);
    }
    for (std::int32_t& label : data.labels) {
      label = label >= 0 && label < 10 ? (3 * label + 4) % 10 : label;
    }
    const CountedTable renamed = count_rows(ctx, data, 10, kTenClassBins);
    EXPECT_EQ(renamed.row[kInfoEntropyT], h_t);
    EXPECT_NEAR(renamed.row[kInfoEntropyY], h_y, 1e-12);
    EXPECT_NEAR(renamed.row[kInfoEntropyTY], counted.row[kInfoEntropyTY], 1e-12);
    for (int c = 0; c < 10; ++c) {
      EXPECT_NEAR(field(renamed, (3 * c + 4) % 10, kInfoClassIty), field(counted, c, kInfoClassIty),
                  1e-12);
    }
  }
}

TEST_P(JointCountsTest, AClassThatIsEmptyOrEverythingHasNoPlane) {
  Context ctx = make_context();
  LogitRows data = make_logits(LogitState::kFresh, 200, 4, 10, 2);
  std::fill(data.labels.begin(), data.labels.end(), 2);
  const CountedTable counted = count_rows(ctx, data, 4, 10);
  EXPECT_GT(counted.row[kInfoEntropyT], 0.0);
  EXPECT_EQ(counted.row[kInfoEntropyY], 0.0);
  for (int c = 0; c < 4; ++c) {
    EXPECT_EQ(field(counted, c, kInfoClassIxt), 0.0);
    EXPECT_EQ(field(counted, c, kInfoClassIty), 0.0);
  }
}

TEST_P(JointCountsTest, RejectsEachBadRowOnce) {
  Context ctx = make_context();
  constexpr float kInf = std::numeric_limits<float>::infinity();
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  LogitRows data;
  data.logits = {kNan, 0,    0, kInf, -kInf, -kInf, 0,    -kInf, 0,    0,
                 0,    kNan, 1, 0,    0,     1,     kNan, 1,     kInf, kInf};
  data.labels = {0, 0, 1, 0, 1, 7, -1, 2, 2147483647, -5};
  const CountedTable counted = count_rows(ctx, data, 2, 10);
  // Logits: rows 0, 1, 2, 5 (its label is wrong, too), 8, 9 (too). Labels: 6, 7. Good: 3, 4.
  EXPECT_EQ(counted.row[kInfoBadLogits], 6.0);
  EXPECT_EQ(counted.row[kInfoBadLabels], 2.0);
  EXPECT_EQ(counted.row[kInfoRows], 2.0);
  std::uint64_t total = 0;
  for (const std::uint32_t count : counted.counts) {
    total += count;
  }
  EXPECT_EQ(total, 2u);
}

TEST_P(JointCountsTest, ALossBeyondTheCapIsCapped) {
  Context ctx = make_context();
  constexpr float kInf = std::numeric_limits<float>::infinity();
  const LogitRows data{{0, -kInf, 3e38f, -3e38f}, {1, 1}};
  const CountedTable counted = count_rows(ctx, data, 2, 10);
  EXPECT_EQ(counted.row[kInfoLoss], 16384.0);
}

TEST_P(JointCountsTest, RefusesShapesThatDisagree) {
  Context ctx = make_context();
  ops::JointCounts counts(ctx, 3, 10);
  const Tensor<float> logits(ctx, {4, 3});
  const Tensor<float> other(ctx, {4, 2});
  const Tensor<std::int32_t> labels(ctx, {4});
  const Tensor<std::int32_t> fewer(ctx, {3});
  Tensor<double> row(ctx, {information_row_size(4)});
  EXPECT_THROW(ops::count_joint(ctx, logits, fewer, counts), ShapeError);
  EXPECT_THROW(ops::count_joint(ctx, other, labels, counts), ShapeError);
  const Tensor<std::int32_t> two_each(ctx, {4, 2});
  EXPECT_THROW(ops::count_joint(ctx, logits, two_each, counts), ShapeError);
  EXPECT_THROW(ops::information(ctx, counts, row), ShapeError);
}

INFOPLANE_FOR_EACH_DEVICE(JointCountsTest);

}  // namespace
}  // namespace infoplane
