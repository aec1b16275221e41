#include "ops/context.h"

#include "core/error.h"
#include "core/tensor.h"
#include "ops/joint_counts.h"
#include "tests/support/devices.h"
#include "tests/support/environment.h"
#include "tests/support/errors.h"
#include "tests/support/instructions.h"
#include "tests/support/values.h"

namespace infoplane {
namespace {

class ContextOnDeviceTest : public test::DeviceTest {};

TEST_P(ContextOnDeviceTest, CopiesThereAndBack) {
  Context ctx = make_context();
  EXPECT_EQ(ctx.device(), GetParam());
  const auto values = test::random_values(1003, 1);
  Tensor<float> a(ctx, {1003}, values);
  Tensor<float> b(ctx, {1003});
  EXPECT_EQ(b.to_host_sync(), std::vector<float>(1003, 0.0f));
  ctx.backend().copy(b.data(), a.data(), a.bytes());
  ctx.synchronize();
  EXPECT_EQ(b.to_host_sync(), values);
  EXPECT_EQ(to_host_sync(ctx, b.view().rows(3, 7)),
            (std::vector<float>{values.begin() + 3, values.begin() + 10}));
  b.fill_zero();
  EXPECT_EQ(b.to_host_sync(), std::vector<float>(1003, 0.0f));
}

TEST_P(ContextOnDeviceTest, SaysWhatItIs) {
  Context ctx = make_context();
  EXPECT_FALSE(ctx.backend().describe().empty());
  const auto libraries = ops::library_versions(GetParam());
  ASSERT_FALSE(libraries.empty());
  for (const auto& [name, version] : libraries) {
    EXPECT_FALSE(name.empty());
    EXPECT_FALSE(version.empty());
  }
}

INFOPLANE_FOR_EACH_DEVICE(ContextOnDeviceTest);

TEST(Devices, TheHostIsAlwaysThereAndAMissingOneSaysWhy) {
  const std::vector<Device> devices = ops::available_devices();
  ASSERT_FALSE(devices.empty());
  EXPECT_EQ(devices.front(), Device::kCpu);
  if (devices.size() == 1) {
    const std::string why = ops::why_missing(Device::kCuda);
    EXPECT_FALSE(why.empty());
    EXPECT_THROW(ops::make_context(Device::kCuda), DeviceMissing);
  }
}

TEST(Devices, TheHostComputesInFloat32OrBfloat16AndToTheBit) {
  ops::ContextOptions options;
  EXPECT_EQ(ops::make_context(Device::kCpu, options).backend().numerics().precision,
            Precision::kFp32);
  options.determinism = Determinism::kFast;
  EXPECT_EQ(ops::make_context(Device::kCpu, options).backend().numerics().determinism,
            Determinism::kBitwise);
  options.precision = Precision::kTf32;
  test::expect_error<UsageError>([&] { ops::make_context(Device::kCpu, options); },
                                 {"precision", "tf32", "--precision fp32", "--device cuda"});
  options.precision = Precision::kBf16;
  if (test::why_no_bf16().empty()) {
    EXPECT_EQ(ops::make_context(Device::kCpu, options).backend().numerics().precision,
              Precision::kBf16);
  } else {
    test::expect_error<UsageError>([&] { ops::make_context(Device::kCpu, options); },
                                   {"precision", "AVX-512", "--precision fp32"});
  }
}

TEST(Devices, TheHostSaysItsInstructionsAndWhatHoldsThemToLess) {
  const std::string widest = test::has_instructions("avx512") ? "avx512"
                             : test::has_instructions("avx2") ? "avx2"
                                                              : "scalar";
  EXPECT_EQ(ops::instructions(Device::kCuda), "");
  EXPECT_TRUE(ops::instructions(Device::kCpu).starts_with(widest));
  EXPECT_EQ(ops::host_counting_kernel(), widest);
  const test::ScopedVariable variable("INFOPLANE_CPU_KERNEL", "scalar");
  const std::string held = ops::instructions(Device::kCpu);
  EXPECT_TRUE(held.starts_with(widest));
  EXPECT_EQ(held.find(", kernels scalar") != std::string::npos, widest != "scalar") << held;
  EXPECT_EQ(ops::host_counting_kernel(), "scalar");
}

TEST(Devices, ProcessorsAreAtLeastTheCores) {
  EXPECT_GE(ops::usable_processors(), ops::physical_cores());
}

TEST(Devices, ThreadsAreAsAskedFor) {
  Context one = ops::make_context(Device::kCpu, {1});
  Context three = ops::make_context(Device::kCpu, {3});
  EXPECT_NE(one.backend().describe().find("1 thread"), std::string::npos);
  EXPECT_NE(three.backend().describe().find("3 threads"), std::string::npos);
}

}  // namespace
}  // namespace infoplane
