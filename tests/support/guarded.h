#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <vector>

#include "core/tensor.h"

namespace infoplane::test {

/// A tensor between two walls of sentinel bytes. Without values it is poisoned with NaN (floating
/// point) or 0xA5 bytes, so that an op that should overwrite it, and does not, is seen.
template <class T>
class Guarded {
 public:
  Guarded(Context& ctx, const Shape& shape) : Guarded(ctx, shape, poison(shape)) {}

  Guarded(Context& ctx, const Shape& shape, const std::vector<T>& values)
      : shape_(shape), storage_(ctx, {shape.numel() + 2 * kWall}) {
    EXPECT_EQ(static_cast<std::int64_t>(values.size()), shape.numel());
    std::vector<T> all(static_cast<std::size_t>(storage_.size()));
    std::memset(all.data(), kSentinel, storage_.bytes());
    std::copy(values.begin(), values.end(), all.begin() + kWall);
    storage_.copy_from_host(all);
  }

  const Shape& shape() const { return shape_; }
  View<T> view() { return {storage_.data() + kWall, shape_}; }
  View<const T> view() const { return {storage_.data() + kWall, shape_}; }
  operator View<T>() { return view(); }
  operator View<const T>() const { return view(); }

  /// The elements; fails the test when a wall was written to.
  std::vector<T> to_host_sync() const {
    const std::vector<T> all = storage_.to_host_sync();
    const auto* bytes = reinterpret_cast<const unsigned char*>(all.data());
    const std::size_t wall = kWall * sizeof(T);
    bool intact = true;
    for (std::size_t i = 0; i < wall; ++i) {
      intact = intact && bytes[i] == kSentinel && bytes[storage_.bytes() - 1 - i] == kSentinel;
    }
    EXPECT_TRUE(intact) << "an op wrote outside a tensor " << shape_.to_string();
    return {all.begin() + kWall, all.end() - kWall};
  }

 private:
  static constexpr std::int64_t kWall = 64;  // elements: keeps the alignment libraries like
  static constexpr unsigned char kSentinel = 0xA5;

  static std::vector<T> poison(const Shape& shape) {
    std::vector<T> values(static_cast<std::size_t>(shape.numel()));
    if constexpr (std::is_floating_point_v<T>) {
      std::fill(values.begin(), values.end(), std::numeric_limits<T>::quiet_NaN());
    } else if (!values.empty()) {
      std::memset(values.data(), kSentinel, values.size() * sizeof(T));
    }
    return values;
  }

  Shape shape_;
  Tensor<T> storage_;
};

}  // namespace infoplane::test
