#include "core/context.h"

namespace infoplane {
namespace {

class CalledAgain final : public Recording {
 public:
  explicit CalledAgain(std::function<void()> work) : work_(std::move(work)) {}
  void replay() override { work_(); }

 private:
  std::function<void()> work_;
};

}  // namespace

std::unique_ptr<Recording> Backend::record(std::function<void()> work) {
  return std::make_unique<CalledAgain>(std::move(work));
}

Context::~Context() {
  if (backend_ && scratch_ != nullptr) {
    backend_->deallocate(scratch_);
  }
}

void* Context::scratch(std::size_t bytes) {
  if (bytes > scratch_bytes_) {
    if (scratch_ != nullptr) {  // first the old, then the new: they need not exist together
      backend_->deallocate(scratch_);
      scratch_ = nullptr;
      scratch_bytes_ = 0;
    }
    scratch_ = backend_->allocate(bytes);
    scratch_bytes_ = bytes;
  }
  return scratch_;
}

}  // namespace infoplane
