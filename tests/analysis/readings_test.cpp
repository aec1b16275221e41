#include "analysis/readings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "core/error.h"
#include "tests/support/devices.h"
#include "tests/support/errors.h"
#include "tests/support/logits.h"

namespace infoplane::test {
namespace {

class ReadingsTest : public DeviceTest {};
INFOPLANE_FOR_EACH_DEVICE(ReadingsTest);

constexpr int kClasses = 10;
constexpr int kBins = 10;

/// Takes the readings of rows in two batches.
std::vector<Reading> take(Context& ctx, ReadingTaker& taker, const LogitRows& rows) {
  const auto count = std::ssize(rows.labels);
  const auto classes = std::ssize(rows.logits) / count;
  const Tensor<float> logits(ctx, {count, classes}, rows.logits);
  const Tensor<std::int32_t> labels(ctx, {count}, rows.labels);
  const std::int64_t half = count / 2;
  taker.clear();
  taker.add(logits.view().rows(0, half), labels.view().rows(0, half));
  taker.add(logits.view().rows(half, count - half), labels.view().rows(half, count - half));
  return taker.take_sync();
}

const Reading& find(const std::vector<Reading>& readings, const std::string& name) {
  return *std::find_if(readings.begin(), readings.end(),
                       [&](const Reading& reading) { return reading.name == name; });
}

TEST_P(ReadingsTest, EachChangesOneThing) {
  Context ctx = make_context();
  constexpr std::int64_t kRows = 5000;
  const LogitRows rows = make_logits(LogitState::kTrained, kRows, kClasses, kBins, 3);
  ReadingTaker taker(ctx, kClasses, kBins, kRows);
  const std::vector<Reading> readings = take(ctx, taker, rows);
  ASSERT_EQ(readings.size(), reading_names().size());
  for (std::size_t i = 0; i < readings.size(); ++i) {
    EXPECT_EQ(readings[i].name, reading_names()[i]);
  }

  const auto measure = [&](int bins, std::int64_t count) {
    InformationMeter meter(ctx, kClasses, bins);
    const Tensor<float> logits(ctx, {kRows, kClasses}, rows.logits);
    const Tensor<std::int32_t> labels(ctx, {kRows}, rows.labels);
    meter.add(logits.view().rows(0, count), labels.view().rows(0, count));
    return meter.read_sync();
  };
  const auto expect_is = [&](const std::string& name, const Information& information) {
    SCOPED_TRACE(name);
    EXPECT_EQ(find(readings, name).i_xt_bits, information.i_xt_bits);
    EXPECT_EQ(find(readings, name).i_ty_bits, information.i_ty_bits);
    EXPECT_EQ(find(readings, name).symbols, information.symbols);
    EXPECT_EQ(find(readings, name).n, information.rows);
  };
  const Information paper = measure(kBins, kRows);
  expect_is("paper", paper);
  expect_is("first_3000", measure(kBins, 3000));
  expect_is("bins_5", measure(5, kRows));
  expect_is("bins_50", measure(50, kRows));

  // Miller and Madow add (K - 1) / 2N nats.
  const double added = static_cast<double>(paper.symbols - 1) / (2.0 * kRows) / std::log(2.0);
  EXPECT_NEAR(find(readings, "miller_madow").i_xt_bits, paper.i_xt_bits + added, 1e-12);
  const std::unique_ptr<RowCounter> ib_cnn =
      make_row_counter(ctx, Convention::kIbCnn, RowKind::kLogits, kClasses, kBins);
  ib_cnn->add(rows.logits, rows.labels);
  expect_is("ib_cnn", ib_cnn->read().information);
  EXPECT_EQ(find(readings, "ib_cnn").n, 3000);
  EXPECT_GE(find(readings, "ib_cnn").symbols, find(readings, "first_3000").symbols);
  // Labels that say nothing leave n(t) alone.
  EXPECT_EQ(find(readings, "shuffled_labels").i_xt_bits, paper.i_xt_bits);
  EXPECT_LT(find(readings, "shuffled_labels").i_ty_bits, 0.8 * paper.i_ty_bits);
}

TEST_P(ReadingsTest, LeaveOutBinsThatSoManyClassesCannotHave) {
  Context ctx = make_context();
  const auto names = [&](int classes) {
    ReadingTaker taker(ctx, classes, kBins, 40);
    std::vector<std::string> result;
    for (const Reading& reading :
         take(ctx, taker, make_logits(LogitState::kTrained, 40, classes, kBins, 3))) {
      result.push_back(reading.name);
    }
    return result;
  };
  std::vector<std::string> left = reading_names();
  EXPECT_EQ(names(90), left);
  std::erase(left, "bins_50");
  EXPECT_EQ(names(91), left);
  EXPECT_EQ(names(690), left);
  std::erase(left, "bins_20");
  EXPECT_EQ(names(691), left);
}

TEST_P(ReadingsTest, StartAnewAndRefuseTooMany) {
  Context ctx = make_context();
  const LogitRows first = make_logits(LogitState::kTrained, 400, kClasses, kBins, 5);
  const LogitRows second = make_logits(LogitState::kTies, 300, kClasses, kBins, 6);
  ReadingTaker used(ctx, kClasses, kBins, 400);
  take(ctx, used, first);
  const std::vector<Reading> again = take(ctx, used, second);
  ReadingTaker fresh(ctx, kClasses, kBins, 400);
  const std::vector<Reading> alone = take(ctx, fresh, second);
  for (std::size_t i = 0; i < alone.size(); ++i) {
    EXPECT_EQ(again[i].i_ty_bits, alone[i].i_ty_bits) << alone[i].name;
    EXPECT_EQ(again[i].n, alone[i].n);
  }
  expect_error<ShapeError>(
      [&] { take(ctx, fresh, make_logits(LogitState::kTies, 401, kClasses, kBins, 6)); },
      {"400 rows"});
}

}  // namespace
}  // namespace infoplane::test
