// cuDNN's convolutions on the simulated GPU.
#include <algorithm>
#include <array>

#include "tests/simulated_gpu/arithmetic.h"
#include "tests/simulated_gpu/cudnn.h"
#include "tests/simulated_gpu/runtime.h"

namespace gpu = infoplane::simulated_gpu;

namespace {

constexpr std::size_t kWorkspace = 1 << 16;             ///< that the good algorithms need
constexpr std::size_t kTooMuch = std::size_t{1} << 40;  ///< that the greedy ones do

/// What cuDNN lists, best first: some fail here, some need too much memory, some give other bits
/// each time. A caller that takes the first, or looks at less than all of it, is found out.
template <class Algorithm>
struct Listed {
  Algorithm algorithm;
  cudnnStatus_t status;
  std::size_t workspace;
  cudnnDeterminism_t determinism;
};

constexpr std::array<Listed<cudnnConvolutionFwdAlgo_t>, 3> kForward = {{
    {CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD, CUDNN_STATUS_NOT_SUPPORTED, 0, CUDNN_DETERMINISTIC},
    {CUDNN_CONVOLUTION_FWD_ALGO_FFT, CUDNN_STATUS_SUCCESS, kTooMuch, CUDNN_DETERMINISTIC},
    {CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM, CUDNN_STATUS_SUCCESS, kWorkspace,
     CUDNN_DETERMINISTIC},
}};
constexpr std::array<Listed<cudnnConvolutionBwdDataAlgo_t>, 3> kBackwardData = {{
    {CUDNN_CONVOLUTION_BWD_DATA_ALGO_0, CUDNN_STATUS_SUCCESS, 0, CUDNN_NON_DETERMINISTIC},
    {CUDNN_CONVOLUTION_BWD_DATA_ALGO_FFT, CUDNN_STATUS_SUCCESS, kTooMuch, CUDNN_DETERMINISTIC},
    {CUDNN_CONVOLUTION_BWD_DATA_ALGO_1, CUDNN_STATUS_SUCCESS, kWorkspace, CUDNN_DETERMINISTIC},
}};
constexpr std::array<Listed<cudnnConvolutionBwdFilterAlgo_t>, 3> kBackwardFilter = {{
    {CUDNN_CONVOLUTION_BWD_FILTER_ALGO_3, CUDNN_STATUS_SUCCESS, 0, CUDNN_NON_DETERMINISTIC},
    {CUDNN_CONVOLUTION_BWD_FILTER_ALGO_FFT, CUDNN_STATUS_NOT_SUPPORTED, 0, CUDNN_DETERMINISTIC},
    {CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1, CUDNN_STATUS_SUCCESS, kWorkspace, CUDNN_DETERMINISTIC},
}};

int output_extent(int in, int kernel, int pad, int stride) {
  return (in + 2 * pad - kernel) / stride + 1;
}

/// Sets the shape; false when the descriptors do not fit together.
bool shape_of(const cudnnTensorStruct& x, const cudnnFilterStruct& w,
              const cudnnConvolutionStruct& how, const cudnnTensorStruct& y,
              gpu::ConvolutionShape& shape) {
  shape = {x.n, x.h, x.w,       x.c,       w.k,          w.h,         w.w,
           y.h, y.w, how.pad_h, how.pad_w, how.stride_h, how.stride_w};
  return x.c == w.c && y.c == w.k && y.n == x.n &&
         y.h == output_extent(x.h, w.h, how.pad_h, how.stride_h) &&
         y.w == output_extent(x.w, w.w, how.pad_w, how.stride_w);
}

/// TF32 unless it is forbidden: the default lets it in.
gpu::Rounding rounding_of(const cudnnConvolutionStruct& how) {
  return how.math == CUDNN_FMA_MATH ? gpu::Rounding::kNone : gpu::Rounding::kTf32;
}

template <class Perf, class Table>
cudnnStatus_t list(const Table& table, const cudnnTensorStruct& x, const cudnnFilterStruct& w,
                   const cudnnConvolutionStruct& how, const cudnnTensorStruct& y, int count,
                   int* returned, Perf* results) {
  gpu::ConvolutionShape shape;
  if (!shape_of(x, w, how, y, shape)) {
    return CUDNN_STATUS_BAD_PARAM;
  }
  *returned = std::min(count, static_cast<int>(table.size()));
  for (int i = 0; i < *returned; ++i) {
    const auto& listed = table[static_cast<std::size_t>(i)];
    results[i] = {};
    results[i].algo = listed.algorithm;
    results[i].status = listed.status;
    results[i].memory = listed.workspace;
    results[i].determinism = listed.determinism;
    results[i].mathType = how.math;
  }
  return CUDNN_STATUS_SUCCESS;
}

template <class Table, class Algorithm>
cudnnStatus_t measure(const Table& table, Algorithm algorithm, std::size_t* bytes) {
  for (const auto& listed : table) {
    if (listed.algorithm == algorithm && listed.status == CUDNN_STATUS_SUCCESS) {
      *bytes = listed.workspace;
      return CUDNN_STATUS_SUCCESS;
    }
  }
  return CUDNN_STATUS_NOT_SUPPORTED;
}

template <class Table, class Algorithm>
bool workspace_fits(const Table& table, Algorithm algorithm, void* workspace, std::size_t bytes) {
  std::size_t needed = 0;
  return measure(table, algorithm, &needed) == CUDNN_STATUS_SUCCESS && bytes >= needed &&
         (needed == 0 || gpu::on_device(workspace, needed));
}

bool on_device(const void* values, std::size_t count) {
  return gpu::on_device(values, count * sizeof(float));
}

float number(const void* scalar) { return *static_cast<const float*>(scalar); }

struct Operand {
  const void* values;
  std::size_t count;
};

/// Enqueues compute(a, b, out) with both operands rounded as `how` has it.
template <class Compute>
cudnnStatus_t enqueue(cudnnContext& handle, const cudnnConvolutionStruct& how, Operand a, Operand b,
                      void* out, const Compute& compute) {
  const cudaError_t status = gpu::enqueue(handle.stream, [=, rounding = rounding_of(how)] {
    const auto left = gpu::rounded(static_cast<const float*>(a.values), a.count, rounding);
    const auto right = gpu::rounded(static_cast<const float*>(b.values), b.count, rounding);
    compute(left.data(), right.data(), static_cast<float*>(out));
  });
  return status == cudaSuccess ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_EXECUTION_FAILED;
}

}  // namespace

extern "C" {

cudnnStatus_t cudnnGetConvolutionForwardAlgorithm_v7(cudnnHandle_t, cudnnTensorDescriptor_t x,
                                                     cudnnFilterDescriptor_t w,
                                                     cudnnConvolutionDescriptor_t how,
                                                     cudnnTensorDescriptor_t y, int count,
                                                     int* returned,
                                                     cudnnConvolutionFwdAlgoPerf_t* results) {
  return list(kForward, *x, *w, *how, *y, count, returned, results);
}

cudnnStatus_t cudnnGetConvolutionBackwardDataAlgorithm_v7(
    cudnnHandle_t, cudnnFilterDescriptor_t w, cudnnTensorDescriptor_t dy,
    cudnnConvolutionDescriptor_t how, cudnnTensorDescriptor_t dx, int count, int* returned,
    cudnnConvolutionBwdDataAlgoPerf_t* results) {
  return list(kBackwardData, *dx, *w, *how, *dy, count, returned, results);
}

cudnnStatus_t cudnnGetConvolutionBackwardFilterAlgorithm_v7(
    cudnnHandle_t, cudnnTensorDescriptor_t x, cudnnTensorDescriptor_t dy,
    cudnnConvolutionDescriptor_t how, cudnnFilterDescriptor_t dw, int count, int* returned,
    cudnnConvolutionBwdFilterAlgoPerf_t* results) {
  return list(kBackwardFilter, *x, *dw, *how, *dy, count, returned, results);
}

cudnnStatus_t cudnnGetConvolutionForwardWorkspaceSize(
    cudnnHandle_t, cudnnTensorDescriptor_t, cudnnFilterDescriptor_t, cudnnConvolutionDescriptor_t,
    cudnnTensorDescriptor_t, cudnnConvolutionFwdAlgo_t algorithm, std::size_t* bytes) {
  return measure(kForward, algorithm, bytes);
}

cudnnStatus_t cudnnGetConvolutionBackwardDataWorkspaceSize(
    cudnnHandle_t, cudnnFilterDescriptor_t, cudnnTensorDescriptor_t, cudnnConvolutionDescriptor_t,
    cudnnTensorDescriptor_t, cudnnConvolutionBwdDataAlgo_t algorithm, std::size_t* bytes) {
  return measure(kBackwardData, algorithm, bytes);
}

cudnnStatus_t cudnnGetConvolutionBackwardFilterWorkspaceSize(
    cudnnHandle_t, cudnnTensorDescriptor_t, cudnnTensorDescriptor_t, cudnnConvolutionDescriptor_t,
    cudnnFilterDescriptor_t, cudnnConvolutionBwdFilterAlgo_t algorithm, std::size_t* bytes) {
  return measure(kBackwardFilter, algorithm, bytes);
}

cudnnStatus_t cudnnConvolutionForward(cudnnHandle_t handle, const void* alpha,
                                      cudnnTensorDescriptor_t x_shape, const void* x,
                                      cudnnFilterDescriptor_t w_shape, const void* w,
                                      cudnnConvolutionDescriptor_t how,
                                      cudnnConvolutionFwdAlgo_t algorithm, void* workspace,
                                      std::size_t workspace_bytes, const void* beta,
                                      cudnnTensorDescriptor_t y_shape, void* y) {
  gpu::ConvolutionShape shape;
  if (!shape_of(*x_shape, *w_shape, *how, *y_shape, shape) || number(alpha) != 1.0f ||
      number(beta) != 0.0f || !workspace_fits(kForward, algorithm, workspace, workspace_bytes) ||
      !on_device(x, x_shape->count()) || !on_device(w, w_shape->count()) ||
      !on_device(y, y_shape->count())) {
    return CUDNN_STATUS_BAD_PARAM;
  }
  return enqueue(*handle, *how, {x, x_shape->count()}, {w, w_shape->count()}, y,
                 [shape](const float* images, const float* kernels, float* out) {
                   gpu::convolve(shape, images, kernels, out);
                 });
}

cudnnStatus_t cudnnConvolutionBiasActivationForward(
    cudnnHandle_t handle, const void* alpha1, cudnnTensorDescriptor_t x_shape, const void* x,
    cudnnFilterDescriptor_t w_shape, const void* w, cudnnConvolutionDescriptor_t how,
    cudnnConvolutionFwdAlgo_t algorithm, void* workspace, std::size_t workspace_bytes,
    const void* alpha2, cudnnTensorDescriptor_t z_shape, const void* z,
    cudnnTensorDescriptor_t bias_shape, const void* bias, cudnnActivationDescriptor_t activation,
    cudnnTensorDescriptor_t y_shape, void* y) {
  gpu::ConvolutionShape shape;
  if (!shape_of(*x_shape, *w_shape, *how, *y_shape, shape) || number(alpha1) != 1.0f ||
      number(alpha2) != 0.0f || z_shape->count() != y_shape->count() ||
      bias_shape->count() != static_cast<std::size_t>(w_shape->k) || bias_shape->c != w_shape->k ||
      !workspace_fits(kForward, algorithm, workspace, workspace_bytes) ||
      !on_device(x, x_shape->count()) || !on_device(w, w_shape->count()) ||
      !on_device(y, y_shape->count()) || !on_device(z, z_shape->count()) ||
      !on_device(bias, bias_shape->count())) {
    return CUDNN_STATUS_BAD_PARAM;
  }
  const bool relu = activation->mode == CUDNN_ACTIVATION_RELU;
  if (activation->nan != CUDNN_NOT_PROPAGATE_NAN ||
      (!relu && activation->mode != CUDNN_ACTIVATION_IDENTITY) ||
      (!relu && algorithm != CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM)) {
    return CUDNN_STATUS_NOT_SUPPORTED;
  }
  // As a plan that does not exist: its caller's other way is taken, too.
  if (w_shape->k == 1) {
    return CUDNN_STATUS_NOT_SUPPORTED;
  }
  return enqueue(*handle, *how, {x, x_shape->count()}, {w, w_shape->count()}, y,
                 [=, count = y_shape->count(), b = static_cast<const float*>(bias)](
                     const float* images, const float* kernels, float* out) {
                   gpu::convolve(shape, images, kernels, out);
                   for (std::size_t i = 0; i < count; ++i) {
                     const float value = out[i] + b[i % static_cast<std::size_t>(shape.k)];
                     out[i] = relu && !(value > 0.0f) ? 0.0f : value;
                   }
                 });
}

cudnnStatus_t cudnnConvolutionBackwardData(cudnnHandle_t handle, const void* alpha,
                                           cudnnFilterDescriptor_t w_shape, const void* w,
                                           cudnnTensorDescriptor_t dy_shape, const void* dy,
                                           cudnnConvolutionDescriptor_t how,
                                           cudnnConvolutionBwdDataAlgo_t algorithm, void* workspace,
                                           std::size_t workspace_bytes, const void* beta,
                                           cudnnTensorDescriptor_t dx_shape, void* dx) {
  gpu::ConvolutionShape shape;
  if (!shape_of(*dx_shape, *w_shape, *how, *dy_shape, shape) || number(alpha) != 1.0f ||
      number(beta) != 0.0f ||
      !workspace_fits(kBackwardData, algorithm, workspace, workspace_bytes) ||
      !on_device(w, w_shape->count()) || !on_device(dy, dy_shape->count()) ||
      !on_device(dx, dx_shape->count())) {
    return CUDNN_STATUS_BAD_PARAM;
  }
  return enqueue(*handle, *how, {w, w_shape->count()}, {dy, dy_shape->count()}, dx,
                 [shape](const float* kernels, const float* gradients, float* out) {
                   gpu::convolve_backward_data(shape, kernels, gradients, out);
                 });
}

cudnnStatus_t cudnnConvolutionBackwardFilter(
    cudnnHandle_t handle, const void* alpha, cudnnTensorDescriptor_t x_shape, const void* x,
    cudnnTensorDescriptor_t dy_shape, const void* dy, cudnnConvolutionDescriptor_t how,
    cudnnConvolutionBwdFilterAlgo_t algorithm, void* workspace, std::size_t workspace_bytes,
    const void* beta, cudnnFilterDescriptor_t dw_shape, void* dw) {
  gpu::ConvolutionShape shape;
  if (!shape_of(*x_shape, *dw_shape, *how, *dy_shape, shape) || number(alpha) != 1.0f ||
      number(beta) != 1.0f ||
      !workspace_fits(kBackwardFilter, algorithm, workspace, workspace_bytes) ||
      !on_device(x, x_shape->count()) || !on_device(dy, dy_shape->count()) ||
      !on_device(dw, dw_shape->count())) {
    return CUDNN_STATUS_BAD_PARAM;
  }
  return enqueue(*handle, *how, {x, x_shape->count()}, {dy, dy_shape->count()}, dw,
                 [shape](const float* images, const float* gradients, float* out) {
                   gpu::convolve_backward_filter(shape, images, gradients, out);
                 });
}

}  // extern "C"
