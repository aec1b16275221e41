#include "ops/dropout.h"

#include <string>

#include "cpu/dropout.h"
#include "cuda/dropout.h"

namespace infoplane::ops {
namespace {

void require_probability(const char* op, float p) {
  if (!(p >= 0.0f && p < 1.0f)) {
    throw UsageError(std::string(op) + ": probability " + std::to_string(p) +
                     ", expected 0 <= p < 1");
  }
}

}  // namespace

void dropout(Context& ctx, float p, std::uint32_t stream, View<const float> x, View<float> y) {
  require_probability("dropout", p);
  require_shape("dropout", "y", y.shape(), x.shape());
  switch (ctx.device()) {
    case Device::kCpu: return cpu::dropout(ctx, p, stream, x, y);
    case Device::kCuda: return cuda::dropout(ctx, p, stream, x, y);
  }
}

void dropout_channels(Context& ctx, float p, std::uint32_t stream, View<const float> x,
                      View<float> y) {
  require_probability("dropout_channels", p);
  require_rank("dropout_channels", "x", x.shape(), 4);
  require_shape("dropout_channels", "y", y.shape(), x.shape());
  switch (ctx.device()) {
    case Device::kCpu: return cpu::dropout_channels(ctx, p, stream, x, y);
    case Device::kCuda: return cuda::dropout_channels(ctx, p, stream, x, y);
  }
}

}  // namespace infoplane::ops
