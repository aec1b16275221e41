#include "train/step_recorder.h"

#include <algorithm>

#include "core/error.h"

namespace infoplane {

void StepRecorder::run(std::int64_t kind, std::int64_t times, const std::function<void()>& work) {
  while (times > 0) {
    const std::int64_t count = times >= most_at_once() && called(kind) ? most_at_once() : 1;
    if (!replay(kind, count, work)) {
      for (std::int64_t i = 0; i < count; ++i) {
        work();
      }
    }
    times -= count;
  }
}

bool StepRecorder::called(std::int64_t kind) const {
  return std::find(called_.begin(), called_.end(), kind) != called_.end();
}

/// Whether the work has been enqueued. Records anew when memory was allocated since: what the
/// recording uses, as the scratch memory, may have moved.
bool StepRecorder::replay(std::int64_t kind, std::int64_t count,
                          const std::function<void()>& work) {
  if (!enabled_) {
    return false;
  }
  if (!called(kind)) {
    called_.push_back(kind);
    return false;
  }
  Recorded& recorded = recorded_[{kind, count}];
  const std::int64_t allocations = ctx_.backend().allocations();
  try {
    if (recorded.recording == nullptr || recorded.allocations != allocations) {
      recorded.recording = ctx_.backend().record([work, count] {
        for (std::int64_t i = 0; i < count; ++i) {
          work();
        }
      });
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
