#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/context.h"

namespace infoplane {

/// Enqueues work that comes again and again. The first time of its kind it is called, as libraries
/// choose and allocate in it; then it is recorded (Backend::record) and from there on replayed.
///
/// Where the device cannot, work goes on being called: that is slower, and nothing else.
class StepRecorder {
 public:
  /// Calls all work when it is not `enabled`.
  StepRecorder(Context& ctx, bool enabled) : ctx_(ctx), enabled_(enabled) {}

  /// Enqueues `work` once. Work of one `kind` must always enqueue the same; Backend::record says
  /// what else it must and must not do.
  void run(std::int64_t kind, const std::function<void()>& work);

  /// Why nothing is recorded any more; empty when nothing went wrong.
  const std::string& failure() const { return failure_; }

 private:
  struct Recorded {
    std::int64_t kind = 0;
    std::int64_t allocations = 0;  ///< the backend's, when it was recorded
    std::unique_ptr<Recording> recording;
  };

  void replay(Recorded& recorded, const std::function<void()>& work);

  Context& ctx_;
  bool enabled_;
  std::string failure_;
  std::vector<Recorded> recorded_;
};

}  // namespace infoplane
