// The host's kernels and threads against each other on hashed tables: cells and results to the bit.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/error.h"
#include "ops/context.h"
#include "ops/joint_counts.h"
#include "tests/support/counted.h"
#include "tests/support/environment.h"
#include "tests/support/instructions.h"
#include "tests/support/logits.h"

namespace infoplane {
namespace {

using test::CountedCells;
using test::LogitRows;
using test::LogitState;
using test::read_cells;

CountedCells count_rows(const LogitRows& data, int classes, int bins, int threads,
                        const char* kernel) {
  const test::ScopedVariable forced("INFOPLANE_CPU_KERNEL", kernel);
  Context ctx = ops::make_context(Device::kCpu, {threads});
  ops::JointCounts counts(ctx, classes, bins, ops::JointTable::kHashed);
  const Tensor<float> logits(ctx, {data.rows(), classes}, data.logits);
  const Tensor<std::int32_t> labels(ctx, {data.rows()}, data.labels);
  ops::count_joint(ctx, logits, labels, counts);
  return read_cells(ctx, counts);
}

class HashedKernelTest : public testing::TestWithParam<const char*> {};

TEST_P(HashedKernelTest, GivesTheTableOfTheScalarKernel) {
  if (!test::has_instructions(GetParam())) {
    EXPECT_THROW(count_rows({}, 2, 2, 1, GetParam()), UsageError);
    GTEST_SKIP() << "this processor has no " << GetParam();
  }
  for (const auto& [classes, bins] :
       {std::pair{2, 256}, std::pair{10, 10}, std::pair{31, 7}, std::pair{32, 7}, std::pair{33, 7},
        std::pair{100, 15}, std::pair{1000, 10}}) {
    for (const LogitState state : test::kLogitStates) {
      const LogitRows data = test::make_logits(state, 301, classes, bins, 77);
      const CountedCells forced = count_rows(data, classes, bins, 1, GetParam());
      EXPECT_TRUE(forced == count_rows(data, classes, bins, 1, "scalar"))
          << classes << " classes, " << bins << " bins, state " << static_cast<int>(state);
      EXPECT_GT(forced.field(kInfoRows), 150.0);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, HashedKernelTest, testing::Values("avx2", "avx512"),
                         [](const auto& test) { return std::string(test.param); });

TEST(HashedKernel, AnyNumberOfThreadsGivesTheSameTable) {
  // All rows in few cells, which every thread wants to create first, and all rows apart.
  for (const auto& [state, classes] :
       {std::pair{LogitState::kCollapsed, 3}, std::pair{LogitState::kTies, 2},
        std::pair{LogitState::kTrained, 100}, std::pair{LogitState::kHostile, 20}}) {
    const std::int64_t rows = classes < 10 ? 200001 : 20001;
    const LogitRows data = test::make_logits(state, rows, classes, 10, 13);
    const CountedCells alone = count_rows(data, classes, 10, 1, "");
    for (const int threads : {2, 3, 8}) {
      for (int repeat = 0; repeat < 3; ++repeat) {
        EXPECT_TRUE(count_rows(data, classes, 10, threads, "") == alone)
            << threads << " threads, " << classes << " classes";
      }
    }
  }
}

}  // namespace
}  // namespace infoplane
