#include "cpu/layout.h"

#include "cpu/parallel.h"

namespace infoplane::cpu {
namespace {

/// to [columns, rows] = from [rows, columns] transposed, for each of x's images.
void transpose_images(Context& ctx, std::int64_t images, std::int64_t rows, std::int64_t columns,
                      const float* from, float* to) {
  const std::int64_t size = rows * columns;
  parallel_for_items(ctx, images, size, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t n = first; n < last; ++n) {
      for (std::int64_t j = 0; j < columns; ++j) {
        for (std::int64_t i = 0; i < rows; ++i) {
          to[n * size + j * rows + i] = from[n * size + i * columns + j];
        }
      }
    }
  });
}

}  // namespace

void to_plain(Context& ctx, View<const float> x, View<float> y) {
  const Shape& shape = x.shape();
  transpose_images(ctx, shape[0], shape[2] * shape[3], shape[1], x.data(), y.data());
}

void from_plain(Context& ctx, View<const float> y, View<float> x) {
  const Shape& shape = x.shape();
  transpose_images(ctx, shape[0], shape[1], shape[2] * shape[3], y.data(), x.data());
}

}  // namespace infoplane::cpu
