#include "cuda/launch.cuh"
#include "cuda/softmax_cross_entropy.cuh"
#include "cuda/softmax_cross_entropy.h"

namespace infoplane::cuda {

void softmax_cross_entropy(Context& ctx, View<const float> logits, View<const std::int32_t> labels,
                           float scale, View<double> loss_sum, View<float> dlogits) {
  const std::int64_t rows = logits.shape()[0];
  const auto classes = static_cast<int>(logits.shape()[1]);
  const bool by_warps = classes >= kWarpRowClasses;
  const std::int64_t rows_a_block = by_warps ? kWarpsABlock : kBlockThreads;
  const std::int64_t blocks = (rows + rows_a_block - 1) / rows_a_block;
  if (blocks == 0) {
    return;
  }
  auto* partial =
      static_cast<double*>(ctx.scratch(static_cast<std::size_t>(blocks) * sizeof(double)));
  launch(ctx, by_warps ? "softmax_cross_entropy_warp_kernel" : "softmax_cross_entropy_kernel",
         by_warps ? softmax_cross_entropy_warp_kernel : softmax_cross_entropy_kernel,
         {static_cast<unsigned>(blocks)}, rows, classes, logits.data(), labels.data(), scale,
         partial, dlogits.data());
  launch(ctx, "add_partials_kernel", add_partials_kernel, {1}, blocks, partial, loss_sum.data());
}

}  // namespace infoplane::cuda
