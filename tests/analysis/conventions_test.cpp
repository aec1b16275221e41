#include "analysis/conventions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "analysis/information_meter.h"
#include "core/error.h"
#include "ops/context.h"
#include "tests/support/logits.h"

namespace infoplane {
namespace {

using test::LogitRows;
using test::LogitState;
using test::make_logits;

Measurement count(Convention convention, RowKind kind, int width, int bins,
                  const std::vector<float>& values, const std::vector<std::int32_t>& labels) {
  Context ctx = ops::make_context(Device::kCpu);
  const auto counter = make_row_counter(ctx, convention, kind, width, bins);
  counter->add(values, labels);
  return counter->read();
}

/// Activations by kIdnns, which an InformationMeter counts.
Measurement count_idnns(int units, int bins, const std::vector<float>& values,
                        const std::vector<std::int32_t>& labels) {
  Context ctx = ops::make_context(Device::kCpu);
  const auto rows = std::ssize(labels);
  InformationMeter meter(ctx, 2, idnns_bins(units, bins));
  meter.add(Tensor<float>(ctx, {rows, units}, values), Tensor<std::int32_t>(ctx, {rows}, labels));
  return meter.measure_sync();
}

/// Symbols of rows, all of label 0, in the order in which they were numbered.
std::vector<std::uint64_t> rows_of_symbols(const Measurement& measurement) {
  std::vector<std::uint64_t> rows;
  for (const JointCell& cell : measurement.cells) {
    rows.push_back(cell.count);
  }
  return rows;
}

using Rows = std::vector<std::uint64_t>;

TEST(Conventions, PaperOnTheHostIsTheMeter) {
  Context ctx = ops::make_context(Device::kCpu);
  for (const LogitState state : {LogitState::kTrained, LogitState::kTies, LogitState::kEdges,
                                 LogitState::kCollapsed, LogitState::kHostile}) {
    const LogitRows rows = make_logits(state, 2000, 5, 10, 21);
    InformationMeter meter(ctx, 5, 10);
    meter.add(Tensor<float>(ctx, {2000, 5}, rows.logits),
              Tensor<std::int32_t>(ctx, {2000}, rows.labels));
    const Measurement device = meter.measure_sync();
    const Measurement host =
        count(Convention::kPaper, RowKind::kLogits, 5, 10, rows.logits, rows.labels);
    const Information& expected = device.information;
    const Information& got = host.information;
    EXPECT_EQ(got.rows, expected.rows);
    EXPECT_EQ(got.bad_logits, expected.bad_logits);
    EXPECT_EQ(got.bad_labels, expected.bad_labels);
    EXPECT_EQ(got.symbols, expected.symbols);
    EXPECT_EQ(got.singletons, expected.singletons);
    EXPECT_EQ(got.accuracy, expected.accuracy);
    EXPECT_DOUBLE_EQ(got.loss_nats, expected.loss_nats);
    EXPECT_EQ(host.t_alphabet, 1750.0);  // of the binom(15, 5), those with a sum from 6 to 9
    EXPECT_EQ(device.t_alphabet, 1750.0);
    EXPECT_NEAR(got.h_t_bits, expected.h_t_bits, 1e-12);
    EXPECT_NEAR(got.h_ty_bits, expected.h_ty_bits, 1e-12);
    EXPECT_NEAR(got.i_ty_bits, expected.i_ty_bits, 1e-12);
    for (std::size_t c = 0; c < 5; ++c) {
      EXPECT_EQ(got.per_class[c].n, expected.per_class[c].n);
      EXPECT_NEAR(got.per_class[c].h_x_bits, expected.per_class[c].h_x_bits, 1e-12);
      EXPECT_NEAR(got.per_class[c].i_xt_bits, expected.per_class[c].i_xt_bits, 1e-12);
      EXPECT_NEAR(got.per_class[c].i_ty_bits, expected.per_class[c].i_ty_bits, 1e-12);
      EXPECT_EQ(got.per_class[c].accuracy, expected.per_class[c].accuracy);
    }
  }
}

TEST(Conventions, PaperHasBinsThatAreOpenAbove) {
  // 0.5 is in [0.5, 1], 0 in [0, 0.5), 1 in [0.5, 1].
  const Measurement result =
      count(Convention::kPaper, RowKind::kProbabilities, 2, 2,
            {0.5f, 0.5f, 0.25f, 0.75f, 0.0f, 1.0f, 0.75f, 0.25f}, {0, 0, 0, 0});
  EXPECT_EQ(rows_of_symbols(result), (Rows{2, 1, 1}));
}

TEST(Conventions, LossesOfMillionsOfRowsAtTheCapAreAddedWhole) {
  // Each adds 2^42 in the units of core/counting.h: 2^22 of them are more than 64 bits.
  constexpr std::int64_t kRows = 1 << 16;
  Context ctx = ops::make_context(Device::kCpu);
  const auto counter = make_row_counter(ctx, Convention::kIbCnn, RowKind::kProbabilities, 2, 10);
  const std::vector<std::int32_t> labels(kRows, 1);
  std::vector<float> values(2 * kRows, 0.0f);
  for (std::size_t i = 0; i < values.size(); i += 2) {
    values[i] = 1.0f;  // and 0 for the label
  }
  for (int part = 0; part < 80; ++part) {
    counter->add(values, labels);
  }
  EXPECT_EQ(counter->read().information.loss_nats, 16384.0);
}

TEST(Conventions, IbCnnHasBinsThatAreClosedAbove) {
  // 0.5 is in (0, 0.5], with 0.25: rows 0 and 1 differ in their second bin only by that.
  const std::vector<float> values = {0.25f, 0.5f, 0.25f, 0.25f, 0.25f, 0.5f};
  EXPECT_EQ(
      rows_of_symbols(count(Convention::kIbCnn, RowKind::kProbabilities, 3, 2, values, {0, 0})),
      (Rows{2}));
  EXPECT_EQ(
      rows_of_symbols(count(Convention::kPaper, RowKind::kProbabilities, 3, 2, values, {0, 0})),
      (Rows{1, 1}));
}

TEST(Conventions, IbCnnTakesEdgesAsDoubles) {
  // The float nearest 0.3 is above 0.3, the one nearest 0.7 below 0.7: (0.3, 0.4] and (0.6, 0.7].
  const Measurement result = count(Convention::kIbCnn, RowKind::kProbabilities, 2, 10,
                                   {0.3f, 0.7f, 0.35f, 0.65f, 0.25f, 0.75f}, {0, 0, 0});
  EXPECT_EQ(rows_of_symbols(result), (Rows{2, 1}));
}

TEST(Conventions, IbCnnHasNoBinForZero) {
  // A row with a zero equals no row, not even one of the same values: each opens a symbol.
  const std::vector<float> zeros = {0.0f, 1.0f, 0.0f, 1.0f, 0.0f, 1.0f};
  EXPECT_EQ(
      rows_of_symbols(count(Convention::kIbCnn, RowKind::kProbabilities, 2, 10, zeros, {0, 0, 0})),
      (Rows{1, 1, 1}));
  // Logits so far apart that the probability underflows do the same; the smallest denormal not.
  const std::vector<float> far = {-200.0f, 0.0f, -200.0f, 0.0f};
  EXPECT_EQ(rows_of_symbols(count(Convention::kIbCnn, RowKind::kLogits, 2, 10, far, {0, 0})),
            (Rows{1, 1}));
  const std::vector<float> near = {-103.0f, 0.0f, -103.0f, 0.0f};
  EXPECT_EQ(rows_of_symbols(count(Convention::kIbCnn, RowKind::kLogits, 2, 10, near, {0, 0})),
            (Rows{2}));
}

TEST(Conventions, IbCnnComparesWithTheRowOfASymbolsNumber) {
  // Tuples A A B B B C C A. Row 0 opens symbol 0 and row 1 equals row 0. Row 2 opens symbol 1,
  // whose representative is row 1, an A. So row 3, a B, equals neither row 0 nor row 1 and opens
  // symbol 2, with row 2. Row 4 equals row 2: symbol 2. Rows 5 and 6, each a C, find none among
  // A A B and A A B B, and open symbols 3 and 4. Row 7 equals row 0.
  const std::vector<float> a = {0.15f, 0.85f};
  const std::vector<float> b = {0.35f, 0.65f};
  const std::vector<float> c = {0.55f, 0.45f};
  std::vector<float> values;
  for (const auto* row : {&a, &a, &b, &b, &b, &c, &c, &a}) {
    values.insert(values.end(), row->begin(), row->end());
  }
  const std::vector<std::int32_t> labels(8, 0);
  EXPECT_EQ(
      rows_of_symbols(count(Convention::kIbCnn, RowKind::kProbabilities, 2, 10, values, labels)),
      (Rows{3, 1, 2, 1, 1}));
  EXPECT_EQ(
      rows_of_symbols(count(Convention::kPaper, RowKind::kProbabilities, 2, 10, values, labels)),
      (Rows{3, 3, 2}));
}

TEST(Conventions, IbCnnLooksAtTheFirst3000Rows) {
  LogitRows rows = make_logits(LogitState::kTrained, 4000, 10, 10, 22);
  const Measurement all =
      count(Convention::kIbCnn, RowKind::kLogits, 10, 10, rows.logits, rows.labels);
  EXPECT_EQ(all.information.rows, 3000);
  EXPECT_NEAR(all.information.i_xt_ceiling_bits, std::log2(3000.0), 1e-12);
  std::int64_t correct = 0;
  for (std::size_t i = 0; i < 4000; ++i) {
    const float* z = rows.logits.data() + 10 * i;
    correct += std::max_element(z, z + 10) - z == rows.labels[i] ? 1 : 0;
  }
  EXPECT_DOUBLE_EQ(all.information.accuracy, static_cast<double>(correct) / 4000.0);
  rows.logits.resize(30000);
  rows.labels.resize(3000);
  const Measurement first =
      count(Convention::kIbCnn, RowKind::kLogits, 10, 10, rows.logits, rows.labels);
  EXPECT_EQ(first.cells, all.cells);
  // Fragments: at least the paper's symbols, and more entropy.
  const Measurement paper =
      count(Convention::kPaper, RowKind::kLogits, 10, 10, rows.logits, rows.labels);
  EXPECT_GT(first.information.symbols, paper.information.symbols);
  EXPECT_GT(first.information.h_t_bits, paper.information.h_t_bits);
}

TEST(Conventions, IbCnnTakesNoLaterRowForARejectedOne) {
  LogitRows rows = make_logits(LogitState::kTrained, 4000, 10, 10, 22);
  rows.logits[10 * 5] = std::numeric_limits<float>::quiet_NaN();
  rows.labels[2999] = 10;
  rows.labels[3000] = -1;
  const Measurement all =
      count(Convention::kIbCnn, RowKind::kLogits, 10, 10, rows.logits, rows.labels);
  EXPECT_EQ(all.information.rows, 2998);
  EXPECT_EQ(all.information.rejected, 3);
  rows.logits.resize(30000);
  rows.labels.resize(3000);
  EXPECT_EQ(count(Convention::kIbCnn, RowKind::kLogits, 10, 10, rows.logits, rows.labels).cells,
            all.cells);
}

TEST(Conventions, IbCnnDoesNotDependOnBatches) {
  const LogitRows rows = make_logits(LogitState::kTrained, 3500, 4, 10, 23);
  Context ctx = ops::make_context(Device::kCpu);
  const auto counter = make_row_counter(ctx, Convention::kIbCnn, RowKind::kLogits, 4, 10);
  for (std::size_t first = 0; first < 3500; first += 700) {
    counter->add(std::span(rows.logits).subspan(4 * first, 2800),
                 std::span(rows.labels).subspan(first, 700));
  }
  EXPECT_EQ(counter->read().cells,
            count(Convention::kIbCnn, RowKind::kLogits, 4, 10, rows.logits, rows.labels).cells);
}

TEST(Conventions, IdnnsHas29IntervalsAndACellForOne) {
  const float below_one = std::nextafter(1.0f, 0.0f);
  // Edges -1 + k 2 / 29: the last interval is [27/29, 1).
  const Measurement last =
      count_idnns(1, 30, {0.94f, below_one, 1.0f, 1.0f, 0.93f}, {0, 0, 0, 0, 0});
  EXPECT_EQ(rows_of_symbols(last), (Rows{1, 2, 2}));
  std::vector<float> middles = {1.0f};
  for (int k = 0; k < 29; ++k) {
    middles.push_back(-1.0f + (static_cast<float>(k) + 0.5f) * 2.0f / 29.0f);
  }
  const Measurement all = count_idnns(1, 30, middles, std::vector<std::int32_t>(30, 0));
  EXPECT_EQ(all.information.symbols, 30);
  // Intervals are closed below: -1 is with -0.95, and an edge with what is above it.
  const float edge = static_cast<float>(-1.0 + 3.0 * (2.0 / 29.0));
  const Measurement edges = count_idnns(
      1, 30, {-1.0f, -0.95f, edge, edge + 0.01f, std::nextafter(edge, -1.0f)}, {0, 0, 0, 0, 0});
  EXPECT_EQ(rows_of_symbols(edges), (Rows{2, 1, 2}));
}

TEST(Conventions, IdnnsTakesLabelsAndWidthApart) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Measurement result = count_idnns(
      3, 30,
      {0.1f, 0.2f, 0.3f, 0.1f, 0.2f, 0.3f, 0.1f, 0.2f, -0.3f, 1.5f, 0, 0, nan, 0, 0, 0, 0, 0},
      {0, 1, 1, 1, 1, -1});
  EXPECT_EQ(result.information.rows, 3);
  EXPECT_EQ(result.information.bad_logits, 2);
  EXPECT_EQ(result.information.bad_labels, 1);
  EXPECT_EQ(result.information.classes, 2);
  EXPECT_EQ(result.cells, (std::vector<JointCell>{{0, 1, 1}, {1, 0, 1}, {1, 1, 1}}));
  EXPECT_EQ(result.t_alphabet, 27000.0);
  EXPECT_TRUE(std::isnan(result.information.accuracy));
  EXPECT_TRUE(std::isnan(result.information.loss_nats));
}

TEST(Conventions, ProbabilitiesMustBeSome) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Measurement result =
      count(Convention::kPaper, RowKind::kProbabilities, 2, 10,
            {0.5f, 0.4f, -0.1f, 1.1f, nan, 0.5f, 0.25f, 0.7505f, 0.25f, 0.75f}, {0, 0, 0, 1, 2});
  EXPECT_EQ(result.information.bad_logits, 3);
  EXPECT_EQ(result.information.bad_labels, 1);
  EXPECT_EQ(result.information.rows, 1);
  EXPECT_EQ(result.information.accuracy, 1.0);
  EXPECT_NEAR(result.information.loss_nats, -std::log(0.7505), 1e-7);
}

TEST(Conventions, RefusesWhatDoesNotGoTogether) {
  Context ctx = ops::make_context(Device::kCpu);
  EXPECT_THROW(make_row_counter(ctx, Convention::kIdnns, RowKind::kLogits, 2, 10), UsageError);
  EXPECT_THROW(make_row_counter(ctx, Convention::kPaper, RowKind::kActivations, 2, 10), UsageError);
  EXPECT_THROW(make_row_counter(ctx, Convention::kPaper, RowKind::kLogits, 2, 257), UsageError);
  const auto counter = make_row_counter(ctx, Convention::kPaper, RowKind::kLogits, 2, 10);
  EXPECT_THROW(counter->add(std::vector<float>(5), std::vector<std::int32_t>(2)), ShapeError);
  EXPECT_THROW(parse_convention("ibcnn"), UsageError);
  EXPECT_EQ(parse_convention("idnns"), Convention::kIdnns);
}

TEST(Conventions, AlphabetOfTuples) {
  EXPECT_EQ(tuple_alphabet(10, 10), 92377.0);  // of 184,756 with a sum of at most 10
  EXPECT_EQ(tuple_alphabet(2, 10), 10.0);      // 0 9, 1 8, ..., 9 0
  EXPECT_EQ(tuple_alphabet(3, 10), 100.0);
  EXPECT_TRUE(std::isfinite(tuple_alphabet(1000, 256)));
}

}  // namespace
}  // namespace infoplane
