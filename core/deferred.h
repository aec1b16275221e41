#pragma once

#include "core/hd.h"

namespace infoplane {

/// A number that an op is told when it is enqueued, or finds on the device when it runs. The second
/// is for work that is recorded once and replayed (Backend::record): the number may differ each
/// time.
template <class T>
class Deferred {
 public:
  Deferred() = default;
  Deferred(T value) : value_(value) {}  // a plain number is one, too

  /// `where` is memory of the device that the op runs on, and must outlive what is enqueued.
  static Deferred at(const T* where) {
    Deferred deferred;
    deferred.where_ = where;
    return deferred;
  }

  /// Whether the host may call get() on every device.
  bool known() const { return where_ == nullptr; }

  /// For the op, where and when it runs.
  INFOPLANE_HD T get() const { return where_ == nullptr ? value_ : *where_; }

 private:
  T value_{};
  const T* where_ = nullptr;
};

}  // namespace infoplane
