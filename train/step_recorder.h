#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "core/context.h"

namespace infoplane {

/// Enqueues work that comes again and again. The first time of its kind it is called, as libraries
/// choose and allocate in it; then it is recorded (Backend::record) and from there on replayed,
/// many times at once where the device gains by it.
///
/// Where the device cannot, work goes on being called: that is slower, and nothing else.
class StepRecorder {
 public:
  /// Calls all work when it is not `enabled`.
  StepRecorder(Context& ctx, bool enabled)
      : StepRecorder(ctx, enabled, ctx.backend().batching().replays) {}
  /// As many times at once as said.
  StepRecorder(Context& ctx, bool enabled, std::int64_t most_at_once)
      : ctx_(ctx), enabled_(enabled), most_at_once_(most_at_once) {}

  /// Enqueues `work` so many times. Work of one `kind` must always enqueue the same;
  /// Backend::record says what else it must and must not do.
  void run(std::int64_t kind, std::int64_t times, const std::function<void()>& work);

  /// As many times are enqueued as one; a caller with less left to do loses nothing.
  std::int64_t most_at_once() const { return enabled_ ? most_at_once_ : 1; }

  /// Why nothing is recorded any more; empty when nothing went wrong.
  const std::string& failure() const { return failure_; }

 private:
  struct Recorded {
    std::int64_t allocations = 0;  ///< the backend's, when it was recorded
    std::unique_ptr<Recording> recording;
  };

  bool called(std::int64_t kind) const;
  bool replay(std::int64_t kind, std::int64_t count, const std::function<void()>& work);

  Context& ctx_;
  bool enabled_;
  std::int64_t most_at_once_;
  std::string failure_;
  std::map<std::pair<std::int64_t, std::int64_t>, Recorded> recorded_;  ///< by kind and times
};

}  // namespace infoplane
