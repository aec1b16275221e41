#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "cpu/backend.h"
#include "ops/context.h"

namespace infoplane::test {

/// For SetUp(): skips a test whose device is not there, unless INFOPLANE_REQUIRE_GPU=1 makes that
/// a failure.
inline void require_device(Device device) {
  const std::string why = ops::why_missing(device);
  if (why.empty()) {
    return;
  }
  const char* require = std::getenv("INFOPLANE_REQUIRE_GPU");
  if (require != nullptr && std::string(require) == "1") {
    FAIL() << "INFOPLANE_REQUIRE_GPU=1, but " << why;
  }
  GTEST_SKIP() << why;
}

/// A context that computes in float32 on either device, as tests compare them.
inline Context make_test_context(Device device) {
  ops::ContextOptions options;
  options.precision = Precision::kFp32;
  return ops::make_context(device, options);
}

/// The host with bfloat16 products, for a test that skips where why_no_bf16() says why.
inline Context make_bf16_context(int threads = 0) {
  ops::ContextOptions options;
  options.threads = threads;
  options.precision = Precision::kBf16;
  return ops::make_context(Device::kCpu, options);
}
inline std::string why_no_bf16() { return cpu::why_without(Precision::kBf16); }

/// One TEST_P over both devices.
class DeviceTest : public testing::TestWithParam<Device> {
 protected:
  void SetUp() override { require_device(GetParam()); }

  Context make_context() const { return make_test_context(GetParam()); }
};

inline std::string device_name(const testing::TestParamInfo<Device>& info) {
  return to_string(info.param);
}

/// Instantiates a DeviceTest suite for both devices.
#define INFOPLANE_FOR_EACH_DEVICE(Suite)                                                       \
  INSTANTIATE_TEST_SUITE_P(Device, Suite,                                                      \
                           testing::Values(infoplane::Device::kCpu, infoplane::Device::kCuda), \
                           infoplane::test::device_name)

}  // namespace infoplane::test
