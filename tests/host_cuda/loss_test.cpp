// Softmax cross-entropy, and the sum over a block that it ends in.
#include "tests/host_cuda/host_cuda.h"

// The kernels come after the harness.
#include "cuda/softmax_cross_entropy.cuh"
#include "tests/host_cuda/run.h"
#include "tests/oracle/softmax_cross_entropy.h"

namespace infoplane::host_cuda {
namespace {

using cuda::kBlockThreads;
using test::doubles;

enum class RowOf { kThread, kWarp };

/// As the launcher does it; dlogits in place. Returns what is added to a sum of 1000.
double run(RowOf row_of, std::int64_t rows, int classes, float scale,
           const std::vector<std::int32_t>& labels, std::vector<float>& logits, Order order) {
  const bool by_warps = row_of == RowOf::kWarp;
  const std::int64_t rows_a_block = by_warps ? cuda::kWarpsABlock : kBlockThreads;
  const auto blocks = static_cast<unsigned>((rows + rows_a_block - 1) / rows_a_block);
  const auto kernel =
      by_warps ? cuda::softmax_cross_entropy_warp_kernel : cuda::softmax_cross_entropy_kernel;
  std::vector<double> partial(blocks);
  launch({blocks}, {kBlockThreads}, order, [&] {
    kernel(rows, classes, logits.data(), labels.data(), scale, partial.data(), logits.data());
  });
  double sum = 1000.0;
  launch({1}, {kBlockThreads}, order,
         [&] { cuda::add_partials_kernel(blocks, partial.data(), &sum); });
  return sum - 1000.0;
}

TEST(BlockSum, IsKnownToEveryThreadEachTime) {
  for (const Order order : {Order::kForward, Order::kBackward}) {
    std::vector<int> first(kBlockThreads);
    std::vector<int> second(kBlockThreads);
    launch({1}, {kBlockThreads}, order, [&] {
      first[threadIdx.x] = cuda::block_sum(static_cast<int>(threadIdx.x));
      second[threadIdx.x] = cuda::block_sum(2);
    });
    EXPECT_EQ(first, std::vector<int>(kBlockThreads, 255 * 256 / 2));
    EXPECT_EQ(second, std::vector<int>(kBlockThreads, 2 * kBlockThreads));
  }
}

class SoftmaxCrossEntropyKernel : public testing::TestWithParam<RowOf> {
 protected:
  static double run(std::int64_t rows, int classes, float scale,
                    const std::vector<std::int32_t>& labels, std::vector<float>& logits,
                    Order order) {
    return host_cuda::run(GetParam(), rows, classes, scale, labels, logits, order);
  }
};
INSTANTIATE_TEST_SUITE_P(RowOf, SoftmaxCrossEntropyKernel,
                         testing::Values(RowOf::kThread, RowOf::kWarp), [](const auto& row_of) {
                           return row_of.param == RowOf::kWarp ? "warp" : "thread";
                         });

TEST(SoftmaxCrossEntropyKernels, GiveTheSameGradientToTheBit) {
  for (const int classes : {2, 31, 32, 33, 100, 1000}) {
    const std::vector<float> logits = test::random_values(9 * classes, 1, -20.0f, 20.0f);
    const std::vector<std::int32_t> labels = test::random_integers(9, 2, classes);
    std::vector<float> by_thread = logits;
    std::vector<float> by_warp = logits;
    const double loss = run(RowOf::kThread, 9, classes, 0.125f, labels, by_thread, Order::kForward);
    EXPECT_NEAR(run(RowOf::kWarp, 9, classes, 0.125f, labels, by_warp, Order::kForward), loss,
                1e-12 * loss);
    EXPECT_TRUE(test::same_bits(by_thread, by_warp)) << classes;
  }
}

TEST_P(SoftmaxCrossEntropyKernel, MatchesTheOracle) {
  for (const std::int64_t rows : kSizes) {
    for (const int classes : {10, 33}) {
      const std::vector<float> logits = test::random_values(rows * classes, 1, -20.0f, 20.0f);
      const std::vector<std::int32_t> labels = test::random_integers(rows, 2, classes);
      std::vector<float> dlogits = logits;
      const double loss = run(rows, classes, 0.125f, labels, dlogits, Order::kForward);
      const oracle::SoftmaxCrossEntropy expected = oracle::softmax_cross_entropy(
          static_cast<int>(rows), classes, 0.125, doubles(logits), labels);
      EXPECT_NEAR(loss, expected.loss_sum, 1e-6 * (1000.0 + expected.loss_sum));
      test::expect_near(dlogits, expected.dlogits, 1e-7, 1e-6);

      std::vector<float> again = logits;
      EXPECT_EQ(run(rows, classes, 0.125f, labels, again, Order::kBackward), loss);
      EXPECT_TRUE(test::same_bits(again, dlogits));
    }
  }
}

TEST_P(SoftmaxCrossEntropyKernel, ABadLabelMakesTheSumNanAndItsRowZero) {
  for (const std::int32_t label : {-1, 3}) {
    std::vector<float> logits = {1.0f, 2.0f, 3.0f, 1.0f, 1.0f, 1.0f};
    EXPECT_TRUE(std::isnan(run(2, 3, 1.0f, {label, 0}, logits, Order::kForward)));
    EXPECT_EQ(std::vector<float>(logits.begin(), logits.begin() + 3), std::vector<float>(3, 0.0f));
    EXPECT_FLOAT_EQ(logits[3], 1.0f / 3.0f - 1.0f);
  }
}

TEST_P(SoftmaxCrossEntropyKernel, ALogitThatIsNoNumberShows) {
  for (const float bad : {static_cast<float>(NAN), static_cast<float>(INFINITY)}) {
    std::vector<float> logits = {1.0f, bad, 3.0f};
    EXPECT_TRUE(std::isnan(run(1, 3, 1.0f, {0}, logits, Order::kForward)));
    EXPECT_TRUE(std::isnan(logits[0]) && std::isnan(logits[1]) && std::isnan(logits[2]));
  }
  std::vector<float> logits = {1.0f, -INFINITY};
  EXPECT_EQ(run(1, 2, 1.0f, {0}, logits, Order::kForward), 0.0);
  EXPECT_EQ(logits, (std::vector<float>{0.0f, 0.0f}));
}

}  // namespace
}  // namespace infoplane::host_cuda
