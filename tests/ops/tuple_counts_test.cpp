// Hidden layers: against the definition, in any split, through growth and merging, and wide ones
// against narrow ones.
#include "ops/tuple_counts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "tests/oracle/tuples.h"
#include "tests/support/activations.h"
#include "tests/support/counted.h"
#include "tests/support/devices.h"
#include "tests/support/sanitized.h"

namespace infoplane {
namespace {

using ops::JointCounts;
using test::ActivationRows;
using test::ActivationState;
using test::CountedCells;
using test::kActivationStates;
using test::kSanitized;
using test::make_activations;
using test::read_cells;
using testing::HasSubstr;

/// Rows [first, last).
void add_rows(Context& ctx, JointCounts& counts, const ActivationRows& data, std::int64_t first,
              std::int64_t last) {
  const int units = counts.tuples()->bins().units;
  const Tensor<float> values(ctx, {data.rows(), units}, data.values);
  const Tensor<std::int32_t> labels(ctx, {data.rows()}, data.labels);
  ops::count_tuples(ctx, values.view().rows(first, last - first),
                    labels.view().rows(first, last - first), counts);
}

CountedCells count_rows(Context& ctx, const ActivationRows& data, int classes,
                        const TupleBins& bins) {
  JointCounts counts(ctx, classes, bins);
  add_rows(ctx, counts, data, 0, data.rows());
  return read_cells(ctx, counts);
}

/// What cells say of symbols, whatever these are called: for each, its counts by label.
std::multiset<std::vector<std::pair<std::int32_t, std::uint64_t>>> anonymous(
    const std::vector<JointCell>& cells) {
  std::map<std::uint64_t, std::vector<std::pair<std::int32_t, std::uint64_t>>> symbols;
  for (const JointCell& cell : cells) {
    symbols[cell.symbol].emplace_back(cell.label, cell.count);
  }
  std::multiset<std::vector<std::pair<std::int32_t, std::uint64_t>>> result;
  for (auto& entry : symbols) {
    result.insert(std::move(entry.second));
  }
  return result;
}

void expect_as_defined(const CountedCells& counted, const oracle::Result& expected, int classes) {
  EXPECT_EQ(counted.row[kInfoRows], static_cast<double>(expected.rows));
  EXPECT_EQ(counted.row[kInfoBadLogits], static_cast<double>(expected.bad_logits));
  EXPECT_EQ(counted.row[kInfoBadLabels], static_cast<double>(expected.bad_labels));
  EXPECT_EQ(counted.row[kInfoSymbols], static_cast<double>(expected.symbols));
  EXPECT_EQ(counted.row[kInfoSingletons], static_cast<double>(expected.singletons));
  EXPECT_NEAR(counted.row[kInfoEntropyT], expected.h_t_bits, 1e-11);
  EXPECT_NEAR(counted.row[kInfoEntropyY], expected.h_y_bits, 1e-11);
  EXPECT_NEAR(counted.row[kInfoEntropyTY], expected.h_ty_bits, 1e-11);
  for (int c = 0; c < classes && expected.rows > 0; ++c) {
    const auto index = static_cast<std::size_t>(c);
    const double* fields = counted.row.data() + kInfoPerClass + c * kInfoClassFields;
    EXPECT_EQ(fields[kInfoClassRows], static_cast<double>(expected.class_rows[index]));
    EXPECT_EQ(fields[kInfoClassCorrect], 0.0);
    EXPECT_NEAR(fields[kInfoClassIxt], expected.class_planes[index].i_xt_bits, 1e-11);
    EXPECT_NEAR(fields[kInfoClassIty], expected.class_planes[index].i_ty_bits, 1e-11);
  }
  std::vector<JointCell> cells;
  std::map<oracle::Tuple, std::uint64_t> numbers;
  for (const auto& [symbol_label, count] : expected.counts) {
    const auto number = numbers.try_emplace(symbol_label.first, numbers.size()).first->second;
    cells.push_back({number, symbol_label.second, count});
  }
  EXPECT_TRUE(anonymous(counted.cells) == anonymous(cells));
}

class TupleCountsTest : public test::DeviceTest {};

TEST_P(TupleCountsTest, AgreeWithTheDefinition) {
  Context ctx = make_context();
  // Numbers of 64 bits and of 128, and wider tuples, whole words of them and not.
  for (const auto& [units, bins] :
       {std::pair{1, 2}, std::pair{3, 30}, std::pair{13, 30}, std::pair{26, 30}, std::pair{27, 30},
        std::pair{32, 17}, std::pair{33, 256}, std::pair{1100, 30}}) {
    for (const ActivationState state : kActivationStates) {
      for (const std::int64_t rows : {0, 1, 31, units > 1000 ? 70 : 700}) {
        for (const bool clamp : {false, true}) {
          SCOPED_TRACE(std::to_string(units) + " units, " + std::to_string(bins) + " bins, " +
                       std::to_string(rows) + " rows, state " +
                       std::to_string(static_cast<int>(state)));
          const ActivationRows data = make_activations(state, rows, units, bins, 3, 7);
          expect_as_defined(
              count_rows(ctx, data, 3, equal_intervals(units, bins, -1.0f, 1.0f, clamp)),
              oracle::layer(data.values, data.labels, units, 3, -1.0, 1.0, bins, clamp), 3);
        }
      }
    }
  }
}

TEST_P(TupleCountsTest, TheOrderOfUnitsAndIdleUnitsChangeNothing) {
  Context ctx = make_context();
  const ActivationRows narrow = make_activations(ActivationState::kOneUnit, 500, 5, 30, 4, 3);
  ActivationRows wide;
  wide.labels = narrow.labels;
  for (std::size_t i = 0; i < 500; ++i) {
    wide.values.insert(wide.values.end(), 95, 0.5f);
    wide.values.insert(wide.values.end(), narrow.values.rend() - 5 * (std::ptrdiff_t(i) + 1),
                       narrow.values.rend() - 5 * std::ptrdiff_t(i));
  }
  const CountedCells a = count_rows(ctx, narrow, 4, equal_intervals(5, 30, -1.0f, 1.0f));
  const CountedCells b = count_rows(ctx, wide, 4, equal_intervals(100, 30, -1.0f, 1.0f));
  EXPECT_TRUE(anonymous(a.cells) == anonymous(b.cells));
  EXPECT_GT(a.row[kInfoSymbols], 20.0);
}

TEST_P(TupleCountsTest, AnySplitAndAnyGrowthGiveTheSameTable) {
  constexpr std::int64_t kRows = kSanitized ? 1500 : 5000;
  Context ctx = make_context();
  for (const int units : {5, 40}) {
    for (const ActivationState state : {ActivationState::kOneUnit, ActivationState::kHostile}) {
      const ActivationRows data = make_activations(state, kRows, units, 30, 10, 3);
      const TupleBins bins = equal_intervals(units, 30, -1.0f, 1.0f);
      JointCounts roomy(ctx, 10, bins);
      roomy.reserve(ctx, 20 * kRows);
      const std::int64_t allocations = ctx.backend().allocations();
      add_rows(ctx, roomy, data, 0, kRows);
      EXPECT_LE(ctx.backend().allocations(), allocations + 3);  // rows, labels and scratch
      const CountedCells whole = read_cells(ctx, roomy);
      EXPECT_GT(whole.cells.size(), 50u);

      JointCounts grown(ctx, 10, bins);
      for (std::int64_t first = 0, last = 1; first < kRows; first = last, last += 1 + last / 7) {
        add_rows(ctx, grown, data, first, last = std::min(last, kRows));
      }
      EXPECT_EQ(grown.rows(), kRows);
      EXPECT_EQ(read_cells(ctx, grown), whole);

      grown.clear();
      EXPECT_TRUE(read_cells(ctx, grown).cells.empty());
      add_rows(ctx, grown, data, 0, kRows / 2);
      add_rows(ctx, grown, data, kRows / 2, kRows);
      EXPECT_EQ(read_cells(ctx, grown), whole);
    }
  }
}

TEST_P(TupleCountsTest, TablesOfPartsAddUpToTheTableOfTheWhole) {
  constexpr std::int64_t kRows = kSanitized ? 900 : 3000;
  constexpr std::int64_t kCut = kRows / 2 + 200;
  const std::pair<std::int64_t, std::int64_t> parts[] = {
      {0, 1}, {1, kCut}, {kCut, kCut}, {kCut, kRows}};
  Context ctx = make_context();
  for (const int units : {5, 40}) {
    for (const ActivationState state : kActivationStates) {
      const ActivationRows data = make_activations(state, kRows, units, 30, 10, 5);
      const TupleBins bins = equal_intervals(units, 30, -1.0f, 1.0f);
      JointCounts sum(ctx, 10, bins);
      JointCounts part(ctx, 10, bins);
      for (const auto& [first, last] : parts) {
        part.clear();
        add_rows(ctx, part, data, first, last);
        sum.add(ctx, part);
      }
      EXPECT_EQ(sum.rows(), kRows);
      EXPECT_EQ(read_cells(ctx, sum), count_rows(ctx, data, 10, bins));
    }
  }
}

TEST_P(TupleCountsTest, DoNotTakeTuplesOfOneDigestForEachOther) {
  // Among 300,000 tuples about ten pairs share the 32 bits of digest that are kept.
  Context ctx = make_context();
  const std::int64_t rows = 300000;
  const int units = 27;
  ActivationRows data;
  for (std::int64_t i = 0; i < rows; ++i) {
    for (int k = 0; k < units; ++k) {
      data.values.push_back(k < 19 ? static_cast<float>(i >> k & 1) : 1.0f);
    }
    data.labels.push_back(0);
  }
  const CountedCells counted = count_rows(ctx, data, 1, equal_intervals(units, 30, 0.0f, 1.0f));
  EXPECT_EQ(counted.row[kInfoSymbols], static_cast<double>(rows));
  EXPECT_EQ(counted.row[kInfoSingletons], static_cast<double>(rows));
  std::set<std::uint64_t> digests;
  for (std::int64_t i = 0; i < rows; ++i) {
    std::uint64_t digest = 0;
    const TupleBins bins = equal_intervals(units, 30, 0.0f, 1.0f);
    const TupleBinsView view{units, 30, false, bins.edges.data()};
    for (std::int64_t w = 0; w < tuple_words(units); ++w) {
      std::uint64_t word = 0;
      tuple_word(view, BinFinder(view), data.values.data() + i * units, w, word);
      digest += word_digest(w, word);
    }
    digests.insert(digest >> 32);
  }
  EXPECT_LT(digests.size(), static_cast<std::size_t>(rows)) << "no two share one: test more";
}

TEST_P(TupleCountsTest, RangesMayBeFoundOnTheDevice) {
  Context ctx = make_context();
  constexpr float kInf = std::numeric_limits<float>::infinity();
  for (const std::int64_t size : {1, 31, 257, 70001}) {
    std::vector<float> values = make_activations(ActivationState::kSpread, size, 1, 2, 2, 9).values;
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    const std::vector<float> expected{*low, *high};
    values.insert(values.end(), {kInf, -kInf, std::numeric_limits<float>::quiet_NaN()});
    Tensor<float> range(ctx, {2}, {kInf, -kInf});
    ops::widen_range(ctx, Tensor<float>(ctx, {std::ssize(values)}, values).view(), range);
    EXPECT_EQ(range.to_host_sync(), expected);
    ops::widen_range(ctx, Tensor<float>(ctx, {1}, {0.0f}).view(), range);
    EXPECT_EQ(range.to_host_sync(),
              (std::vector<float>{std::min(0.0f, expected[0]), std::max(0.0f, expected[1])}));

    JointCounts found(ctx, 2, equal_intervals(1, 30, 0.0f, 1.0f));
    found.tuples()->set_range(ctx, range);
    const ActivationRows data = make_activations(ActivationState::kSpread, size, 1, 2, 2, 9);
    add_rows(ctx, found, data, 0, size);
    EXPECT_EQ(read_cells(ctx, found), count_rows(ctx, data, 2,
                                                 equal_intervals(1, 30, std::min(0.0f, expected[0]),
                                                                 std::max(0.0f, expected[1]))));
  }
}

TEST_P(TupleCountsTest, RefuseWhatDoesNotGoTogether) {
  Context ctx = make_context();
  const TupleBins bins = equal_intervals(4, 30, -1.0f, 1.0f);
  JointCounts layer(ctx, 3, bins);
  JointCounts output(ctx, 3, 10);
  const Tensor<float> values(ctx, {2, 4});
  const Tensor<float> logits(ctx, {2, 3});
  const Tensor<std::int32_t> labels(ctx, {2});
  EXPECT_THROW(ops::count_tuples(ctx, logits, labels, output), UsageError);
  EXPECT_THROW(ops::count_joint(ctx, logits, labels, layer), UsageError);
  EXPECT_THROW(ops::count_tuples(ctx, logits, labels, layer), ShapeError);
  const Tensor<std::int32_t> two_each(ctx, {labels.shape()[0], 2});
  EXPECT_THROW(ops::count_tuples(ctx, logits, two_each, layer), ShapeError);
  const auto refusal = [&ctx](JointCounts& to, const JointCounts& from) -> std::string {
    try {
      to.add(ctx, from);
    } catch (const UsageError& error) {
      return error.what();
    }
    return "none";
  };
  EXPECT_THAT(refusal(layer, output), HasSubstr("10 bins cannot be added to one of 30"));
  EXPECT_THAT(refusal(layer, JointCounts(ctx, 3, 30)), HasSubstr("0 hidden units"));
  EXPECT_THAT(refusal(layer, JointCounts(ctx, 2, bins)), HasSubstr("2 classes"));
  EXPECT_THAT(refusal(layer, JointCounts(ctx, 3, equal_intervals(5, 30, -1.0f, 1.0f))),
              HasSubstr("5 hidden units"));
  EXPECT_THAT(refusal(layer, JointCounts(ctx, 3, equal_intervals(4, 30, -1.0f, 2.0f))),
              HasSubstr("ranges"));
  EXPECT_THAT(refusal(output, JointCounts(ctx, 3, 10, ops::JointTable::kHashed)),
              HasSubstr("a dense and a hashed table"));
  EXPECT_THROW(JointCounts(ctx, 0, bins), UsageError);
}

TEST_P(TupleCountsTest, MoreRowsThanACellHoldsAreRefused) {
  Context ctx = make_context();
  JointCounts dense(ctx, 2, 2);
  dense.expect(ctx, kMostCountedRows);
  EXPECT_EQ(dense.rows(), 0);
  dense.take(kMostCountedRows);
  EXPECT_THROW(dense.expect(ctx, 1), DataError);
  EXPECT_EQ(dense.rows(), kMostCountedRows);
  dense.clear();
  dense.expect(ctx, 1);
  JointCounts layer(ctx, 2, equal_intervals(40, 30, -1.0f, 1.0f));
  EXPECT_THROW(layer.expect(ctx, kMostCountedRows + 1), DataError);
  EXPECT_EQ(layer.rows(), 0);
}

INFOPLANE_FOR_EACH_DEVICE(TupleCountsTest);

TEST(TupleThreads, AnyNumberOfThreadsGivesTheSameTable) {
  for (const int units : {2, 26, 27, 64}) {
    for (const ActivationState state : kActivationStates) {
      const std::int64_t rows = units == 2 ? 100001 : 20001;
      const ActivationRows data = make_activations(state, rows, units, 30, 5, 11);
      const TupleBins bins = equal_intervals(units, 30, -1.0f, 1.0f);
      Context alone = ops::make_context(Device::kCpu, {1});
      const CountedCells expected = count_rows(alone, data, 5, bins);
      for (const int threads : {2, 3, 7}) {
        Context ctx = ops::make_context(Device::kCpu, {threads});
        EXPECT_TRUE(count_rows(ctx, data, 5, bins) == expected)
            << threads << " threads, " << units << " units, state " << static_cast<int>(state);
      }
    }
  }
}

}  // namespace
}  // namespace infoplane
