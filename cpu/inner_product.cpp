#include "cpu/inner_product.h"

#include <algorithm>

#include "cpu/channel_blocks.h"
#include "cpu/gemm.h"
#include "cpu/parallel.h"
#include "cpu/small_inner_product.h"

namespace infoplane::cpu {
namespace {

bool is_small(Context& ctx, std::int64_t in, std::int64_t out) {
  return ctx.backend().numerics().precision == Precision::kFp32 && is_small_inner_product(in, out);
}

}  // namespace

void inner_product_forward(Context& ctx, View<const float> x, View<const float> w,
                           View<const float> b, View<float> y, bool relu) {
  const std::int64_t out = y.shape()[1];
  if (is_small(ctx, x.shape()[1], out)) {
    return small_inner_product_forward(ctx, x, w, b, y, relu);
  }
  if (!b.empty()) {
    parallel_for_items(ctx, y.shape()[0], out, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t n = first; n < last; ++n) {
        std::copy_n(b.data(), out, y.data() + n * out);
      }
    });
  }
  gemm(ctx, x.shape()[0], out, x.shape()[1], {x.data(), Stored::kAsWritten},
       {w.data(), Stored::kTransposed}, !b.empty(), y.data(), relu);
}

void inner_product_backward_data(Context& ctx, View<const float> dy, View<const float> w,
                                 View<float> dx) {
  if (is_small(ctx, dx.shape()[1], dy.shape()[1])) {
    return small_inner_product_backward_data(ctx, dy, w, dx);
  }
  gemm(ctx, dy.shape()[0], dx.shape()[1], dy.shape()[1], {dy.data(), Stored::kAsWritten},
       {w.data(), Stored::kAsWritten}, false, dx.data());
}

void inner_product_backward_weights(Context& ctx, View<const float> x, View<const float> dy,
                                    View<float> dw, View<float> db) {
  if (is_small(ctx, x.shape()[1], dy.shape()[1])) {
    return small_inner_product_backward_weights(x, dy, dw, db);
  }
  gemm(ctx, dy.shape()[1], x.shape()[1], x.shape()[0], {dy.data(), Stored::kTransposed},
       {x.data(), Stored::kAsWritten}, true, dw.data());
  add_channel_sums(ctx, dy, db);
}

}  // namespace infoplane::cpu
