#include "ops/gather.h"

#include <string>

#include "cpu/gather.h"
#include "cuda/gather.h"

namespace infoplane::ops {
namespace {

/// Whether so many rows can be taken: all indices, or, from a row that the device knows, fewer.
bool fit(std::int64_t rows, const Shape& indices, const std::int64_t* first) {
  return first == nullptr ? rows == indices[0] : rows <= indices[0];
}

void require_gather(const Shape& images, const Shape& indices, const Shape& x,
                    const std::int64_t* first) {
  require_rank("gather_images", "images", images, 2);
  if (x.rank() < 2 || !fit(x[0], indices, first) || x.row().numel() != images[1]) {
    throw ShapeError("gather_images: x is " + x.to_string() + ", expected " + indices.to_string() +
                     " rows of " + std::to_string(images[1]) + " values");
  }
}

}  // namespace

void gather_images(Context& ctx, View<const std::uint8_t> images, View<const std::int32_t> indices,
                   float scale, View<float> x, const std::int64_t* first) {
  require_gather(images.shape(), indices.shape(), x.shape(), first);
  switch (ctx.device()) {
    case Device::kCpu: return cpu::gather_images(ctx, images, indices, scale, x, first);
    case Device::kCuda: return cuda::gather_images(ctx, images, indices, scale, x, first);
  }
}

void gather_images(Context& ctx, View<const float> images, View<const std::int32_t> indices,
                   float scale, View<float> x, const std::int64_t* first) {
  require_gather(images.shape(), indices.shape(), x.shape(), first);
  switch (ctx.device()) {
    case Device::kCpu: return cpu::gather_images(ctx, images, indices, scale, x, first);
    case Device::kCuda: return cuda::gather_images(ctx, images, indices, scale, x, first);
  }
}

void gather_labels(Context& ctx, View<const std::int32_t> labels, View<const std::int32_t> indices,
                   View<std::int32_t> out, const std::int64_t* first) {
  if (first == nullptr || !fit(out.size(), indices.shape(), first)) {
    require_shape("gather_labels", "out", out.shape(), indices.shape());
  }
  switch (ctx.device()) {
    case Device::kCpu: return cpu::gather_labels(ctx, labels, indices, out, first);
    case Device::kCuda: return cuda::gather_labels(ctx, labels, indices, out, first);
  }
}

}  // namespace infoplane::ops
