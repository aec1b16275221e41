// Measures four rows of logits: T tells two of them from the others, and the label with them.
#include <infoplane/analysis/information_meter.h>
#include <infoplane/core/tensor.h>
#include <infoplane/ops/context.h>

#include <cstdint>
#include <cstdio>

#include "core/error.h"

int main() {
  infoplane::Context ctx = infoplane::ops::make_context(infoplane::Device::kCpu);
  infoplane::Tensor<float> logits(ctx, {4, 2}, {9, 0, 9, 0, 0, 9, 0, 9});
  infoplane::Tensor<std::int32_t> labels(ctx, {4}, {0, 0, 1, 1});
  infoplane::InformationMeter meter(ctx, 2, 10);
  meter.add(logits, labels);
  const infoplane::Information information = meter.read_sync();
  std::printf("%.3f %.3f\n", information.i_xt_bits, information.i_ty_bits);
  return information.i_xt_bits == 1.0 && information.i_ty_bits == 1.0 ? 0 : consumer::kFailed;
}
