// Every counting kernel of the GPU against the host's scalar one: tables and results. And labels of
// both types, on both devices.
#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "ops/joint_counts.h"
#include "tests/support/counted.h"
#include "tests/support/devices.h"
#include "tests/support/environment.h"
#include "tests/support/logits.h"
#include "tests/support/sanitized.h"

namespace infoplane {
namespace {

using test::CountedCells;
using test::kLogitStates;
using test::kSanitized;
using test::kTenClassBins;
using test::LogitRows;
using test::LogitState;
using test::make_logits;
using test::read_cells;

/// Counts rows [skipped, N), whose addresses are then those of a batch inside an array.
template <class Label>
CountedCells count_rows(Context& ctx, const LogitRows& data, int classes, int bins,
                        std::int64_t skipped = 0) {
  ops::JointCounts counts(ctx, classes, bins);
  const Tensor<float> logits(ctx, {data.rows(), classes}, data.logits);
  std::vector<Label> own_labels;
  for (const std::int32_t label : data.labels) {
    own_labels.push_back(static_cast<Label>(label < 0 ? 255 : label));
  }
  const Tensor<Label> labels(ctx, {data.rows()}, own_labels);
  const std::int64_t rows = data.rows() - skipped;
  ops::count_joint(ctx, logits.view().rows(skipped, rows), labels.view().rows(skipped, rows),
                   counts);
  return read_cells(ctx, counts);
}

/// What does not depend on the order of floating-point sums is equal, the rest nearly.
void expect_the_same(const CountedCells& a, const CountedCells& b, const std::string& what) {
  EXPECT_TRUE(a.cells == b.cells) << what;
  ASSERT_EQ(a.row.size(), b.row.size());
  for (std::size_t i = 0; i < a.row.size(); ++i) {
    EXPECT_NEAR(a.row[i], b.row[i], 1e-11) << what << ", field " << i;
  }
}

class LabelTypesTest : public test::DeviceTest {};

TEST_P(LabelTypesTest, GiveTheSameTable) {
  Context ctx = make_context();
  for (const auto& [classes, bins] : {std::pair{10, kTenClassBins}, std::pair{100, 10}}) {
    for (const LogitState state : kLogitStates) {
      const LogitRows data = make_logits(state, 1033, classes, bins, 31);
      expect_the_same(
          count_rows<std::uint8_t>(ctx, data, classes, bins),
          count_rows<std::int32_t>(ctx, data, classes, bins),
          std::to_string(classes) + " classes, state " + std::to_string(static_cast<int>(state)));
    }
  }
}

TEST_P(LabelTypesTest, GiveTheSameTableOfMoreRowsThanAPiece) {
  Context ctx = make_context();
  const LogitRows data = make_logits(LogitState::kTrained, 600'001, 2, 10, 32);
  expect_the_same(count_rows<std::uint8_t>(ctx, data, 2, 10),
                  count_rows<std::int32_t>(ctx, data, 2, 10), "");
}

INFOPLANE_FOR_EACH_DEVICE(LabelTypesTest);

class CountLadderTest : public test::DeviceTest {
 protected:
  /// The kernels' tables against the host's.
  template <class Label>
  void expect_host_table(std::span<const char* const> kernels, int classes, int bins,
                         LogitState state, std::int64_t rows, std::int64_t skipped = 0) {
    Context host = ops::make_context(Device::kCpu);
    Context ctx = make_context();
    const LogitRows data = make_logits(state, rows, classes, bins, 33);
    const CountedCells expected = count_rows<Label>(host, data, classes, bins, skipped);
    for (const char* kernel : kernels) {
      const test::ScopedVariable forced("INFOPLANE_CUDA_KERNEL", kernel);
      expect_the_same(count_rows<Label>(ctx, data, classes, bins, skipped), expected,
                      std::string(kernel) + ", " + std::to_string(classes) + " classes, " +
                          std::to_string(bins) + " bins, " + std::to_string(rows) + " rows");
    }
  }
};

constexpr const char* kDenseKernels[] = {"", "multi-pass", "global-atomics", "private-counters"};
constexpr const char* kHashedKernels[] = {"", "global-atomics", "thread-rows", "warp-rows"};
constexpr const char* kHashedKernelsOfManyClasses[] = {"", "global-atomics", "warp-rows"};

TEST_P(CountLadderTest, DenseKernelsGiveTheHostsTable) {
  for (const LogitState state : kLogitStates) {
    for (const std::int64_t rows : {1, 31, 33, 70'001}) {
      expect_host_table<std::int32_t>(kDenseKernels, 10, 10, state, rows);
    }
    constexpr std::int64_t kRows = 5000;
    expect_host_table<std::uint8_t>(kDenseKernels, 10, 12, state, kRows);
    expect_host_table<std::int32_t>(kDenseKernels, 3, 30, state, kRows);
    expect_host_table<std::uint8_t>(kDenseKernels, 32, 3, state, kRows);
  }
}

TEST_P(CountLadderTest, HashedKernelsGiveTheHostsTable) {
  for (const LogitState state : kLogitStates) {
    for (const std::int64_t rows : {1, 31, 33, 1000}) {
      expect_host_table<std::int32_t>(kHashedKernels, 100, 10, state, rows);
    }
    expect_host_table<std::uint8_t>(kHashedKernels, 101, 10, state, 5000);
    expect_host_table<std::int32_t>(kHashedKernelsOfManyClasses, 1000, 10, state, 1001);
  }
}

TEST_P(CountLadderTest, ManyRowsGoThroughEveryRing) {
  expect_host_table<std::int32_t>(kDenseKernels, 10, kTenClassBins, LogitState::kTrained,
                                  kSanitized ? 8001 : 1'500'001);
  expect_host_table<std::int32_t>(kHashedKernels, 100, 10, LogitState::kTrained,
                                  kSanitized ? 1501 : 200'001);
}

TEST_P(CountLadderTest, ArraysThatAreNotAlignedAreCountedAlike) {
  expect_host_table<std::uint8_t>(kDenseKernels, 10, kTenClassBins, LogitState::kTrained,
                                  kSanitized ? 15'001 : 300'001, 1);
  expect_host_table<std::int32_t>(kHashedKernels, 101, 10, LogitState::kTrained,
                                  kSanitized ? 2001 : 5001, 1);
}

TEST_P(CountLadderTest, AKernelThatCannotCountTheTableIsRefused) {
  Context ctx = make_context();
  const LogitRows data = make_logits(LogitState::kFresh, 10, 100, 10, 34);
  const auto refused = [&](const char* kernel, const LogitRows& rows, int classes) {
    const test::ScopedVariable forced("INFOPLANE_CUDA_KERNEL", kernel);
    try {
      count_rows<std::int32_t>(ctx, rows, classes, 10);
      ADD_FAILURE() << kernel << " was taken";
    } catch (const UsageError& error) {
      EXPECT_NE(std::string(error.what()).find(std::string("INFOPLANE_CUDA_KERNEL=") + kernel),
                std::string::npos);
    }
  };
  refused("private-counters", data, 100);
  refused("fastest", data, 100);
  refused("warp-rows", make_logits(LogitState::kFresh, 10, 10, 10, 35), 10);
}

INSTANTIATE_TEST_SUITE_P(Device, CountLadderTest, testing::Values(Device::kCuda),
                         test::device_name);

}  // namespace
}  // namespace infoplane
