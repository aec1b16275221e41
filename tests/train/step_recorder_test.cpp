#include "train/step_recorder.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/support/errors.h"
#include "tests/support/memory_backend.h"

namespace infoplane::test {
namespace {

/// Counts its recordings and their replays; refuses either when told to.
class CountingBackend final : public MemoryBackend {
 public:
  std::unique_ptr<Recording> record(std::function<void()> work) override {
    if (refuse_recording) {
      throw NotRecorded("cannot record");
    }
    ++recordings;
    return std::make_unique<Counted>(*this, std::move(work));
  }

  int recordings = 0;
  int replays = 0;
  bool refuse_recording = false;
  bool refuse_replay = false;

 private:
  class Counted final : public Recording {
   public:
    Counted(CountingBackend& backend, std::function<void()> work)
        : backend_(backend), work_(std::move(work)) {}
    void replay() override {
      if (backend_.refuse_replay) {
        throw NotRecorded("cannot replay");
      }
      ++backend_.replays;
      work_();
    }

   private:
    CountingBackend& backend_;
    std::function<void()> work_;
  };
};

class StepRecorderTest : public testing::Test {
 protected:
  void run(StepRecorder& recorder, std::int64_t kind, int times) {
    for (int i = 0; i < times; ++i) {
      recorder.run(kind, 1, [this] { ++calls; });
    }
  }

  std::shared_ptr<CountingBackend> backend = std::make_shared<CountingBackend>();
  Context ctx{Device::kCpu, backend};
  int calls = 0;
};

TEST_F(StepRecorderTest, CallsTheFirstAndReplaysTheOthersOfEachKind) {
  StepRecorder recorder(ctx, true);
  run(recorder, 128, 1);
  EXPECT_EQ(backend->recordings, 0);
  run(recorder, 128, 3);
  run(recorder, 22, 2);
  run(recorder, 128, 4);
  EXPECT_EQ(calls, 10);
  EXPECT_EQ(backend->recordings, 2);
  EXPECT_EQ(backend->replays, 8);
  EXPECT_EQ(recorder.failure(), "");
}

TEST_F(StepRecorderTest, ManyTimesAtOnceAreOneReplay) {
  StepRecorder recorder(ctx, true, 4);
  EXPECT_EQ(recorder.most_at_once(), 4);
  recorder.run(128, 11, [this] { ++calls; });  // one called, two replays of four, two of one
  EXPECT_EQ(calls, 11);
  EXPECT_EQ(backend->recordings, 2);
  EXPECT_EQ(backend->replays, 4);
  backend->refuse_replay = true;
  recorder.run(128, 5, [this] { ++calls; });
  EXPECT_EQ(calls, 16);
  EXPECT_EQ(recorder.most_at_once(), 1);
}

TEST_F(StepRecorderTest, TheHostTakesStepsOneByOne) {
  EXPECT_EQ(StepRecorder(ctx, true).most_at_once(), 1);
  EXPECT_EQ(StepRecorder(ctx, false, 4).most_at_once(), 1);
}

TEST_F(StepRecorderTest, RecordsNothingWhenItIsOff) {
  StepRecorder recorder(ctx, false);
  run(recorder, 128, 5);
  EXPECT_EQ(calls, 5);
  EXPECT_EQ(backend->recordings, 0);
  EXPECT_EQ(recorder.failure(), "");
}

TEST_F(StepRecorderTest, RecordsAnewWhenMemoryMayHaveMoved) {
  StepRecorder recorder(ctx, true);
  run(recorder, 128, 3);
  ctx.scratch(100);
  run(recorder, 128, 3);
  EXPECT_EQ(calls, 6);
  EXPECT_EQ(backend->recordings, 2);
  EXPECT_EQ(backend->replays, 5);
}

TEST_F(StepRecorderTest, GoesOnCallingWhereNothingCanBeRecorded) {
  backend->refuse_recording = true;
  StepRecorder recorder(ctx, true);
  run(recorder, 128, 1);
  EXPECT_EQ(recorder.failure(), "");
  run(recorder, 128, 1);
  EXPECT_EQ(recorder.failure(), "cannot record");
  backend->refuse_recording = false;  // one refusal is enough
  run(recorder, 128, 3);
  run(recorder, 22, 3);
  EXPECT_EQ(calls, 8);
  EXPECT_EQ(backend->recordings, 0);
}

TEST_F(StepRecorderTest, GoesOnCallingWhenAReplayIsRefused) {
  StepRecorder recorder(ctx, true);
  run(recorder, 128, 4);
  backend->refuse_replay = true;
  run(recorder, 128, 4);
  EXPECT_EQ(calls, 8);
  EXPECT_EQ(backend->replays, 3);
  EXPECT_EQ(recorder.failure(), "cannot replay");
}

TEST_F(StepRecorderTest, LetsOtherErrorsPass) {
  StepRecorder recorder(ctx, true);
  run(recorder, 128, 1);
  expect_error<DeviceError>([&] { recorder.run(128, 1, [] { throw DeviceError("a fault"); }); },
                            {"a fault"});
}

}  // namespace
}  // namespace infoplane::test
