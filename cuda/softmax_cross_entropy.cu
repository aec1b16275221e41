#include "cuda/cuda_backend.h"
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
  softmax_cross_entropy_kernel<<<static_cast<unsigned>(blocks), kBlockThreads, 0,
                                 gpu(ctx).stream()>>>(rows, static_cast<int>(logits.shape()[1]),
                                                      logits.data(), labels.data(), scale, partial,
                                                      dlogits.data());
  gpu(ctx).check_launch("softmax_cross_entropy_kernel");
  add_partials_kernel<<<1, kBlockThreads, 0, gpu(ctx).stream()>>>(blocks, partial, loss_sum.data());
  gpu(ctx).check_launch("add_partials_kernel");
}

}  // namespace infoplane::cuda
