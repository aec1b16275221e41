#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>

namespace infoplane {

/// The logical shape of a tensor: up to four extents, outermost first.
///
/// Layout   Rank 1 to 3: row-major. Rank 4, images [N, C, H, W] and kernels [O, I, H, W]: the shape
///          stays logical and the memory is channels-last (N, H, W, C), on every device. That is
///          the order both convolution libraries run fastest without private formats;
///          `to_plain` (ops/layout.h) gives the row-major order to whoever needs it.
class Shape {
 public:
  static constexpr int kMaxRank = 4;

  Shape() = default;
  Shape(std::initializer_list<std::int64_t> extents);

  int rank() const { return rank_; }
  std::int64_t operator[](int axis) const { return extents_[static_cast<std::size_t>(axis)]; }

  /// Product of the extents; 0 for an empty (rank 0) shape.
  std::int64_t numel() const;

  /// The same shape with the outermost extent replaced: [n, ...].
  Shape with_rows(std::int64_t n) const;
  /// The shape without its outermost extent: [C, H, W] of [N, C, H, W].
  Shape row() const;
  /// The shape with an outermost extent put in front: [n, C, H, W] of [C, H, W].
  Shape batched(std::int64_t n) const;

  /// "[128, 1, 28, 28]".
  std::string to_string() const;

  bool operator==(const Shape& other) const;
  bool operator!=(const Shape& other) const { return !(*this == other); }

 private:
  std::array<std::int64_t, kMaxRank> extents_{};
  int rank_ = 0;
};

/// Throws ShapeError "op: argument is [..], expected rank r" unless it has that rank.
void require_rank(const char* op, const char* argument, const Shape& actual, int rank);

/// Throws ShapeError "op: argument is [..], expected [..]" unless they are equal.
void require_shape(const char* op, const char* argument, const Shape& actual,
                   const Shape& expected);

}  // namespace infoplane
