// Where the host's threads may run, as the kernel says.

#include <gmock/gmock.h>
#include <sched.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "core/tensor.h"
#include "cpu/backend.h"
#include "cpu/thread_pins.h"
#include "ops/activation.h"
#include "ops/context.h"
#include "ops/convolution.h"
#include "tests/support/environment.h"
#include "tests/support/errors.h"
#include "tests/support/values.h"

namespace infoplane::test {
namespace {

using Processors = std::vector<int>;
using testing::Contains;
using testing::Each;
using testing::IsSupersetOf;
using testing::SizeIs;
using testing::UnorderedElementsAre;
using testing::UnorderedElementsAreArray;

/// That the thread may run on.
Processors processors_of(pid_t thread) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  Processors processors;
  if (sched_getaffinity(thread, sizeof allowed, &allowed) == 0) {
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &allowed)) {
        processors.push_back(cpu);
      }
    }
  }
  return processors;
}

/// The same of all threads, once there are so many: those that are not needed take a while to end.
std::vector<Processors> processors_of_threads(int threads) {
  std::vector<Processors> all;
  for (int tries = 0; tries < 2000 && all.size() != static_cast<std::size_t>(threads); ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(tries == 0 ? 0 : 5));
    all.clear();
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
      all.push_back(processors_of(std::atoi(task.path().filename().c_str())));
    }
  }
  return all;
}

/// A pass that is worth `threads` threads.
void occupy(Context& ctx, int threads) {
  const Shape shape{threads * 16384};
  const Tensor<float> x(ctx, shape, random_values(shape.numel(), 1));
  Tensor<float> y(ctx, shape);
  ops::activation_forward(ctx, Activation::kTanh, x, y);
}

/// By oneDNN, which repacks the kernels in teams of its own.
void convolve(Context& ctx) {
  const ScopedVariable no_lanes("INFOPLANE_CPU_KERNEL", "scalar");
  const Shape shape{6, 64, 16, 16};
  const auto plan = ops::plan_convolution(ctx, Window::square(3, 1, 1), shape, 64, {});
  const Tensor<float> x(ctx, shape), w(ctx, {64, 64, 3, 3});
  Tensor<float> y(ctx, shape);
  plan->forward(ctx, x, w, {}, y);
}

/// A team of two, as another library may have one: libgomp ends the other threads.
void meet_in_two() {
  std::atomic<int> there = 0;
#pragma omp parallel num_threads(2)
  ++there;
  EXPECT_EQ(there, 2);
}

/// Processors that share a core with this one, itself included, as the kernel lists them: "0,4".
std::string siblings_of(int processor) {
  std::string siblings;
  std::ifstream("/sys/devices/system/cpu/cpu" + std::to_string(processor) +
                "/topology/thread_siblings_list") >>
      siblings;
  return siblings;
}

TEST(Pin, EachThreadHasACoreOfItsOwnUntilTheContextEnds) {
  const Processors before = processors_of(0);
  const int cores = ops::physical_cores();
  {
    Context ctx = ops::make_context(Device::kCpu, {0, true});
    occupy(ctx, cores);
    convolve(ctx);
    const std::vector<Processors> threads = processors_of_threads(cores);
    ASSERT_THAT(threads, SizeIs(cores));
    ASSERT_THAT(threads, Each(SizeIs(1)));
    std::set<std::string> taken;
    for (const Processors& own : threads) {
      EXPECT_THAT(before, Contains(own[0]));
      taken.insert(siblings_of(own[0]));
    }
    EXPECT_THAT(taken, SizeIs(cores));
  }
  EXPECT_THAT(processors_of_threads(cores), Each(before));
  EXPECT_EQ(ops::physical_cores(), cores);
}

TEST(Pin, FewerThreadsLeaveCoresToOthers) {
  Context ctx = ops::make_context(Device::kCpu, {1, true});
  EXPECT_THAT(processors_of(0), SizeIs(1));
}

TEST(Pin, NobodyIsPinnedUnlessAskedFor) {
  const Processors before = processors_of(0);
  Context ctx = ops::make_context(Device::kCpu, {3});
  occupy(ctx, 3);
  EXPECT_THAT(processors_of_threads(3), UnorderedElementsAre(before, before, before));
}

TEST(Pin, ThreadsThatWereStartedAnewAreInTheirPlaces) {
  const Processors allowed = processors_of(0);
  if (allowed.size() < 2) {
    GTEST_SKIP() << "one processor only";
  }
  const int a = allowed[0];
  const int b = allowed[1];
  Context ctx(Device::kCpu, cpu::make_pinned_backend({a, b, b}));
  const std::vector<Processors> places{{a}, {b}, {b}};
  EXPECT_THAT(processors_of_threads(3), UnorderedElementsAreArray(places));
  meet_in_two();
  EXPECT_THAT(processors_of_threads(2), SizeIs(2)) << "libgomp kept the third: test otherwise";
  occupy(ctx, 3);
  EXPECT_THAT(processors_of_threads(3), UnorderedElementsAreArray(places));
  meet_in_two();
  convolve(ctx);
  EXPECT_THAT(processors_of_threads(3), IsSupersetOf(places));
}

TEST(Pin, MoreThreadsThanCoresAreRefused) {
  const auto cores = static_cast<int>(cpu::processor_of_each_core().size());
  expect_error<UsageError>(
      [&] {
        ops::make_context(Device::kCpu, {cores + 1, true});
      },
      {"pin", std::to_string(cores + 1) + " threads", std::to_string(cores) + " core",
       "--threads"});
  expect_error<DeviceError>([] { cpu::make_pinned_backend({CPU_SETSIZE - 1}); },
                            {"pin", "Invalid argument"});
  EXPECT_GT(processors_of(0).size(), 0u);
}

TEST(Pin, IsForTheCpuAlone) {
  expect_error<UsageError>(
      [] {
        ops::make_context(Device::kCuda, {0, true});
      },
      {"pin", "--device cpu"});
}

}  // namespace
}  // namespace infoplane::test
