#include "core/shape.h"

#include "core/error.h"

namespace infoplane {

Shape::Shape(std::initializer_list<std::int64_t> extents) {
  if (extents.size() > kMaxRank) {
    throw ShapeError("Shape: " + std::to_string(extents.size()) + " extents, at most 4 are held");
  }
  for (const std::int64_t extent : extents) {
    if (extent < 0) {
      throw ShapeError("Shape: negative extent " + std::to_string(extent));
    }
    extents_[static_cast<std::size_t>(rank_++)] = extent;
  }
}

std::int64_t Shape::numel() const {
  if (rank_ == 0) {
    return 0;
  }
  std::int64_t product = 1;
  for (int axis = 0; axis < rank_; ++axis) {
    product *= (*this)[axis];
  }
  return product;
}

Shape Shape::with_rows(std::int64_t n) const {
  Shape result = *this;
  if (rank_ > 0) {
    result.extents_[0] = n;
  }
  return result;
}

Shape Shape::row() const {
  Shape result;
  for (int axis = 1; axis < rank_; ++axis) {
    result.extents_[static_cast<std::size_t>(result.rank_++)] = (*this)[axis];
  }
  return result;
}

Shape Shape::batched(std::int64_t n) const {
  if (rank_ == kMaxRank) {
    throw ShapeError("Shape::batched: " + to_string() + " has no room for a batch axis");
  }
  Shape result;
  result.extents_[0] = n;
  result.rank_ = rank_ + 1;
  for (int axis = 0; axis < rank_; ++axis) {
    result.extents_[static_cast<std::size_t>(axis) + 1] = (*this)[axis];
  }
  return result;
}

std::string Shape::to_string() const {
  std::string text = "[";
  for (int axis = 0; axis < rank_; ++axis) {
    text += (axis == 0 ? "" : ", ") + std::to_string((*this)[axis]);
  }
  return text + "]";
}

bool Shape::operator==(const Shape& other) const {
  return rank_ == other.rank_ && extents_ == other.extents_;
}

void require_rank(const char* op, const char* argument, const Shape& actual, int rank) {
  if (actual.rank() != rank) {
    throw ShapeError(std::string(op) + ": " + argument + " is " + actual.to_string() +
                     ", expected rank " + std::to_string(rank));
  }
}

void require_shape(const char* op, const char* argument, const Shape& actual,
                   const Shape& expected) {
  if (actual != expected) {
    throw ShapeError(std::string(op) + ": " + argument + " is " + actual.to_string() +
                     ", expected " + expected.to_string());
  }
}

}  // namespace infoplane
