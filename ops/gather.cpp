#include "ops/gather.h"

#include <string>

#include "cpu/gather.h"
#include "cuda/gather.h"

namespace infoplane::ops {
namespace {

void require_gather(const Shape& images, const Shape& indices, const Shape& x) {
  require_rank("gather_images", "images", images, 2);
  if (x.rank() < 2 || x[0] != indices[0] || x.row().numel() != images[1]) {
    throw ShapeError("gather_images: x is " + x.to_string() + ", expected " + indices.to_string() +
                     " rows of " + std::to_string(images[1]) + " values");
  }
}

}  // namespace

void gather_images(Context& ctx, View<const std::uint8_t> images, View<const std::int32_t> indices,
                   float scale, float offset, View<float> x) {
  require_gather(images.shape(), indices.shape(), x.shape());
  switch (ctx.device()) {
    case Device::kCpu: return cpu::gather_images(ctx, images, indices, scale, offset, x);
    case Device::kCuda: return cuda::gather_images(ctx, images, indices, scale, offset, x);
  }
}

void gather_images(Context& ctx, View<const float> images, View<const std::int32_t> indices,
                   float scale, float offset, View<float> x) {
  require_gather(images.shape(), indices.shape(), x.shape());
  switch (ctx.device()) {
    case Device::kCpu: return cpu::gather_images(ctx, images, indices, scale, offset, x);
    case Device::kCuda: return cuda::gather_images(ctx, images, indices, scale, offset, x);
  }
}

void gather_labels(Context& ctx, View<const std::int32_t> labels, View<const std::int32_t> indices,
                   View<std::int32_t> out) {
  require_shape("gather_labels", "out", out.shape(), indices.shape());
  switch (ctx.device()) {
    case Device::kCpu: return cpu::gather_labels(ctx, labels, indices, out);
    case Device::kCuda: return cuda::gather_labels(ctx, labels, indices, out);
  }
}

}  // namespace infoplane::ops
