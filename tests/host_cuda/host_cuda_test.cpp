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

TEST(HostCuda, AWarpExchangesValues) {
  for (const Order order : {Order::kForward, Order::kBackward}) {
    std::vector<float> down(64);
    std::vector<int> first(64);
    std::vector<unsigned> votes(64);
    launch({1}, {64}, order, [&] {
      const auto t = static_cast<int>(threadIdx.x);
      down[threadIdx.x] = __shfl_down_sync(0xFFFFFFFFu, 0.5f * static_cast<float>(t), 16);
      first[threadIdx.x] = __shfl_sync(0xFFFFFFFFu, 100 + t, 0);
      votes[threadIdx.x] = __ballot_sync(0xFFFFFFFFu, t == 3 || t >= 62 ? 1 : 0);
    });
    for (std::size_t t = 0; t < 64; ++t) {
      EXPECT_EQ(down[t], 0.5f * static_cast<float>(t % 32 < 16 ? t + 16 : t));
      EXPECT_EQ(first[t], t < 32 ? 100 : 132);
      EXPECT_EQ(votes[t], t < 32 ? 8u : 0xC0000000u);
    }
  }
}

TEST(HostCuda, AThreadMayWaitForAnother) {
  for (const Order order : {Order::kForward, Order::kBackward}) {
    unsigned turn = 0;
    std::vector<unsigned> seen;
    launch({1}, {40}, order, [&] {
      while (turn != threadIdx.x) {
        __nanosleep(0);
      }
      seen.push_back(threadIdx.x);
      ++turn;
    });
    ASSERT_EQ(seen.size(), 40u);
    EXPECT_EQ(seen[39], 39u);
  }
}

TEST(HostCuda, AThreadWaitsOnTheFiberOfOneThatIsDone) {
  for (const Order order : {Order::kForward, Order::kBackward}) {
    unsigned begun = 0;
    unsigned ended = 0;
    launch({1}, {4}, order, [&] {
      const unsigned place = begun++;
      while (place == 1 && begun < 4) {
        __nanosleep(0);
      }
      ++ended;
    });
    EXPECT_EQ(ended, 4u);
  }
}

TEST(HostCuda, WaitingForNothingIsAnError) {
  bool never = false;
  const auto wait = [&] {
    while (!never) {
      __nanosleep(0);
    }
  };
  EXPECT_THROW(launch({1}, {4}, Order::kForward, wait), std::logic_error);
  EXPECT_THROW(launch({1}, {4}, Order::kForward,
                      [&] {
                        if (threadIdx.x == 2) {
                          wait();
                        }
                        __syncthreads();
                      }),
               std::logic_error);
  EXPECT_THROW(launch({1}, {32}, Order::kForward,
                      [&] {
                        if (threadIdx.x != 2) {
                          __syncwarp();
                        }
                      }),
               std::logic_error);
}

TEST(HostCuda, DynamicSharedMemoryIsOneBlocksOwn) {
  std::vector<unsigned> first(3);
  std::vector<unsigned> sums(3);
  launch({3}, {8}, 8 * sizeof(unsigned), Order::kForward, [&] {
    auto* values = reinterpret_cast<unsigned*>(dynamic_shared_memory());
    if (threadIdx.x == 0) {
      first[blockIdx.x] = values[7];
    }
    __syncthreads();
    values[threadIdx.x] = blockIdx.x;
    __syncthreads();
    if (threadIdx.x == 0) {
      for (int i = 0; i < 8; ++i) {
        sums[blockIdx.x] += values[i];
      }
    }
  });
  EXPECT_EQ(first, std::vector<unsigned>(3, 0xA5A5A5A5u));
  EXPECT_EQ(sums, (std::vector<unsigned>{0, 8, 16}));
}

}  // namespace
}  // namespace infoplane::host_cuda
