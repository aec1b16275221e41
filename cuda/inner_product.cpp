#include "cuda/inner_product.h"

#include "cuda/bias.h"
#include "cuda/check.h"
#include "cuda/cuda_backend.h"

// cuBLAS reads matrices column by column: a row-major [rows, columns] is its columns x rows matrix
// with leading dimension `columns`. So each product below is computed as its own transpose.

namespace infoplane::cuda {

void inner_product_forward(Context& ctx, View<const float> x, View<const float> w,
                           View<const float> b, View<float> y) {
  const std::int64_t rows = x.shape()[0];
  const std::int64_t in = x.shape()[1];
  const std::int64_t out = y.shape()[1];
  const float one = 1.0f;
  const float zero = 0.0f;
  // y^T [out, N] = W [out, in] x^T [in, N]
  INFOPLANE_CUDA_CHECK(cublasSgemm_64(gpu(ctx).cublas(), CUBLAS_OP_T, CUBLAS_OP_N, out, rows, in,
                                      &one, w.data(), in, x.data(), in, &zero, y.data(), out));
  if (!b.empty()) {
    add_bias(ctx, b, y);
  }
}

void inner_product_backward_data(Context& ctx, View<const float> dy, View<const float> w,
                                 View<float> dx) {
  const std::int64_t rows = dy.shape()[0];
  const std::int64_t out = dy.shape()[1];
  const std::int64_t in = dx.shape()[1];
  const float one = 1.0f;
  const float zero = 0.0f;
  // dx^T [in, N] = W^T [in, out] dy^T [out, N]
  INFOPLANE_CUDA_CHECK(cublasSgemm_64(gpu(ctx).cublas(), CUBLAS_OP_N, CUBLAS_OP_N, in, rows, out,
                                      &one, w.data(), in, dy.data(), out, &zero, dx.data(), in));
}

void inner_product_backward_weights(Context& ctx, View<const float> x, View<const float> dy,
                                    View<float> dw, View<float> db) {
  const std::int64_t rows = x.shape()[0];
  const std::int64_t in = x.shape()[1];
  const std::int64_t out = dy.shape()[1];
  const float one = 1.0f;
  // dw^T [in, out] += x^T [in, N] dy [N, out]
  INFOPLANE_CUDA_CHECK(cublasSgemm_64(gpu(ctx).cublas(), CUBLAS_OP_N, CUBLAS_OP_T, in, out, rows,
                                      &one, x.data(), in, dy.data(), out, &one, dw.data(), in));
  if (!db.empty()) {
    add_bias_gradient(ctx, dy, db);
  }
}

}  // namespace infoplane::cuda
