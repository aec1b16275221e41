#include "train/step_recorder.h"

#include "core/error.h"

namespace infoplane {
namespace {

void call(const std::function<void()>& work, std::int64_t times) {
  for (std::int64_t i = 0; i < times; ++i) {
    work();
  }
}

}  // namespace

void StepRecorder::run(std::int64_t kind, std::int64_t times, const std::function<void()>& work) {
  while (times > 0) {
    const std::int64_t count = times >= most_at_once() && called(kind) ? most_at_once() : 1;
    if (!replay(kind, count, work)) {
      call(work, count);
    }
    times -= count;
  }
}

/// From the first call on there is a place for the recording of one.
bool StepRecorder::called(std::int64_t kind) const { return recorded_.count({kind, 1}) != 0; }

/// Whether the work has been enqueued. Records anew when memory was allocated since: what the
/// recording uses, as the scratch memory, may have moved.
bool StepRecorder::replay(std::int64_t kind, std::int64_t count,
                          const std::function<void()>& work) {
  if (!enabled_) {
    return false;
  }
  if (!called(kind)) {
    recorded_[{kind, 1}];
    return false;
  }
  Recorded& recorded = recorded_[{kind, count}];
  const std::int64_t allocations = ctx_.backend().allocations();
  try {
    if (recorded.recording == nullptr || recorded.allocations != allocations) {
      recorded.recording = ctx_.backend().record([work, count] { call(work, count); });
      recorded.allocations = allocations;
    }
    recorded.recording->replay();
    return true;
  } catch (const NotRecorded& error) {
    failure_ = error.what();
    enabled_ = false;
    recorded_.clear();
    return false;
  }
}

}  // namespace infoplane
