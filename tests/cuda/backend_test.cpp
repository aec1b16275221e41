// The CUDA device's backend and its error checks. What needs no GPU runs on any machine.
#include "cuda/backend.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <functional>

#include "core/error.h"
#include "core/tensor.h"
#include "cuda/check.h"
#include "cuda/handles.h"
#include "tests/support/devices.h"
#include "tests/support/environment.h"

namespace infoplane {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const DeviceError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(CudaCheck, LetsSuccessPass) {
  EXPECT_NO_THROW(INFOPLANE_CUDA_CHECK(cudaSuccess));
  EXPECT_NO_THROW(INFOPLANE_CUDA_CHECK(CUBLAS_STATUS_SUCCESS));
  EXPECT_NO_THROW(INFOPLANE_CUDA_CHECK(CUDNN_STATUS_SUCCESS));
}

// What needs no GPU of it: that the library is found when it is first called.
TEST(CublasLt, IsLoadedWhenItIsCalled) {
  int major = 0;
  INFOPLANE_CUDA_CHECK(cublasLtGetProperty(MAJOR_VERSION, &major));
  EXPECT_EQ(major, CUBLAS_VER_MAJOR);
  cublasLtMatrixLayout_t raw = nullptr;
  INFOPLANE_CUDA_CHECK(cublasLtMatrixLayoutCreate(&raw, CUDA_R_32F, 3, 2, 3));
  const cuda::MatrixLayout layout(raw);
  EXPECT_NE(layout.get(), nullptr);
}

TEST(CudaCheck, SaysWhereWhatAndWhy) {
  EXPECT_THAT(message_of([] { INFOPLANE_CUDA_CHECK(cudaErrorInvalidValue); }),
              MatchesRegex("backend_test.cpp:[0-9]+: cudaErrorInvalidValue: "
                           "cudaErrorInvalidValue: invalid argument"));
  EXPECT_THAT(message_of([] { INFOPLANE_CUDA_CHECK(CUBLAS_STATUS_NOT_INITIALIZED); }),
              HasSubstr(": CUBLAS_STATUS_NOT_INITIALIZED: "));
  EXPECT_THAT(message_of([] { INFOPLANE_CUDA_CHECK(CUDNN_STATUS_BAD_PARAM); }),
              HasSubstr(": CUDNN_STATUS_BAD_PARAM: "));
}

TEST(CudaBackend, SaysWhatIsMissingInOneLine) {
  const std::string why = cuda::why_missing();
  if (why.empty()) {
    EXPECT_NE(cuda::make_backend({}), nullptr);
    return;
  }
  EXPECT_EQ(why.find('\n'), std::string::npos);
  EXPECT_THAT(why, HasSubstr("--device cpu"));
  EXPECT_EQ(cuda::why_missing(), why) << "asking changes nothing";
  try {
    cuda::make_backend({});
    FAIL() << "a backend without a GPU";
  } catch (const DeviceMissing& missing) {
    EXPECT_EQ(missing.what(), why);
  }
}

TEST(CudaBackend, KnowsItsLibrariesWithoutAGpu) {
  const auto versions = cuda::library_versions();
  ASSERT_EQ(versions.size(), 4u);
  EXPECT_EQ(versions[0].first, "CUDA runtime");
  EXPECT_THAT(versions[0].second, MatchesRegex("1[2-9]\\.[0-9]+"));
  EXPECT_EQ(versions[1].first, "CUDA driver");
  EXPECT_EQ(versions[2].first, "cuBLAS");
  EXPECT_EQ(versions[3].first, "cuDNN");
  EXPECT_THAT(versions[3].second, MatchesRegex("9\\.[0-9]+\\.[0-9]+"));
}

class CudaBackendOnGpu : public test::DeviceTest {};

TEST_P(CudaBackendOnGpu, CopiesFromMemoryThatIsReusedAtOnce) {
  Context ctx = make_context();
  const std::size_t bytes = (std::size_t{9} << 20) + 13;  // more than the staging ring, and a tail
  std::vector<std::uint8_t> expected(bytes);
  for (std::size_t i = 0; i < bytes; ++i) {
    expected[i] = static_cast<std::uint8_t>(i % 251);  // no two pieces of the ring are alike
  }
  std::vector<std::uint8_t> host = expected;
  void* device = ctx.backend().allocate(bytes);
  void* twin = ctx.backend().allocate(bytes);
  ctx.backend().copy_from_host(device, host.data(), bytes);
  std::fill(host.begin(), host.end(), std::uint8_t{0xAA});
  ctx.backend().copy(twin, device, bytes);
  ctx.backend().fill_zero(device, bytes - 1);
  ctx.backend().copy_to_host_sync(host.data(), twin, bytes);
  EXPECT_EQ(host, expected);
  ctx.backend().copy_to_host_sync(host.data(), device, bytes);
  EXPECT_EQ(std::count(host.begin(), host.end() - 1, 0), static_cast<std::ptrdiff_t>(bytes - 1));
  EXPECT_EQ(host.back(), expected.back());
  ctx.backend().deallocate(device);
  ctx.backend().deallocate(twin);
}

TEST_P(CudaBackendOnGpu, SaysHowMuchMemoryCouldNotBeHad) {
  Context ctx = make_context();
  EXPECT_THAT(message_of([&] { ctx.backend().allocate(std::size_t{1} << 50); }),
              HasSubstr("GPU memory: 1125899906842624 bytes could not be had"));
  void* pointer = ctx.backend().allocate(1);  // the failure left nothing behind
  EXPECT_NE(pointer, nullptr);
  ctx.backend().deallocate(pointer);
}

TEST_P(CudaBackendOnGpu, AFailedCheckLeavesNoErrorBehind) {
  void* pointer = nullptr;
  EXPECT_THAT(message_of([&] { INFOPLANE_CUDA_CHECK(cudaMalloc(&pointer, ~std::size_t{0})); }),
              HasSubstr("cudaMalloc(&pointer, ~std::size_t{0}): cudaError"));
  EXPECT_EQ(cudaPeekAtLastError(), cudaSuccess);
}

TEST_P(CudaBackendOnGpu, DescribesTheGpu) {
  EXPECT_THAT(make_context().backend().describe(),
              MatchesRegex(".+, compute capability [0-9]+\\.[0-9], [0-9.]+ GiB"));
}

TEST_P(CudaBackendOnGpu, RecordsAndReplays) {
  Context ctx = make_context();
  Tensor<std::int32_t> from(ctx, {3}, {1, 2, 3});
  Tensor<std::int32_t> to(ctx, {3});
  const std::unique_ptr<Recording> recording =
      ctx.backend().record([&] { ctx.backend().copy(to.data(), from.data(), to.bytes()); });
  EXPECT_EQ(to.to_host_sync(), (std::vector<std::int32_t>{0, 0, 0})) << "recording runs nothing";
  recording->replay();
  EXPECT_EQ(to.to_host_sync(), (std::vector<std::int32_t>{1, 2, 3}));
  from.copy_from_host({7, 8, 9});
  recording->replay();
  EXPECT_EQ(to.to_host_sync(), (std::vector<std::int32_t>{7, 8, 9}));
}

TEST_P(CudaBackendOnGpu, WhatCannotBeRecordedLeavesNothingBehind) {
  Context ctx = make_context();
  Tensor<std::int32_t> tensor(ctx, {3}, {1, 2, 3});
  const std::vector<std::function<void()>> works = {
      [&] { ctx.synchronize(); },                          // waits
      [&] { Tensor<float>(ctx, {100}); },                  // allocates and frees
      [] { throw DeviceError("a library's own error"); },  // fails
  };
  for (const std::function<void()>& work : works) {
    EXPECT_THROW(ctx.backend().record(work), NotRecorded);
    EXPECT_EQ(cudaPeekAtLastError(), cudaSuccess);
    EXPECT_EQ(tensor.to_host_sync(), (std::vector<std::int32_t>{1, 2, 3}));
  }
  EXPECT_THROW(ctx.backend().record([] { throw UsageError("not the device's"); }), UsageError);
  tensor.fill_zero();  // the stream runs again
  EXPECT_EQ(tensor.to_host_sync(), (std::vector<std::int32_t>{0, 0, 0}));
}

TEST_P(CudaBackendOnGpu, RecordsNothingThatMustWaitAfterEachLaunch) {
  const test::ScopedVariable sync("INFOPLANE_CUDA_SYNC", "1");
  Context ctx = make_context();
  EXPECT_THROW(ctx.backend().record([] {}), NotRecorded);
}

INSTANTIATE_TEST_SUITE_P(Device, CudaBackendOnGpu, testing::Values(Device::kCuda),
                         test::device_name);

}  // namespace
}  // namespace infoplane
