#include "cuda/launch.cuh"
#include "cuda/layout.cuh"
#include "cuda/layout.h"

namespace infoplane::cuda {
namespace {

/// in [images, rows, columns], out [images, columns, rows].
void transpose(Context& ctx, std::int64_t images, std::int64_t rows, std::int64_t columns,
               const float* in, float* out) {
  const std::int64_t tiles = ((rows + kTile - 1) / kTile) * ((columns + kTile - 1) / kTile);
  const dim3 blocks(static_cast<unsigned>(tiles), blocks_for_images(images));
  launch(ctx, "transpose_kernel", transpose_kernel, {blocks}, images, static_cast<int>(rows),
         static_cast<int>(columns), in, out);
}

}  // namespace

void to_plain(Context& ctx, View<const float> x, View<float> y) {
  const Shape& shape = x.shape();
  transpose(ctx, shape[0], shape[2] * shape[3], shape[1], x.data(), y.data());
}

void from_plain(Context& ctx, View<const float> y, View<float> x) {
  const Shape& shape = x.shape();
  transpose(ctx, shape[0], shape[1], shape[2] * shape[3], y.data(), x.data());
}

}  // namespace infoplane::cuda
