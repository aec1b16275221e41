#include "core/context.h"

namespace infoplane {

Context::~Context() {
  if (backend_ && scratch_ != nullptr) {
    backend_->deallocate(scratch_);
  }
}

void* Context::scratch(std::size_t bytes) {
  if (bytes > scratch_bytes_) {
    void* larger = backend_->allocate(bytes);
    if (scratch_ != nullptr) {
      backend_->deallocate(scratch_);
    }
    scratch_ = larger;
    scratch_bytes_ = bytes;
  }
  return scratch_;
}

}  // namespace infoplane
