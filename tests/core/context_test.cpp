#include "core/context.h"

#include <gtest/gtest.h>

#include "tests/support/memory_backend.h"

namespace infoplane {
namespace {

TEST(Backend, ARecordingOfTheHostCallsAgain) {
  test::MemoryBackend backend;
  int calls = 0;
  const std::unique_ptr<Recording> recording = backend.record([&] { ++calls; });
  EXPECT_EQ(calls, 0);
  recording->replay();
  recording->replay();
  EXPECT_EQ(calls, 2);
}

TEST(Backend, CountsWhatWaits) {
  test::MemoryBackend backend;
  std::uint32_t from = 1;
  std::uint32_t to = 0;
  backend.copy(&to, &from, sizeof to);
  backend.fill_zero(&from, sizeof from);
  EXPECT_EQ(backend.waits(), 0);
  backend.copy_to_host_sync(&from, &to, sizeof to);
  EXPECT_EQ(from, 1u);
  EXPECT_EQ(backend.waits(), 1);
  backend.synchronize();
  EXPECT_EQ(backend.waits(), 2);
}

TEST(Context, ARandomStateLastsForItsScope) {
  Context ctx(Device::kCpu, std::make_shared<test::MemoryBackend>());
  ctx.random() = {3, 4};
  std::uint64_t pass = 70;
  {
    const RandomScope scope(ctx, {5, Deferred<std::uint64_t>::at(&pass)});
    EXPECT_EQ(ctx.random().seed, 5u);
    EXPECT_FALSE(ctx.random().step.known());
    pass = 71;
    EXPECT_EQ(ctx.random().of(9).step, 71u);
    EXPECT_EQ(ctx.random().of(9).stream, 9u);
  }
  EXPECT_EQ(ctx.random().seed, 3u);
  EXPECT_TRUE(ctx.random().step.known());
  EXPECT_EQ(ctx.random().step.get(), 4u);
}

}  // namespace
}  // namespace infoplane
