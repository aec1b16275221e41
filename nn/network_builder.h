#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/geometry.h"
#include "core/shape.h"
#include "nn/dropout.h"
#include "nn/layer.h"

namespace infoplane {

/// Puts layers on top of each other and keeps the shape that comes out, so that none has to be told
/// its input's. Every call throws ShapeError when the layer does not fit.
class NetworkBuilder {
 public:
  /// `image` is one sample's shape, [C, H, W] or [K].
  NetworkBuilder(const Shape& image, int classes);

  int classes() const { return classes_; }
  /// Whether the images have one channel.
  bool grey() const { return grey_; }
  /// What comes out so far: [1, ...].
  const Shape& shape() const { return shape_; }
  std::vector<std::unique_ptr<Layer>> layers() { return std::move(layers_); }

  /// Nothing where there is one dimension already.
  void flatten();
  void dense(std::int64_t out, Init init = Init::kUniformFanIn);
  void conv(std::int64_t kernel, std::int64_t out, std::int64_t stride, std::int64_t pad);
  void norm();
  void act(Activation activation);
  void pool(std::int64_t kernel, std::int64_t stride);
  void dropout(Dropout::Unit unit, float p = 0.5f);

 private:
  void add(std::unique_ptr<Layer> layer);

  Shape shape_;
  bool grey_;
  int classes_;
  std::vector<std::unique_ptr<Layer>> layers_;
};

}  // namespace infoplane
