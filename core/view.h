#pragma once

#include <cstddef>
#include <type_traits>

#include "core/error.h"
#include "core/shape.h"

namespace infoplane {

/// A shape over memory that somebody else owns. Copies freely; never allocates, never frees.
template <class T>
class View {
 public:
  View() = default;
  View(T* data, const Shape& shape) : data_(data), shape_(shape) {}

  /// A view of mutable elements is a view of constant ones.
  template <class U>
  requires(std::is_same_v<const U, T>) View(const View<U>& other)
      : data_(other.data()), shape_(other.shape()) {}

  T* data() const { return data_; }
  const Shape& shape() const { return shape_; }
  std::int64_t size() const { return shape_.numel(); }
  std::size_t bytes() const { return static_cast<std::size_t>(size()) * sizeof(T); }
  bool empty() const { return data_ == nullptr; }

  /// Rows [first, first + count) along the outermost axis. Throws ShapeError when out of range.
  View rows(std::int64_t first, std::int64_t count) const {
    if (first < 0 || count < 0 || first + count > shape_[0]) {
      throw ShapeError("View::rows: rows " + std::to_string(first) + " to " +
                       std::to_string(first + count) + " of " + shape_.to_string());
    }
    const std::int64_t stride = shape_[0] == 0 ? 0 : size() / shape_[0];
    return {data_ + first * stride, shape_.with_rows(count)};
  }

  /// The same memory under another shape of equal size. Throws ShapeError otherwise.
  View reshaped(const Shape& shape) const {
    if (shape.numel() != size()) {
      throw ShapeError("View::reshaped: " + shape_.to_string() + " into " + shape.to_string());
    }
    return {data_, shape};
  }

 private:
  T* data_ = nullptr;
  Shape shape_;
};

}  // namespace infoplane
