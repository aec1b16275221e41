// The host in teams that it did not ask for: smaller ones, and a caller's own.

#include <gmock/gmock.h>
#include <omp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <new>
#include <set>
#include <string>
#include <thread>

#include "core/tensor.h"
#include "cpu/instructions.h"
#include "cpu/parallel.h"
#include "ops/context.h"
#include "ops/convolution.h"
#include "ops/joint_counts.h"
#include "ops/tuple_counts.h"
#include "tests/support/counted.h"
#include "tests/support/logits.h"
#include "tests/support/values.h"

namespace infoplane::test {
namespace {

/// While it lives, OpenMP gives one thread, whatever it is asked for.
class OneThreadTeams {
 public:
  OneThreadTeams() : before_(omp_get_max_active_levels()) { omp_set_max_active_levels(0); }
  OneThreadTeams(const OneThreadTeams&) = delete;
  OneThreadTeams& operator=(const OneThreadTeams&) = delete;
  ~OneThreadTeams() { omp_set_max_active_levels(before_); }

 private:
  int before_;
};

int team_of(int threads) {
  int size = 0;
#pragma omp parallel num_threads(threads)
#pragma omp single
  size = omp_get_num_threads();
  return size;
}

CountedCells count(const LogitRows& data, int classes, int threads, ops::JointTable kind) {
  Context ctx = ops::make_context(Device::kCpu, {threads});
  ops::JointCounts counts(ctx, classes, 10, kind);
  const Tensor<float> logits(ctx, {data.rows(), classes}, data.logits);
  const Tensor<std::int32_t> labels(ctx, {data.rows()}, data.labels);
  ops::count_joint(ctx, logits, labels, counts);
  return read_cells(ctx, counts);
}

TEST(Teams, ASmallerOneThanAskedForCountsAllRows) {
  const LogitRows data = make_logits(LogitState::kHostile, 70001, 5, 10, 3);
  for (const ops::JointTable kind : {ops::JointTable::kAuto, ops::JointTable::kHashed}) {
    const CountedCells alone = count(data, 5, 1, kind);
    const OneThreadTeams smaller;
    ASSERT_EQ(team_of(4), 1);
    EXPECT_TRUE(count(data, 5, 4, kind) == alone);
  }
}

TEST(Teams, ASmallerOneThanAskedForFindsTheRange) {
  const std::vector<float> values = random_values(100'000, 1, -3.0f, 5.0f);
  const auto range_by = [&](int threads) {
    Context ctx = ops::make_context(Device::kCpu, {threads});
    Tensor<float> range(ctx, {2}, {0.0f, 0.0f});
    ops::widen_range(ctx, Tensor<float>(ctx, {100'000}, values), range);
    return range.to_host_sync();
  };
  const std::vector<float> alone = range_by(1);
  EXPECT_EQ(alone, (std::vector<float>{*std::min_element(values.begin(), values.end()),
                                       *std::max_element(values.begin(), values.end())}));
  EXPECT_EQ(range_by(3), alone);
  const OneThreadTeams smaller;
  EXPECT_EQ(range_by(3), alone);
}

std::vector<float> convolved(const Shape& shape) {
  Context ctx = ops::make_context(Device::kCpu, {1});
  const Tensor<float> x(ctx, shape, random_values(shape.numel(), 1));
  const Tensor<float> w(ctx, {30, shape[1], 3, 3}, random_values(30 * shape[1] * 9, 2));
  Tensor<float> y(ctx, {shape[0], 30, shape[2], shape[3]});
  ops::plan_convolution(ctx, Window::square(3, 1, 1), shape, 30)->forward(ctx, x, w, {}, y);
  return y.to_host_sync();
}

TEST(Teams, EachThreadOfACallersTeamMayHaveAContext) {
  const Shape shape{20, 20, 5, 5};
  const std::vector<float> alone = convolved(shape);
  std::vector<std::vector<float>> results(4);
#pragma omp parallel for num_threads(4) schedule(static, 1)
  for (int i = 0; i < 4; ++i) {
    results[static_cast<std::size_t>(i)] = convolved(shape);
  }
  for (const std::vector<float>& result : results) {
    EXPECT_TRUE(same_bits(result, alone));
  }
}

// One slot is the caller, whose number in its own team says nothing here.
TEST(Teams, SlotsAreCountedFromZeroInACallersTeam) {
  int largest = -1;
#pragma omp parallel num_threads(4) reduction(max : largest)
  {
    Context ctx = ops::make_context(Device::kCpu, {1});
    cpu::parallel_for_slots(ctx, 100, 1, [&](std::int64_t, std::int64_t, int slot) {
      largest = std::max(largest, slot);
    });
  }
  EXPECT_EQ(largest, 0);
}

TEST(Teams, WhatABodyThrowsReachesTheCaller) {
  for (const int threads : {1, 3}) {
    Context ctx = ops::make_context(Device::kCpu, {threads});
    std::atomic<int> pieces = 0;
    EXPECT_THROW(cpu::parallel_for(ctx, 3, 1,
                                   [&](std::int64_t, std::int64_t last) {
                                     ++pieces;
                                     if (last == 3) {
                                       throw std::bad_alloc();
                                     }
                                   }),
                 std::bad_alloc);
    EXPECT_EQ(pieces, threads);
    EXPECT_THROW(
        cpu::for_each_piece(ctx, threads, 50, [](std::int64_t, int) { throw std::bad_alloc(); }),
        std::bad_alloc);
  }
}

std::set<std::string> threads_of_process() {
  std::this_thread::sleep_for(std::chrono::milliseconds(50));  // to end takes a while
  std::set<std::string> ids;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    ids.insert(task.path().filename());
  }
  return ids;
}

// libgomp ends threads that a smaller team leaves out.
TEST(Teams, CountingIsWorthTwoOfThreeThreadsAndEndsNone) {
  Context ctx = ops::make_context(Device::kCpu, {3});
  const LogitRows data = make_logits(LogitState::kTrained, 40'000, 10, 10, 3);
  const Tensor<float> logits(ctx, {40'000, 10}, data.logits);
  const Tensor<std::int32_t> labels(ctx, {40'000}, data.labels);
  Tensor<double> row(ctx, {information_row_size(10)});
  ops::JointCounts dense(ctx, 10, 10);
  ops::JointCounts hashed(ctx, 10, 10, ops::JointTable::kHashed);
  ASSERT_EQ(team_of(3), 3);
  const std::set<std::string> before = threads_of_process();
  ops::count_joint(ctx, logits, labels, dense);
  EXPECT_EQ(threads_of_process(), before) << "by a dense table";
  ops::information(ctx, dense, row);
  EXPECT_EQ(threads_of_process(), before) << "by its information";
  // 4,000 rows are worth two threads of a hashed table.
  ops::count_joint(ctx, logits.view().rows(0, 4000), labels.view().rows(0, 4000), hashed);
  EXPECT_EQ(threads_of_process(), before) << "by a hashed table";
}

}  // namespace
}  // namespace infoplane::test
