// What must hold of every joint table, over random sizes and adversarial rows (rapidcheck): it is
// the definition's but for rows at an edge; it does not depend on kernel, threads or batches; parts
// add up to the whole.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "ops/context.h"
#include "ops/tuple_counts.h"
#include "tests/oracle/tuples.h"
#include "tests/support/activations.h"
#include "tests/support/counted.h"
#include "tests/support/environment.h"
#include "tests/support/logits.h"
#include "tests/support/sanitized.h"

namespace infoplane {
namespace {

using ops::JointCounts;
using ops::JointTable;
using test::ActivationRows;
using test::CountedCells;
using test::kLogitStates;
using test::LogitRows;
using test::LogitState;
using test::read_cells;

// The same cases on every run, a hundred or, where each takes five times as long, forty; RC_PARAMS
// asks for others.
const int kSeeded =
    ::setenv("RC_PARAMS", test::kSanitized ? "seed=20251125 max_success=40" : "seed=20251125", 0);

/// How rows are counted; none of it may change the table.
struct Way {
  std::string kernel;
  int threads = 1;
  std::vector<std::int64_t> ends;  ///< of batches, ascending, the last one of all rows
};

/// Calls add(first, rows) for each batch.
template <class Add>
void for_each_batch(const Way& way, const Add& add) {
  std::int64_t first = 0;
  for (const std::int64_t end : way.ends) {
    add(first, end - first);
    first = end;
  }
}

/// Counts in one table, or, `merged`, each batch in a table of its own that is then added.
CountedCells count_logits(const LogitRows& data, int classes, int bins, JointTable table,
                          const Way& way, bool merged = false) {
  const test::ScopedVariable forced("INFOPLANE_CPU_KERNEL", way.kernel.c_str());
  Context ctx = ops::make_context(Device::kCpu, {way.threads});
  JointCounts counts(ctx, classes, bins, table);
  JointCounts part(ctx, classes, bins, table);
  const Tensor<float> logits(ctx, {data.rows(), classes}, data.logits);
  const Tensor<std::int32_t> labels(ctx, {data.rows()}, data.labels);
  for_each_batch(way, [&](std::int64_t first, std::int64_t rows) {
    part.clear();
    ops::count_joint(ctx, logits.view().rows(first, rows), labels.view().rows(first, rows),
                     merged ? part : counts);
    counts.add(ctx, part);
  });
  return read_cells(ctx, counts);
}

CountedCells count_layer(const ActivationRows& data, int classes, const TupleBins& bins,
                         const Way& way, bool merged = false) {
  Context ctx = ops::make_context(Device::kCpu, {way.threads});
  JointCounts counts(ctx, classes, bins);
  JointCounts part(ctx, classes, bins);
  const Tensor<float> values(ctx, {data.rows(), bins.units}, data.values);
  const Tensor<std::int32_t> labels(ctx, {data.rows()}, data.labels);
  for_each_batch(way, [&](std::int64_t first, std::int64_t rows) {
    part.clear();
    ops::count_tuples(ctx, values.view().rows(first, rows), labels.view().rows(first, rows),
                      merged ? part : counts);
    counts.add(ctx, part);
  });
  return read_cells(ctx, counts);
}

/// For each label the counts of its cells, largest first: what two tables share whose symbols are
/// named differently.
std::map<std::int32_t, std::vector<std::uint64_t>> profile(const std::vector<JointCell>& cells) {
  std::map<std::int32_t, std::vector<std::uint64_t>> result;
  for (const JointCell& cell : cells) {
    result[cell.label].push_back(cell.count);
  }
  for (auto& entry : result) {
    std::sort(entry.second.rbegin(), entry.second.rend());
  }
  return result;
}

std::vector<JointCell> cells_of(const oracle::Result& expected) {
  std::map<oracle::Tuple, std::uint64_t> numbers;
  std::vector<JointCell> cells;
  for (const auto& [symbol_label, count] : expected.counts) {
    const auto number = numbers.try_emplace(symbol_label.first, numbers.size()).first->second;
    cells.push_back({number, symbol_label.second, count});
  }
  return cells;
}

/// Sum of the differences of two profiles. A row in another cell adds at most two.
std::uint64_t distance(const std::vector<JointCell>& a, const std::vector<JointCell>& b) {
  auto one = profile(a);
  auto other = profile(b);
  std::uint64_t sum = 0;
  for (auto& [label, counts] : one) {
    std::vector<std::uint64_t>& theirs = other[label];
    counts.resize(std::max(counts.size(), theirs.size()));
    theirs.resize(counts.size());
    for (std::size_t i = 0; i < counts.size(); ++i) {
      sum += counts[i] > theirs[i] ? counts[i] - theirs[i] : theirs[i] - counts[i];
    }
  }
  for (const auto& [label, counts] : other) {
    sum +=
        one.count(label) == 0 ? std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}) : 0;
  }
  return sum;
}

void require_as_defined(const CountedCells& counted, const oracle::Result& expected,
                        std::int64_t given) {
  RC_ASSERT(counted.field(kInfoBadLogits) == static_cast<double>(expected.bad_logits));
  RC_ASSERT(counted.field(kInfoBadLabels) == static_cast<double>(expected.bad_labels));
  std::uint64_t rows = 0;
  for (const JointCell& cell : counted.cells) {
    rows += cell.count;
  }
  const auto rejected = static_cast<std::uint64_t>(expected.bad_logits + expected.bad_labels);
  RC_ASSERT(rows == static_cast<std::uint64_t>(given) - rejected);
  RC_ASSERT(counted.field(kInfoRows) == static_cast<double>(rows));
  const auto near_edges = static_cast<double>(expected.near_edges);
  RC_ASSERT(static_cast<double>(distance(counted.cells, cells_of(expected))) <= 2.0 * near_edges);
  RC_ASSERT(std::abs(counted.field(kInfoSymbols) - static_cast<double>(expected.symbols)) <=
            near_edges);
  // A row that moves may make one symbol single and take another's singleness away.
  RC_ASSERT(std::abs(counted.field(kInfoSingletons) - static_cast<double>(expected.singletons)) <=
            2.0 * near_edges);
}

/// Random batches: up to four ends among the rows, and the last.
std::vector<std::int64_t> random_ends(std::int64_t rows) {
  std::vector<std::int64_t> ends = *rc::gen::container<std::vector<std::int64_t>>(
      4, rc::gen::inRange<std::int64_t>(0, rows + 1));
  std::sort(ends.begin(), ends.end());
  ends.push_back(rows);
  return ends;
}

/// Every kernel that this processor has, one thread and several, one batch and several.
std::vector<Way> ways(std::int64_t rows) {
  std::vector<Way> result;
  for (const char* kernel : {"scalar", "avx2", "avx512"}) {
    try {
      const test::ScopedVariable forced("INFOPLANE_CPU_KERNEL", kernel);
      Context ctx = ops::make_context(Device::kCpu, {1});
      JointCounts counts(ctx, 2, 2);
      ops::count_joint(ctx, Tensor<float>(ctx, {1, 2}), Tensor<std::int32_t>(ctx, {1}), counts);
    } catch (const UsageError&) {
      continue;  // this processor lacks it
    }
    for (const int threads : {1, 2, 3, 7}) {
      result.push_back({kernel, threads, random_ends(rows)});
    }
  }
  return result;
}

/// Mostly small, now and then up to the largest: a table of 1000 classes has many elements.
template <class T>
T sized(T least, T most) {
  const T small = std::min<T>(most, least + 40);
  return *rc::gen::weightedOneOf<T>(
      {{2, rc::gen::inRange<T>(least, small)}, {1, rc::gen::inRange<T>(least, most + 1)}});
}

TEST(CountingProperty, ProductsOfLargeCountsDoNotOverflow) {
  // 70,000 rows a cell, whose products pass 32 bits, in two symbols of two labels; then the same
  // table added to it.
  Context ctx = ops::make_context(Device::kCpu, {2});
  constexpr std::int64_t kRows = 280000;
  std::vector<float> values;
  std::vector<std::int32_t> of_rows;
  for (std::int64_t i = 0; i < kRows; ++i) {
    values.insert(values.end(), {i % 4 < 3 ? 9.0f : 0.0f, i % 4 < 3 ? 0.0f : 9.0f});
    of_rows.push_back(i % 4 == 0 ? 1 : 0);
  }
  const Tensor<float> logits(ctx, {kRows, 2}, values);
  const Tensor<std::int32_t> labels(ctx, {kRows}, of_rows);
  const TupleBins bins = equal_intervals(2, 10, 0.0f, 9.0f);
  const double h_t = 2.0 - 0.75 * std::log2(3.0);  // n(t) = 3/4, 1/4
  const double h_ty = 1.5;                         // n(t, y) = 1/2, 1/4, 1/4
  for (int kind = 0; kind < 3; ++kind) {
    const auto make = [&] {
      return kind == 2
                 ? JointCounts(ctx, 2, bins)
                 : JointCounts(ctx, 2, 10, kind == 0 ? JointTable::kAuto : JointTable::kHashed);
    };
    JointCounts counts = make();
    JointCounts same = make();
    for (JointCounts* table : {&counts, &same}) {
      kind == 2 ? ops::count_tuples(ctx, logits, labels, *table)
                : ops::count_joint(ctx, logits, labels, *table);
    }
    for (double rows = kRows; rows <= 2 * kRows; rows += kRows) {
      const CountedCells counted = read_cells(ctx, counts);
      EXPECT_EQ(counted.field(kInfoRows), rows);
      EXPECT_NEAR(counted.field(kInfoEntropyT), h_t, 1e-12);
      EXPECT_NEAR(counted.field(kInfoEntropyTY), h_ty, 1e-12);
      counts.add(ctx, same);
    }
  }
}

RC_GTEST_PROP(CountingProperty, TablesOfLogitsAreTheDefinitions, ()) {
  const int classes = sized(2, 1000);
  const int bins = std::min(sized(2, 256), most_hashed_bins(classes));
  const std::int64_t rows = sized<std::int64_t>(0, std::min(5000, 400000 / classes));
  const LogitState state =
      *rc::gen::elementOf(std::vector(std::begin(kLogitStates), std::end(kLogitStates)));
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const LogitRows data = test::make_logits(state, rows, classes, bins, seed);
  RC_TAG(static_cast<int>(state));

  const bool small =
      classes <= 32 && binomial_capped(static_cast<std::uint64_t>(bins + classes),
                                       static_cast<std::uint64_t>(classes), 100000) <= 100000;
  const JointTable table = small ? JointTable::kAuto : JointTable::kHashed;
  const CountedCells counted = count_logits(data, classes, bins, table, {"scalar", 1, {rows}});
  require_as_defined(counted, oracle::information(data.logits, data.labels, classes, bins), rows);
  for (const Way& way : ways(rows)) {
    RC_ASSERT(count_logits(data, classes, bins, table, way) == counted);
  }
  RC_ASSERT(count_logits(data, classes, bins, table, {"", 2, random_ends(rows)}, true) == counted);
}

RC_GTEST_PROP(CountingProperty, TablesOfHiddenLayersAreTheDefinitions, ()) {
  const int units = sized(1, 300);
  const int bins = sized(2, 256);
  const int classes = *rc::gen::inRange(1, 12);
  const std::int64_t rows = sized<std::int64_t>(0, std::min(5000, 200000 / units));
  const auto state = *rc::gen::elementOf(
      std::vector(std::begin(test::kActivationStates), std::end(test::kActivationStates)));
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const bool clamp = *rc::gen::arbitrary<bool>();
  const ActivationRows data = test::make_activations(state, rows, units, bins, classes, seed);
  const TupleBins tuple_bins = equal_intervals(units, bins, -1.0f, 1.0f, clamp);
  const CountedCells counted = count_layer(data, classes, tuple_bins, {"", 1, {rows}});
  require_as_defined(
      counted, oracle::layer(data.values, data.labels, units, classes, -1.0, 1.0, bins, clamp),
      rows);
  for (const int threads : {2, 3, 7}) {
    const Way way{"", threads, random_ends(rows)};
    RC_ASSERT(count_layer(data, classes, tuple_bins, way) == counted);
    RC_ASSERT(count_layer(data, classes, tuple_bins, way, true) == counted);
  }
}

}  // namespace
}  // namespace infoplane
