#include "cpu/inner_product.h"

#include <algorithm>

#include "core/error.h"
#include "cpu/activation.h"
#include "cpu/channel_blocks.h"
#include "cpu/onednn.h"
#include "cpu/parallel.h"
#include "cpu/small_inner_product.h"

namespace infoplane::cpu {
namespace {

/// c [m, n] = op(a) op(b) + beta c, row-major without gaps; op(a) is [m, k], op(b) [k, n], and 'T'
/// says that the matrix is stored the other way round.
void gemm(Context& ctx, char transpose_a, char transpose_b, std::int64_t m, std::int64_t n,
          std::int64_t k, const float* a, const float* b, float beta, float* c) {
  host(ctx).pins().pin_team();
  const dnnl_status_t status =
      dnnl_sgemm(transpose_a, transpose_b, m, n, k, 1.0f, a, transpose_a == 'T' ? m : k, b,
                 transpose_b == 'T' ? k : n, beta, c, n);
  if (status != dnnl_success) {
    throw DeviceError("inner_product: oneDNN's sgemm of " + std::to_string(m) + " x " +
                      std::to_string(n) + " x " + std::to_string(k) + " failed with status " +
                      std::to_string(status));
  }
}

}  // namespace

void inner_product_forward(Context& ctx, View<const float> x, View<const float> w,
                           View<const float> b, View<float> y, bool relu) {
  const std::int64_t out = y.shape()[1];
  if (is_small_inner_product(x.shape()[1], out)) {
    return small_inner_product_forward(ctx, x, w, b, y, relu);
  }
  if (!b.empty()) {
    parallel_for_items(ctx, y.shape()[0], out, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t n = first; n < last; ++n) {
        std::copy_n(b.data(), out, y.data() + n * out);
      }
    });
  }
  gemm(ctx, 'N', 'T', x.shape()[0], out, x.shape()[1], x.data(), w.data(), b.empty() ? 0.0f : 1.0f,
       y.data());
  if (relu) {
    activation_forward(ctx, Activation::kRelu, y, y);
  }
}

void inner_product_backward_data(Context& ctx, View<const float> dy, View<const float> w,
                                 View<float> dx) {
  if (is_small_inner_product(dx.shape()[1], dy.shape()[1])) {
    return small_inner_product_backward_data(ctx, dy, w, dx);
  }
  gemm(ctx, 'N', 'N', dy.shape()[0], dx.shape()[1], dy.shape()[1], dy.data(), w.data(), 0.0f,
       dx.data());
}

void inner_product_backward_weights(Context& ctx, View<const float> x, View<const float> dy,
                                    View<float> dw, View<float> db) {
  if (is_small_inner_product(x.shape()[1], dy.shape()[1])) {
    return small_inner_product_backward_weights(x, dy, dw, db);
  }
  gemm(ctx, 'T', 'N', dy.shape()[1], x.shape()[1], x.shape()[0], dy.data(), x.data(), 1.0f,
       dw.data());
  if (!db.empty()) {
    add_channel_sums(ctx, dy.data(), dy.shape()[0], dy.shape()[1], db.data());
  }
}

}  // namespace infoplane::cpu
