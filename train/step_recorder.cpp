#include "train/step_recorder.h"

#include <algorithm>

#include "core/error.h"

namespace infoplane {

void StepRecorder::run(std::int64_t kind, const std::function<void()>& work) {
  if (!enabled_) {
    return work();
  }
  const auto known = std::find_if(recorded_.begin(), recorded_.end(),
                                  [&](const Recorded& recorded) { return recorded.kind == kind; });
  if (known == recorded_.end()) {
    work();
    recorded_.push_back({kind, 0, nullptr});
    return;
  }
  try {
    return replay(*known, work);
  } catch (const NotRecorded& error) {
    failure_ = error.what();
    enabled_ = false;
    recorded_.clear();
  }
  work();
}

/// Records anew when memory was allocated since: what the recording uses, as the scratch memory,
/// may have moved.
void StepRecorder::replay(Recorded& recorded, const std::function<void()>& work) {
  const std::int64_t allocations = ctx_.backend().allocations();
  if (recorded.recording == nullptr || recorded.allocations != allocations) {
    recorded.recording = ctx_.backend().record(work);
    recorded.allocations = allocations;
  }
  recorded.recording->replay();
}

}  // namespace infoplane
