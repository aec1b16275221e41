#include "cuda/bias.cuh"
#include "cuda/bias.h"
#include "cuda/launch.cuh"
#include "cuda/launch_columns.cuh"

namespace infoplane::cuda {

void add_bias(Context& ctx, View<const float> b, View<float> y, bool relu) {
  const ColumnGrid grid = column_grid(y.size() / b.size(), b.size());
  const dim3 blocks(grid.chunks, grid.tiles);
  const auto kernel =
      relu ? add_bias_kernel<Activation::kRelu> : add_bias_kernel<Activation::kIdentity>;
  launch(ctx, "add_bias_kernel", kernel, {blocks}, grid, b.data(), y.data());
}

void add_bias_gradient(Context& ctx, View<const float> dy, View<float> db) {
  const ColumnGrid grid = column_grid(dy.size() / db.size(), db.size());
  reduce_columns(ctx, grid, BiasGradient{db.size(), dy.data(), db.data()},
                 ctx.scratch(partial_bytes<BiasGradient>(grid)));
}

std::size_t bias_gradient_bytes(std::int64_t rows, std::int64_t columns) {
  return partial_bytes<BiasGradient>(column_grid(rows, columns));
}

}  // namespace infoplane::cuda
