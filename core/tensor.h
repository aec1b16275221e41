#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "core/context.h"
#include "core/view.h"

namespace infoplane {

/// Owns the elements of one tensor on a context's device. Move-only: copies are spelled out, so
/// that no transfer hides in an assignment.
template <class T>
class Tensor {
 public:
  Tensor() = default;

  /// Zero-filled. Throws DeviceError when the device has no memory left.
  Tensor(Context& ctx, const Shape& shape) : backend_(ctx.shared_backend()), shape_(shape) {
    if (shape.numel() > 0) {
      data_ = static_cast<T*>(backend_->allocate(bytes()));
      backend_->fill_zero(data_, bytes());
    }
  }

  /// Copies `values` (row-major, or channels-last for rank 4, as core/shape.h says) to the device.
  Tensor(Context& ctx, const Shape& shape, const std::vector<T>& values) : Tensor(ctx, shape) {
    copy_from_host(values);
  }

  Tensor(Tensor&& other) noexcept { swap(other); }
  Tensor& operator=(Tensor&& other) noexcept {
    Tensor moved(std::move(other));
    swap(moved);
    return *this;
  }
  Tensor(const Tensor&) = delete;
  Tensor& operator=(const Tensor&) = delete;
  ~Tensor() {
    if (data_ != nullptr) {
      backend_->deallocate(data_);
    }
  }

  const Shape& shape() const { return shape_; }
  std::int64_t size() const { return shape_.numel(); }
  std::size_t bytes() const { return static_cast<std::size_t>(size()) * sizeof(T); }
  bool empty() const { return data_ == nullptr; }
  T* data() { return data_; }
  const T* data() const { return data_; }

  View<T> view() { return {data_, shape_}; }
  View<const T> view() const { return {data_, shape_}; }
  operator View<T>() { return view(); }
  operator View<const T>() const { return view(); }

  /// Enqueues a copy of size() values, which may be reused or freed on return. Throws ShapeError
  /// when `values` holds another number.
  void copy_from_host(const std::vector<T>& values) {
    if (static_cast<std::int64_t>(values.size()) != size()) {
      throw ShapeError("Tensor::copy_from_host: " + std::to_string(values.size()) +
                       " values into " + shape_.to_string());
    }
    if (!values.empty()) {
      backend_->copy_from_host(data_, values.data(), bytes());
    }
  }

  /// Waits for the device and returns the elements.
  std::vector<T> to_host_sync() const {
    std::vector<T> values(static_cast<std::size_t>(size()));
    if (!values.empty()) {
      backend_->copy_to_host_sync(values.data(), data_, bytes());
    }
    return values;
  }

  void fill_zero() {
    if (data_ != nullptr) {
      backend_->fill_zero(data_, bytes());
    }
  }

 private:
  void swap(Tensor& other) noexcept {
    std::swap(backend_, other.backend_);
    std::swap(data_, other.data_);
    std::swap(shape_, other.shape_);
  }

  std::shared_ptr<Backend> backend_;
  T* data_ = nullptr;
  Shape shape_;
};

/// Waits for the device and returns what a view shows.
template <class T>
std::vector<std::remove_const_t<T>> to_host_sync(Context& ctx, View<T> view) {
  std::vector<std::remove_const_t<T>> values(static_cast<std::size_t>(view.size()));
  if (!values.empty()) {
    ctx.backend().copy_to_host_sync(values.data(), view.data(), view.bytes());
  }
  return values;
}

}  // namespace infoplane
