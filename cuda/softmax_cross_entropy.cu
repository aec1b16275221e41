#include "cuda/launch.cuh"
#include "cuda/softmax_cross_entropy.cuh"
#include "cuda/softmax_cross_entropy.h"

namespace infoplane::cuda {

void softmax_cross_entropy(Context& ctx, View<const float> logits, View<const std::int32_t> labels,
                           float scale, View<double> loss_sum, View<float> dlogits) {
  const std::int64_t rows = logits.shape()[0];
  const std::int64_t blocks = (rows + kBlockThreads - 1) / kBlockThreads;
  if (blocks == 0) {
    return;
  }
  auto* partial =
      static_cast<double*>(ctx.scratch(static_cast<std::size_t>(blocks) * sizeof(double)));
  launch(ctx, "softmax_cross_entropy_kernel", softmax_cross_entropy_kernel,
         {static_cast<unsigned>(blocks)}, rows, static_cast<int>(logits.shape()[1]), logits.data(),
         labels.data(), scale, partial, dlogits.data());
  launch(ctx, "add_partials_kernel", add_partials_kernel, {1}, blocks, partial, loss_sum.data());
}

}  // namespace infoplane::cuda
