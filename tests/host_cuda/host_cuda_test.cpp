// The harness itself: what a kernel sees, and what it is told when it is wrong.
#include "tests/host_cuda/host_cuda.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace infoplane::host_cuda {
namespace {

TEST(HostCuda, RunsEveryThreadOfEveryBlockOnce) {
  const dim3 grid{3, 2, 2};
  const dim3 block{5, 2, 3};
  std::vector<int> visits(3 * 2 * 2 * 5 * 2 * 3);
  launch(grid, block, Order::kForward, [&] {
    const unsigned b = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
    const unsigned t = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
    ++visits[b * (5 * 2 * 3) + t];
  });
  EXPECT_EQ(visits, std::vector<int>(visits.size(), 1));
}

TEST(HostCuda, ABarrierHoldsEveryThread) {
  constexpr unsigned kThreads = 64;
  for (const Order order : {Order::kForward, Order::kBackward}) {
    std::vector<unsigned> out(2 * kThreads);
    launch({2}, {kThreads}, order, [&] {
      __shared__ unsigned tile[kThreads];
      tile[threadIdx.x] = threadIdx.x + 100 * blockIdx.x;
      __syncthreads();
      out[blockIdx.x * kThreads + threadIdx.x] = tile[kThreads - 1 - threadIdx.x];
      __syncthreads();
    });
    for (unsigned i = 0; i < out.size(); ++i) {
      EXPECT_EQ(out[i], 100 * (i / kThreads) + kThreads - 1 - i % kThreads);
    }
  }
}

TEST(HostCuda, ABarrierThatSomeThreadsMissIsAnError) {
  EXPECT_THROW(launch({1}, {4}, Order::kForward,
                      [] {
                        if (threadIdx.x != 2) {
                          __syncthreads();
                        }
                      }),
               std::logic_error);
}

TEST(HostCuda, ARaceShowsInTheOrder) {
  const auto racy = [](Order order) {
    unsigned last = 0;
    launch({1}, {8}, order, [&] { last = threadIdx.x; });
    return last;
  };
  EXPECT_NE(racy(Order::kForward), racy(Order::kBackward));
}

TEST(HostCuda, AtomicsReturnWhatWasThere) {
  unsigned sum = 0;
  std::vector<unsigned> before(32);
  launch({1}, {32}, Order::kForward, [&] { before[threadIdx.x] = atomicAdd(&sum, 2u); });
  EXPECT_EQ(sum, 64u);
  EXPECT_EQ(before[31], 62u);
}

}  // namespace
}  // namespace infoplane::host_cuda
