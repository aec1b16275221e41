// The host's kernels and threads against each other: tables, tallies and results to the bit.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "core/error.h"
#include "ops/context.h"
#include "ops/joint_counts.h"
#include "tests/support/logits.h"

namespace infoplane {
namespace {

/// Forces a host kernel while it lives.
class ForcedKernel {
 public:
  explicit ForcedKernel(const char* name) {
    const char* before = std::getenv(kVariable);
    before_ = before != nullptr ? before : "";
    setenv(kVariable, name, 1);
  }
  ~ForcedKernel() { setenv(kVariable, before_.c_str(), 1); }  // empty is as good as unset
  ForcedKernel(const ForcedKernel&) = delete;
  ForcedKernel& operator=(const ForcedKernel&) = delete;

 private:
  static constexpr char kVariable[] = "INFOPLANE_CPU_KERNEL";
  std::string before_;
};

struct Counted {
  std::vector<std::uint32_t> counts;
  std::vector<double> row;

  bool operator==(const Counted&) const = default;
};

Counted count_rows(const test::LogitRows& data, int classes, int bins, int threads,
                   const char* kernel) {
  const ForcedKernel forced(kernel);
  Context ctx = ops::make_context(Device::kCpu, {threads});
  ops::JointCounts counts(ctx, classes, bins);
  const Tensor<float> logits(ctx, {data.rows(), classes}, data.logits);
  const Tensor<std::int32_t> labels(ctx, {data.rows()}, data.labels);
  Tensor<double> row(ctx, {information_row_size(classes)});
  ops::count_joint(ctx, logits, labels, counts);
  ops::information(ctx, counts, row);
  return {counts.counts_to_host_sync(), row.to_host_sync()};
}

bool has_instructions(const std::string& kernel) {
#if defined(__x86_64__)
  if (kernel == "avx512") {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  }
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return kernel.empty();
#endif
}

class HostKernelTest : public testing::TestWithParam<const char*> {};

TEST_P(HostKernelTest, GivesTheTableOfTheScalarKernel) {
  if (!has_instructions(GetParam())) {
    EXPECT_THROW(count_rows({}, 2, 2, 1, GetParam()), UsageError);
    GTEST_SKIP() << "this processor has no " << GetParam();
  }
  using test::LogitState;
  for (const auto& [classes, bins] :
       {std::pair{10, 10}, std::pair{2, 256}, std::pair{3, 10}, std::pair{9, 5}, std::pair{31, 3},
        std::pair{32, 3}, std::pair{33, 3}, std::pair{64, 2}, std::pair{203, 2}}) {
    for (const LogitState state : {LogitState::kFresh, LogitState::kTrained, LogitState::kCollapsed,
                                   LogitState::kTies, LogitState::kEdges, LogitState::kHostile}) {
      for (const std::int64_t rows : {0, 1, 15, 16, 17, 31, 33, 1041}) {
        const test::LogitRows data = test::make_logits(state, rows, classes, bins, 77);
        EXPECT_TRUE(count_rows(data, classes, bins, 1, GetParam()) ==
                    count_rows(data, classes, bins, 1, "scalar"))
            << classes << " classes, " << bins << " bins, " << rows << " rows, state "
            << static_cast<int>(state);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, HostKernelTest, testing::Values("avx2", "avx512"),
                         [](const auto& test) { return std::string(test.param); });

TEST(HostKernel, AnyNumberOfThreadsGivesTheSameTable) {
  // More rows than all threads take in one round, and an odd number.
  const test::LogitRows data = test::make_logits(test::LogitState::kTrained, 600001, 3, 10, 13);
  const Counted alone = count_rows(data, 3, 10, 1, "");
  EXPECT_EQ(alone.row[kInfoRows], 600001.0);
  for (const int threads : {2, 3, 8}) {
    EXPECT_TRUE(count_rows(data, 3, 10, threads, "") == alone) << threads << " threads";
  }
}

TEST(HostKernel, ThreadsAgreeOnRejectedRowsAndOnLargeTables) {
  const test::LogitRows data = test::make_logits(test::LogitState::kHostile, 20011, 10, 10, 13);
  const Counted alone = count_rows(data, 10, 10, 1, "");
  EXPECT_GT(alone.row[kInfoBadLogits], 0.0);
  EXPECT_GT(alone.row[kInfoBadLabels], 0.0);
  for (const int threads : {2, 3}) {
    EXPECT_TRUE(count_rows(data, 10, 10, threads, "") == alone) << threads << " threads";
  }
}

TEST(HostKernel, AnUnknownNameIsRefused) {
  try {
    count_rows({}, 2, 2, 1, "sse9");
    FAIL() << "sse9 was taken";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("INFOPLANE_CPU_KERNEL=sse9"), std::string::npos);
  }
}

}  // namespace
}  // namespace infoplane
