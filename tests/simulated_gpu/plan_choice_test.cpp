// What Determinism::kFast times, keeps and finds again. Which algorithms there are and how long
// they take is the simulated libraries' doing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/tensor.h"
#include "cuda/plan_cache.h"
#include "ops/context.h"
#include "ops/convolution.h"
#include "ops/inner_product.h"
#include "tests/support/bytes.h"
#include "tests/support/environment.h"
#include "tests/support/errors.h"
#include "tests/support/read_file.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/values.h"

namespace infoplane::test {
namespace {

using cuda::PlanCache;

TEST(PlanCache, KeepsChoicesOfEachMachineInAFile) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "not" / "there" / "plans.tsv";
  PlanCache one(file, "one");
  PlanCache other(file, "other");
  EXPECT_EQ(one.find("a plan"), std::nullopt);
  one.keep("a plan", "1");
  other.keep("a plan", "2");
  other.keep("a plan", "3");
  EXPECT_EQ(one.find("a plan"), "1");
  EXPECT_EQ(PlanCache(file, "one").find("a plan"), "1");
  EXPECT_EQ(PlanCache(file, "other").find("a plan"), "3");
  EXPECT_EQ(PlanCache(file, "other").find("another"), std::nullopt);
}

TEST(PlanCache, IsInTheUsersCacheUnlessNamed) {
  const ScopedVariable cache("XDG_CACHE_HOME", std::nullopt);
  const ScopedVariable home("HOME", "/home/somebody");
  {
    const ScopedVariable unnamed("INFOPLANE_PLAN_CACHE", std::nullopt);
    EXPECT_EQ(PlanCache::users_file(), "/home/somebody/.cache/infoplane/cuda_plans.tsv");
    ::unsetenv("HOME");
    EXPECT_EQ(PlanCache::users_file(), "");
  }
  const ScopedVariable named("INFOPLANE_PLAN_CACHE", "/elsewhere");
  EXPECT_EQ(PlanCache::users_file(), "/elsewhere");
}

TEST(PlanCache, LosesNothingButTimeWhenItsFileIsOfNoUse) {
  const TemporaryFolder folder;
  const auto file = folder.write("plans.tsv", text_bytes("no tab\none\ttab\n\t\t\none\tgood\t5\n"));
  EXPECT_EQ(PlanCache(file, "one").find("good"), "5");
  EXPECT_EQ(PlanCache(file, "one").find("tab"), std::nullopt);
  for (const std::filesystem::path& nowhere :
       {std::filesystem::path(), std::filesystem::path("/proc/no/plans.tsv")}) {
    PlanCache cache(nowhere, "one");
    cache.keep("plan", "7");
    EXPECT_EQ(cache.find("plan"), "7");
  }
}

/// The file with another choice for the plans whose names begin so.
std::string with_choice(const std::string& file, const std::string& plan,
                        const std::string& choice) {
  std::istringstream lines(file);
  std::string result;
  for (std::string line; std::getline(lines, line);) {
    const bool changes = line.find('\t' + plan) < line.rfind('\t');
    result += (changes ? line.substr(0, line.rfind('\t') + 1) + choice : line) + '\n';
  }
  return result;
}

class PlanChoice : public testing::Test {
 protected:
  static Context context(Determinism determinism) {
    ops::ContextOptions options;
    options.determinism = determinism;
    return ops::make_context(Device::kCuda, options);
  }

  /// The algorithms of the three passes.
  static std::string plan(Context& ctx, std::int64_t out_channels = 4) {
    const auto plan =
        ops::plan_convolution(ctx, Window::square(3, 1, 1), {2, 3, 9, 7}, out_channels);
    return plan->algorithm(ConvolutionPass::kForward) + ", " +
           plan->algorithm(ConvolutionPass::kBackwardData) + ", " +
           plan->algorithm(ConvolutionPass::kBackwardWeights);
  }

  static std::vector<float> multiply(Context& ctx) {
    const Tensor<float> x(ctx, {5, 7}, random_values(35, 1)), w(ctx, {3, 7}, random_values(21, 2));
    Tensor<float> y(ctx, {5, 3});
    ops::inner_product_forward(ctx, x, w, {}, y);
    return y.to_host_sync();
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "plans.tsv";
  ScopedVariable variable_{"INFOPLANE_PLAN_CACHE", file_.string()};
};

/// Those of these numbers, all on tensor cores.
std::string cudnn(int forward, int data, int filter) {
  const std::string math = " (tensor cores)";
  return "cuDNN forward " + std::to_string(forward) + math + ", cuDNN backward data " +
         std::to_string(data) + math + ", cuDNN backward filter " + std::to_string(filter) + math;
}
const std::string kFirst = cudnn(1, 1, 1);
const std::string kFastest = cudnn(0, 1, 3);

TEST_F(PlanChoice, BitwiseTakesTheFirstDeterministicAndKeepsNothing) {
  Context ctx = context(Determinism::kBitwise);
  EXPECT_EQ(plan(ctx), kFirst);
  multiply(ctx);
  EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(PlanChoice, MoreWorkspaceIsTakenWhereNothingRunsWithLess) {
  Context bitwise = context(Determinism::kBitwise);
  EXPECT_EQ(plan(bitwise, 1), cudnn(1, 3, 1));
  Context fast = context(Determinism::kFast);
  EXPECT_EQ(plan(fast, 1), cudnn(0, 0, 3));
}

TEST_F(PlanChoice, AFaultIsToldAndIsNoRefusal) {
  Context ctx = context(Determinism::kBitwise);
  const Tensor<float> x(ctx, {2, 1013}), w(ctx, {3, 1013});
  Tensor<float> y(ctx, {2, 3});
  const auto multiply = [&] { ops::inner_product_forward(ctx, x, w, {}, y); };
  expect_error<DeviceError>(multiply, {"cublasLtMatmul"});
  multiply();
  EXPECT_EQ(y.to_host_sync(), std::vector<float>(6, 0.0f));
}

TEST_F(PlanChoice, MoreValuesThanCudnnTakesAreRefusedByName) {
  Context ctx = context(Determinism::kBitwise);
  expect_error<ShapeError>(
      [&] {
        ops::plan_convolution(ctx, Window::square(1, 1, 0), {std::int64_t{1} << 21, 64, 4, 4}, 4);
      },
      {"2147483648 values", "--micro-batch"});
}

TEST_F(PlanChoice, FastTakesWhatTimingFindsAndFindsItAgain) {
  Context ctx = context(Determinism::kFast);
  EXPECT_EQ(plan(ctx), kFastest);
  Context bitwise = context(Determinism::kBitwise);
  EXPECT_EQ(multiply(ctx), multiply(bitwise));
  const std::string kept = read_file(file_);
  EXPECT_THAT(kept, testing::HasSubstr("simulated GPU, compute capability 9.0"));
  EXPECT_THAT(kept,
              testing::HasSubstr("\tconvolution backward data tf32 x [2, 3, 9, 7] w [4, 3, 3, "
                                 "3] stride 1,1 pad 1,1\t1 "));
  EXPECT_THAT(kept,
              testing::HasSubstr("\tproduct tf32 3 x 5 x 7 TN aligned 256,256,256\t65206f6e"));

  folder_.write("plans.tsv", text_bytes(with_choice(kept, "convolution forward", "1 1")));
  Context again = context(Determinism::kFast);
  EXPECT_THAT(plan(again), testing::StartsWith("cuDNN forward 1 ("));
  EXPECT_EQ(multiply(again), multiply(ctx));
  EXPECT_EQ(read_file(file_), with_choice(kept, "convolution forward", "1 1"));
}

TEST_F(PlanChoice, WhatDoesNotWorkIsTimedAnew) {
  Context first = context(Determinism::kFast);
  plan(first);
  const std::vector<float> y = multiply(first);
  const std::string good = read_file(file_);
  for (const char* wrong : {"", "x", "99 1", "1 2 3 4 5 6 7 8"}) {
    folder_.write("plans.tsv", text_bytes(with_choice(good, "", wrong)));
    Context ctx = context(Determinism::kFast);
    EXPECT_EQ(plan(ctx), kFastest);
    EXPECT_EQ(multiply(ctx), y);
    EXPECT_EQ(read_file(file_), good) << wrong;
  }
}

}  // namespace
}  // namespace infoplane::test
