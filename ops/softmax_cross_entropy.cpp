#include "ops/softmax_cross_entropy.h"

#include "cpu/softmax_cross_entropy.h"
#include "cuda/softmax_cross_entropy.h"

namespace infoplane::ops {

void softmax_cross_entropy(Context& ctx, View<const float> logits, View<const std::int32_t> labels,
                           float scale, View<double> loss_sum, View<float> dlogits) {
  require_rank("softmax_cross_entropy", "logits", logits.shape(), 2);
  require_shape("softmax_cross_entropy", "labels", labels.shape(), {logits.shape()[0]});
  require_shape("softmax_cross_entropy", "loss_sum", loss_sum.shape(), {1});
  require_shape("softmax_cross_entropy", "dlogits", dlogits.shape(), logits.shape());
  switch (ctx.device()) {
    case Device::kCpu:
      return cpu::softmax_cross_entropy(ctx, logits, labels, scale, loss_sum, dlogits);
    case Device::kCuda:
      return cuda::softmax_cross_entropy(ctx, logits, labels, scale, loss_sum, dlogits);
  }
}

}  // namespace infoplane::ops
