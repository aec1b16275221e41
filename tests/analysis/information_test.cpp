#include "analysis/information.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "analysis/information_meter.h"
#include "core/error.h"
#include "core/joint_counts.h"
#include "tests/oracle/information.h"
#include "tests/support/devices.h"
#include "tests/support/logits.h"

namespace infoplane {
namespace {

using test::LogitRows;
using test::LogitState;
using test::make_logits;

TEST(DecodeInformation, NamesEveryField) {
  std::vector<double> row(static_cast<std::size_t>(information_row_size(2)));
  row[kInfoRows] = 8;
  row[kInfoBadLogits] = 3;
  row[kInfoBadLabels] = 2;
  row[kInfoSymbols] = 5;
  row[kInfoSingletons] = 4;
  row[kInfoEntropyT] = 2.5;
  row[kInfoEntropyY] = 0.75;
  row[kInfoEntropyTY] = 3.0;
  row[kInfoCorrect] = 6;
  row[kInfoLoss] = 0.125;
  const double classes[] = {2, 1, 1.5, 0.25, 6, 5, 1.75, 0.5};
  std::copy(std::begin(classes), std::end(classes), row.begin() + kInfoPerClass);

  const Information result = decode_information(2, 10, row);
  EXPECT_EQ(result.rows, 8);
  EXPECT_EQ(result.bad_logits, 3);
  EXPECT_EQ(result.bad_labels, 2);
  EXPECT_EQ(result.rejected, 5);
  EXPECT_EQ(result.classes, 2);
  EXPECT_EQ(result.bins, 10);
  EXPECT_EQ(result.symbols, 5);
  EXPECT_EQ(result.singletons, 4);
  EXPECT_EQ(result.h_t_bits, 2.5);
  EXPECT_EQ(result.h_y_bits, 0.75);
  EXPECT_EQ(result.h_ty_bits, 3.0);
  EXPECT_EQ(result.i_xt_bits, 2.5);
  EXPECT_EQ(result.i_ty_bits, 0.25);
  EXPECT_EQ(result.i_xt_ceiling_bits, 3.0);
  EXPECT_EQ(result.accuracy, 0.75);
  EXPECT_EQ(result.loss_nats, 0.125);
  ASSERT_EQ(result.per_class.size(), 2u);
  const ClassInformation& second = result.per_class[1];
  EXPECT_EQ(second.class_index, 1);
  EXPECT_EQ(second.n, 6);
  EXPECT_DOUBLE_EQ(second.h_x_bits, 1.0 + 0.5 * (std::log2(6.0) + 1.0));
  EXPECT_EQ(second.i_xt_bits, 1.75);
  EXPECT_EQ(second.i_ty_bits, 0.5);
  EXPECT_DOUBLE_EQ(second.accuracy, 5.0 / 6.0);
}

TEST(DecodeInformation, OfAnEmptyTableNothingIsKnown) {
  const Information result = decode_information(
      3, 10, std::vector<double>(static_cast<std::size_t>(information_row_size(3))));
  for (const double unknown :
       {result.accuracy, result.loss_nats, result.i_xt_bits, result.i_ty_bits, result.h_y_bits,
        result.per_class[2].accuracy, result.per_class[2].i_xt_bits}) {
    EXPECT_TRUE(std::isnan(unknown));
  }
  EXPECT_EQ(result.i_xt_ceiling_bits, 0.0);
  EXPECT_EQ(result.per_class[2].h_x_bits, 0.0);
}

TEST(RequireComplete, RefusesATableThatLostOrInventedCounts) {
  Information counted;
  counted.rows = 5;
  counted.rejected = 2;
  counted.per_class = {{0, 3}, {1, 2}};
  require_complete(counted, 7);
  EXPECT_THROW(require_complete(counted, 8), DeviceError);
  counted.per_class[1].n = 1;  // a cell is gone
  EXPECT_THROW(require_complete(counted, 7), DeviceError);
}

TEST(DecodeInformation, AClassThatIsEverythingHasNoPlane) {
  std::vector<double> row(static_cast<std::size_t>(information_row_size(2)));
  row[kInfoRows] = 4;
  row[int{kInfoPerClass} + kInfoClassRows] = 4;
  row[int{kInfoPerClass} + kInfoClassCorrect] = 3;
  const Information result = decode_information(2, 10, row);
  EXPECT_TRUE(std::isnan(result.per_class[0].i_xt_bits));
  EXPECT_TRUE(std::isnan(result.per_class[0].i_ty_bits));
  EXPECT_EQ(result.per_class[0].accuracy, 0.75);
  EXPECT_EQ(result.per_class[0].h_x_bits, 0.0);
  EXPECT_EQ(result.per_class[1].h_x_bits, 0.0);
}

TEST(DecodeInformation, RefusesARowOfAnotherLength) {
  EXPECT_THROW(decode_information(3, 10, std::vector<double>(10)), ShapeError);
}

class InformationMeterTest : public test::DeviceTest {};

Information measure(Context& ctx, const LogitRows& data, int classes, int bins) {
  InformationMeter meter(ctx, classes, bins);
  const Tensor<float> logits(ctx, {data.rows(), classes}, data.logits);
  const Tensor<std::int32_t> labels(ctx, {data.rows()}, data.labels);
  meter.add(logits, labels);
  return meter.read_sync();
}

TEST_P(InformationMeterTest, AgreesWithTheDefinition) {
  Context ctx = make_context();
  const LogitRows data = make_logits(LogitState::kTrained, 4000, 6, 10, 8);
  const oracle::Result expected = oracle::information(data.logits, data.labels, 6, 10);
  ASSERT_EQ(expected.near_edges, 0) << "choose another seed";
  const Information got = measure(ctx, data, 6, 10);
  EXPECT_EQ(got.rows, 4000);
  EXPECT_EQ(got.symbols, expected.symbols);
  EXPECT_NEAR(got.i_xt_bits, expected.h_t_bits, 1e-11);
  EXPECT_NEAR(got.i_ty_bits, expected.h_t_bits + expected.h_y_bits - expected.h_ty_bits, 1e-11);
  EXPECT_NEAR(got.i_xt_ceiling_bits, std::log2(4000.0), 1e-14);
}

TEST_P(InformationMeterTest, ClearForgetsAndNothingAllocatesAfterTheFirstSample) {
  Context ctx = make_context();
  const LogitRows data = make_logits(LogitState::kTrained, 500, 6, 10, 8);
  const Tensor<float> logits(ctx, {500, 6}, data.logits);
  const Tensor<std::int32_t> labels(ctx, {500}, data.labels);
  InformationMeter meter(ctx, 6, 10);
  meter.add(logits, labels);
  const Information first = meter.read_sync();
  const std::int64_t allocations = ctx.backend().allocations();
  meter.clear();
  EXPECT_EQ(meter.read_sync().rows, 0);
  meter.add(logits, labels);
  const Information second = meter.read_sync();
  EXPECT_EQ(second.rows, 500);
  EXPECT_EQ(second.i_xt_bits, first.i_xt_bits);
  EXPECT_EQ(second.i_ty_bits, first.i_ty_bits);
  EXPECT_EQ(second.loss_nats, first.loss_nats);
  EXPECT_EQ(ctx.backend().allocations(), allocations);
}

TEST_P(InformationMeterTest, AnOutputThatSaysNothingHasNoInformation) {
  Context ctx = make_context();
  LogitRows data = make_logits(LogitState::kFresh, 300, 5, 10, 8);
  std::fill(data.logits.begin(), data.logits.end(), 0.25f);
  const Information got = measure(ctx, data, 5, 10);
  EXPECT_EQ(got.symbols, 1);
  EXPECT_EQ(got.i_xt_bits, 0.0);
  EXPECT_NEAR(got.i_ty_bits, 0.0, 1e-14);
  for (const ClassInformation& one : got.per_class) {
    EXPECT_NEAR(one.i_xt_bits, 0.0, 1e-14);
    EXPECT_NEAR(one.i_ty_bits, 0.0, 1e-14);
  }
}

// What NumPy gives for the definition (softmax in float64, np.digitize against np.linspace,
// np.unique, entropies of the counts) on rows that make_logits draws again with seed 2024.
struct Stored {
  struct OneClass {
    std::int64_t n;
    double i_xt_bits;
    double i_ty_bits;
  };
  LogitState state;
  std::int64_t rows;
  int classes;
  int bins;
  std::int64_t symbols;
  std::int64_t singletons;
  double i_xt_bits;
  double h_y_bits;
  double i_ty_bits;
  double accuracy;
  double loss_nats;
  OneClass last;  // the class C - 1 against the rest
};
constexpr Stored kStored[] = {
    {LogitState::kFresh,
     3000,
     10,
     10,
     803,
     129,
     9.399549163585,
     3.319131147058,
     1.553459346141,
     0.1047,
     2.334872763,
     {291, 9.112653480823, 0.524569547065}},
    {LogitState::kTrained,
     10000,
     10,
     10,
     4492,
     3417,
     10.214437135770,
     3.321051691186,
     2.963454011581,
     0.5996,
     1.186234031,
     {1038, 9.576693562664, 0.887577657617}},
    {LogitState::kCollapsed,
     10000,
     10,
     10,
     437,
     273,
     4.003291894145,
     3.321570368274,
     3.277869252970,
     0.9409,
     0.150714219,
     {1018, 3.225980932467, 0.991117126901}},
    {LogitState::kTrained,
     5000,
     3,
     30,
     643,
     226,
     6.614830922511,
     1.584880552060,
     1.121772998649,
     0.7892,
     0.480463539,
     {1675, 6.564742649176, 0.673155429299}},
};

TEST_P(InformationMeterTest, AgreesWithStoredValuesOfNumPy) {
  Context ctx = make_context();
  for (const Stored& stored : kStored) {
    const Information got =
        measure(ctx, make_logits(stored.state, stored.rows, stored.classes, stored.bins, 2024),
                stored.classes, stored.bins);
    EXPECT_EQ(got.rows, stored.rows);
    EXPECT_EQ(got.symbols, stored.symbols);
    EXPECT_EQ(got.singletons, stored.singletons);
    EXPECT_NEAR(got.i_xt_bits, stored.i_xt_bits, 1e-9);
    EXPECT_NEAR(got.h_y_bits, stored.h_y_bits, 1e-9);
    EXPECT_NEAR(got.i_ty_bits, stored.i_ty_bits, 1e-9);
    EXPECT_NEAR(got.accuracy, stored.accuracy, 0.5e-4);
    EXPECT_NEAR(got.loss_nats, stored.loss_nats, 1e-6);
    const ClassInformation& last = got.per_class.back();
    EXPECT_EQ(last.n, stored.last.n);
    EXPECT_NEAR(last.i_xt_bits, stored.last.i_xt_bits, 1e-9);
    EXPECT_NEAR(last.i_ty_bits, stored.last.i_ty_bits, 1e-9);
  }
}

INFOPLANE_FOR_EACH_DEVICE(InformationMeterTest);

}  // namespace
}  // namespace infoplane
