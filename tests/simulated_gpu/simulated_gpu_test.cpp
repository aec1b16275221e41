// That the simulated GPU is as strict as it says.
#include <gtest/gtest.h>

#include <vector>

#include "tests/simulated_gpu/device.h"

namespace infoplane::simulated_gpu {
namespace {

__global__ void add_kernel(int* to, int value) { to[threadIdx.x] += value; }

__global__ void split_kernel(int* to) {
  if (threadIdx.x == 0) {
    __syncthreads();
  }
  to[threadIdx.x] = 1;
}

class SimulatedGpu : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
    ASSERT_EQ(cudaMallocHost(&memory, kBytes), cudaSuccess);
    pinned = static_cast<int*>(memory);
    ASSERT_EQ(cudaMalloc(&memory, kBytes), cudaSuccess);
    device = static_cast<int*>(memory);
    ASSERT_EQ(cudaMemsetAsync(device, 0, kBytes, stream), cudaSuccess);
  }
  void TearDown() override {
    EXPECT_EQ(cudaFree(device), cudaSuccess);
    EXPECT_EQ(cudaFreeHost(pinned), cudaSuccess);
    EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
    cudaGetLastError();
  }

  cudaError_t add(int value, unsigned threads = 4) {
    cudaLaunchConfig_t config{};
    config.gridDim = dim3(1);
    config.blockDim = dim3(threads);
    config.stream = stream;
    return cudaLaunchKernelEx(&config, add_kernel, device, value);
  }
  cudaError_t read() {
    return cudaMemcpyAsync(pinned, device, kBytes, cudaMemcpyDeviceToHost, stream);
  }

  static constexpr std::size_t kBytes = 4 * sizeof(int);
  cudaStream_t stream = nullptr;
  void* memory = nullptr;
  int* pinned = nullptr;
  int* device = nullptr;
};
using SimulatedGpuDeathTest = SimulatedGpu;

TEST_F(SimulatedGpu, RunsWhenItIsWaitedFor) {
  pinned[0] = -1;
  ASSERT_EQ(add(7), cudaSuccess);
  ASSERT_EQ(read(), cudaSuccess);
  EXPECT_EQ(pinned[0], -1) << "nothing has run";
  ASSERT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(pinned[0], 7);
}

TEST_F(SimulatedGpu, AnEventWaitsForWhatIsBeforeIt) {
  cudaEvent_t event = nullptr;
  ASSERT_EQ(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), cudaSuccess);
  EXPECT_EQ(cudaEventSynchronize(event), cudaSuccess) << "never recorded";
  add(1);
  read();
  ASSERT_EQ(cudaEventRecord(event, stream), cudaSuccess);
  add(1);
  read();
  ASSERT_EQ(cudaEventSynchronize(event), cudaSuccess);
  EXPECT_EQ(pinned[3], 1);
  cudaEventDestroy(event);
}

TEST_F(SimulatedGpu, EventsTellTheTimeOnceTheyAreReached) {
  cudaEvent_t start = nullptr;
  cudaEvent_t end = nullptr;
  ASSERT_EQ(cudaEventCreateWithFlags(&start, cudaEventDefault), cudaSuccess);
  ASSERT_EQ(cudaEventCreateWithFlags(&end, cudaEventDefault), cudaSuccess);
  float ms = 0.0f;
  EXPECT_EQ(cudaEventElapsedTime(&ms, start, end), cudaErrorInvalidResourceHandle);
  cudaEventRecord(start, stream);
  enqueue(
      stream, [] {}, 250.0);
  cudaEventRecord(end, stream);
  EXPECT_EQ(cudaEventElapsedTime(&ms, start, end), cudaErrorNotReady);
  cudaEventSynchronize(end);
  EXPECT_EQ(cudaEventElapsedTime(&ms, start, end), cudaSuccess);
  EXPECT_FLOAT_EQ(ms, 0.25f);
  cudaEventDestroy(start);
  cudaEventDestroy(end);
}

TEST_F(SimulatedGpu, ReadsPageLockedMemoryWhenTheCopyRunsAndOtherMemoryAtOnce) {
  std::vector<int> pageable(4, 5);
  cudaMemcpyAsync(device, pageable.data(), kBytes, cudaMemcpyHostToDevice, stream);
  pageable.assign(4, 6);
  read();
  cudaStreamSynchronize(stream);
  EXPECT_EQ(pinned[0], 5);
  cudaMemcpyAsync(device, pinned, kBytes, cudaMemcpyHostToDevice, stream);
  pinned[0] = 8;  // too soon
  read();
  cudaStreamSynchronize(stream);
  EXPECT_EQ(pinned[0], 8);
}

TEST_F(SimulatedGpu, RefusesWhatCudaRefuses) {
  EXPECT_EQ(add(1, 1025), cudaErrorInvalidConfiguration);
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidConfiguration);
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
  int host = 0;
  EXPECT_EQ(cudaMemcpyAsync(device, &host, kBytes, cudaMemcpyDeviceToDevice, stream),
            cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpyAsync(device, pinned, kBytes + 1, cudaMemcpyHostToDevice, stream),
            cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemsetAsync(device + 1, 0, kBytes, stream), cudaErrorInvalidValue);
  EXPECT_EQ(cudaFree(device + 1), cudaErrorInvalidValue);
}

TEST_F(SimulatedGpu, ACaptureRunsNothingAndEndsAtWhatIsForbidden) {
  cudaGraph_t graph = nullptr;
  ASSERT_EQ(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), cudaSuccess);
  add(1);
  ASSERT_EQ(cudaStreamEndCapture(stream, &graph), cudaSuccess);
  cudaGraphExec_t executable = nullptr;
  ASSERT_EQ(cudaGraphInstantiate(&executable, graph, 0), cudaSuccess);
  cudaGraphLaunch(executable, stream);
  cudaGraphLaunch(executable, stream);
  read();
  cudaStreamSynchronize(stream);
  EXPECT_EQ(pinned[0], 2);
  cudaGraphExecDestroy(executable);
  cudaGraphDestroy(graph);

  ASSERT_EQ(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), cudaSuccess);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaErrorStreamCaptureUnsupported);
  EXPECT_EQ(add(1), cudaErrorStreamCaptureInvalidated);
  EXPECT_EQ(cudaStreamEndCapture(stream, &graph), cudaErrorStreamCaptureInvalidated);
  EXPECT_EQ(graph, nullptr);
}

TEST_F(SimulatedGpuDeathTest, DeviceMemoryIsOutOfTheHostsReach) {
  EXPECT_DEATH(device[0] = 1, "");
  cudaStreamSynchronize(stream);
  EXPECT_DEATH(pinned[0] = device[0], "");
}

TEST_F(SimulatedGpuDeathTest, EachPieceHasWallsAndIsGoneOnceFreed) {
  EXPECT_DEATH(
      {
        add(1, 5);  // one thread more than there are elements
        cudaStreamSynchronize(stream);
      },
      "AddressSanitizer: use-after-poison");
  void* freed = nullptr;
  cudaMalloc(&freed, kBytes);
  cudaFree(freed);
  EXPECT_EQ(cudaMemsetAsync(freed, 0, kBytes, stream), cudaErrorInvalidValue);
}

TEST_F(SimulatedGpuDeathTest, ABarrierThatSomeThreadsMissTakesTheGpuDown) {
  EXPECT_EXIT(
      {
        cudaLaunchConfig_t config{};
        config.gridDim = dim3(1);
        config.blockDim = dim3(4);
        config.stream = stream;
        cudaLaunchKernelEx(&config, split_kernel, device);
        const bool failed = cudaStreamSynchronize(stream) == cudaErrorLaunchFailure;
        std::_Exit(failed && add(1) == cudaErrorLaunchFailure ? 0 : 1);
      },
      testing::ExitedWithCode(0), "1 of 4 threads wait at a barrier");
}

}  // namespace
}  // namespace infoplane::simulated_gpu
