// The host's kernels and threads against each other: tables, tallies and results to the bit.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/error.h"
#include "cpu/host_backend.h"
#include "ops/context.h"
#include "ops/joint_counts.h"
#include "ops/tuple_counts.h"
#include "tests/support/counted.h"
#include "tests/support/environment.h"
#include "tests/support/instructions.h"
#include "tests/support/logits.h"

namespace infoplane {
namespace {

using test::CountedTable;
using test::has_instructions;
using test::read_table;

CountedTable count_dense(const test::LogitRows& data, int classes, int bins, int threads,
                         const char* kernel) {
  const test::ScopedVariable forced("INFOPLANE_CPU_KERNEL", kernel);
  Context ctx = ops::make_context(Device::kCpu, {threads});
  ops::JointCounts counts(ctx, classes, bins);
  const Tensor<float> logits(ctx, {data.rows(), classes}, data.logits);
  const Tensor<std::int32_t> labels(ctx, {data.rows()}, data.labels);
  ops::count_joint(ctx, logits, labels, counts);
  return read_table(ctx, counts);
}

class HostKernelTest : public testing::TestWithParam<const char*> {};

TEST_P(HostKernelTest, GivesTheTableOfTheScalarKernel) {
  if (!has_instructions(GetParam())) {
    EXPECT_THROW(count_dense({}, 2, 2, 1, GetParam()), UsageError);
    GTEST_SKIP() << "this processor has no " << GetParam();
  }
  for (const auto& [classes, bins] :
       {std::pair{10, test::kTenClassBins}, std::pair{2, 256}, std::pair{3, 10}, std::pair{9, 5},
        std::pair{31, 3}, std::pair{32, 3}, std::pair{33, 3}, std::pair{64, 2},
        std::pair{203, 2}}) {
    for (const test::LogitState state : test::kLogitStates) {
      for (const std::int64_t rows : {0, 1, 15, 16, 17, 31, 33, 1041}) {
        const test::LogitRows data = test::make_logits(state, rows, classes, bins, 77);
        const CountedTable table = count_dense(data, classes, bins, 1, GetParam());
        EXPECT_TRUE(table == count_dense(data, classes, bins, 1, "scalar"))
            << classes << " classes, " << bins << " bins, " << rows << " rows, state "
            << static_cast<int>(state);
        EXPECT_GE(2.0 * table.row[kInfoRows], rows > 1000 ? static_cast<double>(rows) : 0.0);
      }
    }
  }
}

TEST_P(HostKernelTest, GivesTheTableOfTheScalarKernelForEveryNumberOfClassesAndBins) {
  if (!has_instructions(GetParam())) {
    GTEST_SKIP() << "this processor has no " << GetParam();
  }
  int tables = 0;
  for (int classes = 2; classes <= 40; ++classes) {
    for (int bins = 2; bins <= 40; ++bins) {
      constexpr std::uint64_t kMost = 100000;  // cells
      const auto c = static_cast<std::uint64_t>(classes);
      if (binomial_capped(static_cast<std::uint64_t>(bins) + c, c, kMost) * c > kMost) {
        continue;
      }
      ++tables;
      for (const test::LogitState state : test::kLogitStates) {
        const std::int64_t rows = (7 * classes + 5 * bins + 11 * static_cast<int>(state)) % 71;
        const test::LogitRows data = test::make_logits(state, rows, classes, bins, 78);
        EXPECT_TRUE(count_dense(data, classes, bins, 1, GetParam()) ==
                    count_dense(data, classes, bins, 1, "scalar"))
            << classes << " classes, " << bins << " bins, " << rows << " rows, state "
            << static_cast<int>(state);
      }
    }
  }
  EXPECT_GT(tables, 150);
}

TEST_P(HostKernelTest, GivesTheTableOfTheScalarKernelForEveryNumberOfRows) {
  if (!has_instructions(GetParam())) {
    GTEST_SKIP() << "this processor has no " << GetParam();
  }
  for (const auto& [classes, bins] : {std::pair{10, 7}, std::pair{7, 10}, std::pair{17, 3}}) {
    for (const test::LogitState state : test::kLogitStates) {
      for (std::int64_t rows = 0; rows <= 70; ++rows) {
        const test::LogitRows data = test::make_logits(state, rows, classes, bins, 79);
        EXPECT_TRUE(count_dense(data, classes, bins, 1, GetParam()) ==
                    count_dense(data, classes, bins, 1, "scalar"))
            << classes << " classes, " << bins << " bins, " << rows << " rows, state "
            << static_cast<int>(state);
      }
    }
  }
}

/// Every row is right, of class y, and loses a tenth of a nat and more.
test::LogitRows all_right(std::int64_t rows, int classes, int y) {
  test::LogitRows data;
  data.labels.assign(static_cast<std::size_t>(rows), y);
  for (std::int64_t i = 0; i < rows * classes; ++i) {
    data.logits.push_back(i % classes == y ? 2.0f : 0.0f);
  }
  return data;
}

// The vector kernels count correct rows in 64 / C bits a class of each lane.
TEST_P(HostKernelTest, CountsCorrectRowsOfOneClassPastWhatItsBitsHold) {
  if (!has_instructions(GetParam())) {
    GTEST_SKIP() << "this processor has no " << GetParam();
  }
  for (const int classes : {3, 4, 10, 16}) {
    const std::int64_t blocks = std::int64_t{1} << std::min(64 / classes, 16);
    for (const int y : {0, classes - 1}) {
      for (const std::int64_t rows : {16 * (blocks - 1), 16 * blocks, 16 * blocks + 1}) {
        const test::LogitRows data = all_right(rows, classes, y);
        const CountedTable table = count_dense(data, classes, 2, 1, GetParam());
        EXPECT_TRUE(table == count_dense(data, classes, 2, 1, "scalar"))
            << classes << " classes, " << rows << " rows of class " << y;
        EXPECT_EQ(table.row[kInfoCorrect], static_cast<double>(rows));
        EXPECT_GT(table.row[kInfoLoss], 0.1);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, HostKernelTest, testing::Values("avx2", "avx512"),
                         [](const auto& test) { return std::string(test.param); });

TEST(HostKernel, TheLossOfMillionsOfRowsAtTheCapDoesNotWrapInOneCall) {
  test::LogitRows data;
  data.labels.assign((std::size_t{1} << 22) + 5, 1);
  data.logits.resize(2 * data.labels.size(), 1e30f);
  for (std::size_t i = 1; i < data.logits.size(); i += 2) {
    data.logits[i] = -1e30f;
  }
  for (const int threads : {1, 2}) {
    for (const char* kernel : {"", "scalar"}) {
      EXPECT_EQ(count_dense(data, 2, 2, threads, kernel).row[kInfoLoss], 16384.0);
    }
  }
}

// Enough rows for three threads, and an odd number.
constexpr std::int64_t kRowsForThreads = 70001;

TEST(HostKernel, AnyNumberOfThreadsGivesTheSameTable) {
  for (const test::LogitState state : test::kLogitStates) {
    const test::LogitRows data = test::make_logits(state, kRowsForThreads, 10, 10, 13);
    const CountedTable alone = count_dense(data, 10, 10, 1, "");
    EXPECT_EQ(alone.row[kInfoRows] + alone.row[kInfoBadLogits] + alone.row[kInfoBadLabels],
              static_cast<double>(kRowsForThreads));
    for (const int threads : {2, 3, 8}) {
      EXPECT_TRUE(count_dense(data, 10, 10, threads, "") == alone)
          << threads << " threads, state " << static_cast<int>(state);
    }
  }
}

TEST(HostKernel, ThreadsHaveTablesOfTheirOwnFromTheFirstCallOnThatUsesThem) {
  Context ctx = ops::make_context(Device::kCpu, {8});
  ops::JointCounts counts(ctx, 10, 10), sum(ctx, 10, 10);
  const test::LogitRows data =
      test::make_logits(test::LogitState::kTrained, kRowsForThreads, 10, 10, 17);
  const Tensor<float> logits(ctx, {kRowsForThreads, 10}, data.logits);
  const Tensor<std::int32_t> labels(ctx, {kRowsForThreads}, data.labels);
  const auto copies_after = [&](std::int64_t rows) {
    counts.clear();
    ops::count_joint(ctx, logits.view().rows(0, rows), labels.view().rows(0, rows), counts);
    return counts.view().copy_count;
  };
  counts.reserve(ctx, kRowsForThreads);
  for (const auto& [rows, copies] :
       {std::pair{256, 0}, std::pair{32767, 0}, std::pair{32768, 1}, std::pair{65536, 3}}) {
    EXPECT_EQ(copies_after(rows), copies) << rows << " rows";
  }
  const std::int64_t warm = ctx.backend().allocations();
  for (const std::int64_t rows : {std::int64_t{300}, std::int64_t{40000}, kRowsForThreads}) {
    EXPECT_EQ(copies_after(rows), 3) << rows << " rows";
  }
  sum.add(ctx, counts);
  EXPECT_EQ(ctx.backend().allocations(), warm);
  EXPECT_EQ(sum.view().copy_count, 0);
  EXPECT_TRUE(read_table(ctx, counts) == count_dense(data, 10, 10, 1, ""));
}

TEST(HostKernel, AThreadedKernelGivesTheTableOfTheScalarKernel) {
  const test::LogitRows data =
      test::make_logits(test::LogitState::kHostile, kRowsForThreads, 3, 10, 14);
  EXPECT_TRUE(count_dense(data, 3, 10, 3, "") == count_dense(data, 3, 10, 1, "scalar"));
}

TEST(HostKernel, AClearedTableIsAsGoodAsANewOne) {
  for (const int threads : {1, 3}) {
    Context ctx = ops::make_context(Device::kCpu, {threads});
    ops::JointCounts used(ctx, 10, 10);
    for (const test::LogitState state : test::kLogitStates) {
      for (const std::int64_t rows : {std::int64_t{57}, kRowsForThreads}) {
        const test::LogitRows data = test::make_logits(state, rows, 10, 10, 15);
        const Tensor<float> logits(ctx, {rows, 10}, data.logits);
        const Tensor<std::int32_t> labels(ctx, {rows}, data.labels);
        Tensor<double> row(ctx, {information_row_size(10)});
        used.clear();
        ops::count_joint(ctx, logits, labels, used);
        ops::information(ctx, used, row);
        const std::vector<std::uint32_t> counted = used.counts_to_host_sync();
        const CountedTable expected = count_dense(data, 10, 10, 1, "");
        EXPECT_TRUE((CountedTable{counted, row.to_host_sync()}) == expected)
            << rows << " rows, state " << static_cast<int>(state) << ", " << threads << " threads";
        ops::take_information(ctx, used, row);
        EXPECT_EQ(row.to_host_sync(), expected.row);
        ops::count_joint(ctx, logits, labels, used);
        EXPECT_EQ(used.counts_to_host_sync(), counted) << "after what was taken";
      }
    }
    used.clear();
    for (const std::uint32_t count : used.counts_to_host_sync()) {
      ASSERT_EQ(count, 0u);
    }
  }
}

/// Host memory that can be taken away.
class EndingMemory final : public cpu::HostBackend {
 public:
  EndingMemory() : HostBackend(1, {}) {}

  bool ended = false;

 private:
  void* do_allocate(std::size_t bytes) override {
    if (ended) {
      throw DeviceError("no memory");
    }
    return std::aligned_alloc(64, (bytes + 63) / 64 * 64);
  }
};

TEST(HostKernel, WhatFailsLeavesNoRows) {
  const auto memory = std::make_shared<EndingMemory>();
  Context ctx(Device::kCpu, memory);
  const test::LogitRows data = test::make_logits(test::LogitState::kTrained, 300, 10, 10, 16);
  const Tensor<float> logits(ctx, {300, 10}, data.logits);
  const Tensor<std::int32_t> labels(ctx, {300}, data.labels);
  ops::JointCounts dense(ctx, 10, 10);
  ops::JointCounts hashed(ctx, 10, 10, ops::JointTable::kHashed);
  ops::JointCounts layer(ctx, 10, equal_intervals(40, 30, -1.0f, 1.0f));  // its tuples are stored
  const Tensor<float> values(ctx, {300, 40});
  for (ops::JointCounts* table : {&dense, &hashed, &layer}) {
    table->reserve(ctx, 300);
    memory->ended = true;
    if (table == &layer) {
      EXPECT_THROW(ops::count_tuples(ctx, values, labels, *table), DeviceError);
    } else {
      EXPECT_THROW(ops::count_joint(ctx, logits, labels, *table), DeviceError);
    }
    memory->ended = false;
    EXPECT_EQ(table->rows(), 0);
  }
  {
    const test::ScopedVariable unknown("INFOPLANE_CPU_KERNEL", "sse9");
    EXPECT_THROW(ops::count_joint(ctx, logits, labels, dense), UsageError);
    EXPECT_EQ(dense.rows(), 0);
  }
  ops::count_joint(ctx, logits, labels, dense);
  EXPECT_EQ(dense.rows(), 300);
}

TEST(HostKernel, AnUnknownNameIsRefused) {
  try {
    count_dense({}, 2, 2, 1, "sse9");
    FAIL() << "sse9 was taken";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("INFOPLANE_CPU_KERNEL=sse9"), std::string::npos);
  }
}

}  // namespace
}  // namespace infoplane
