// cuDNN's convolutions on the simulated GPU.
#include <algorithm>
#include <array>

#include "tests/simulated_gpu/arithmetic.h"
#include "tests/simulated_gpu/cudnn.h"
#include "tests/simulated_gpu/runtime.h"

namespace gpu = infoplane::simulated_gpu;

namespace {

constexpr std::size_t kWorkspace = 1 << 16;             ///< that the good algorithms need
constexpr std::size_t kMuch = std::size_t{300} << 20;   ///< that one does where others refuse
constexpr std::size_t kTooMuch = std::size_t{1} << 40;  ///< that the greedy ones do

/// What cuDNN lists, best first by its own word: some fail here or when they are called, some need
/// too much memory, some give other bits each time, and which is the fastest shows on the clock. A
/// caller that takes the first, or looks at less than all of it, is found out. So is one that
/// counts on what cuDNN may refuse: for one output channel, all that can be refused is.
template <class Algorithm>
struct Listed {
  Algorithm algorithm;
  cudnnStatus_t status;
  std::size_t workspace;
  cudnnDeterminism_t determinism;
  double microseconds = 10.0;
  bool runs = true;
};

constexpr std::array<Listed<cudnnConvolutionFwdAlgo_t>, 6> kForward = {{
    {CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD, CUDNN_STATUS_NOT_SUPPORTED, 0, CUDNN_DETERMINISTIC},
    {CUDNN_CONVOLUTION_FWD_ALGO_FFT, CUDNN_STATUS_SUCCESS, kTooMuch, CUDNN_DETERMINISTIC},
    {CUDNN_CONVOLUTION_FWD_ALGO_DIRECT, CUDNN_STATUS_SUCCESS, 0, CUDNN_DETERMINISTIC, 1.0, false},
    {CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM, CUDNN_STATUS_SUCCESS, kWorkspace,
     CUDNN_DETERMINISTIC},
    {CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM, CUDNN_STATUS_SUCCESS, 0, CUDNN_DETERMINISTIC, 5.0},
    {CUDNN_CONVOLUTION_FWD_ALGO_GEMM, CUDNN_STATUS_SUCCESS, kWorkspace, CUDNN_DETERMINISTIC, 1.0,
     false},
}};
constexpr std::array<Listed<cudnnConvolutionBwdDataAlgo_t>, 5> kBackwardData = {{
    {CUDNN_CONVOLUTION_BWD_DATA_ALGO_FFT_TILING, CUDNN_STATUS_SUCCESS, kMuch, CUDNN_DETERMINISTIC,
     1.0},
    {CUDNN_CONVOLUTION_BWD_DATA_ALGO_WINOGRAD, CUDNN_STATUS_SUCCESS, 0, CUDNN_DETERMINISTIC, 1.0,
     false},
    {CUDNN_CONVOLUTION_BWD_DATA_ALGO_0, CUDNN_STATUS_SUCCESS, 0, CUDNN_NON_DETERMINISTIC},
    {CUDNN_CONVOLUTION_BWD_DATA_ALGO_FFT, CUDNN_STATUS_SUCCESS, kTooMuch, CUDNN_DETERMINISTIC},
    {CUDNN_CONVOLUTION_BWD_DATA_ALGO_1, CUDNN_STATUS_SUCCESS, kWorkspace, CUDNN_DETERMINISTIC, 6.0},
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
  return x.c == w.c && y.c == w.k && y.n == x.n && x.element == w.element &&
         x.element == y.element && y.h == output_extent(x.h, w.h, how.pad_h, how.stride_h) &&
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

float number(const void* scalar) { return *static_cast<const float*>(scalar); }

/// What a descriptor says of the memory that comes with it.
struct Array {
  template <class Descriptor>
  Array(const Descriptor* descriptor, const void* memory)
      : values(const_cast<void*>(memory)),
        element(descriptor->element),
        count(descriptor->count()) {}

  bool on_device() const { return gpu::on_device(values, gpu::bytes_of(element, count)); }

  void* values;
  gpu::Element element;
  std::size_t count;
};

template <class Algorithm, std::size_t kCount>
const Listed<Algorithm>& listed_as(const std::array<Listed<Algorithm>, kCount>& table,
                                   Algorithm algorithm) {
  return *std::find_if(table.begin(), table.end(), [&](const Listed<Algorithm>& listed) {
    return listed.algorithm == algorithm;
  });
}

/// Enqueues compute(a, b, out) with both operands rounded as `how` has it; `out` begins with what
/// it holds if `adds`, else with zeros.
template <class Algorithm, class Compute>
cudnnStatus_t enqueue(cudnnContext& handle, const cudnnConvolutionStruct& how,
                      const Listed<Algorithm>& chosen, const Array& a, const Array& b,
                      const Array& out, bool adds, const Compute& compute) {
  if (!chosen.runs) {
    return CUDNN_STATUS_NOT_SUPPORTED;
  }
  const cudaError_t status = gpu::enqueue(
      handle.stream,
      [=, rounding = rounding_of(how)] {
        const auto left = gpu::read(a.values, a.element, a.count, rounding);
        const auto right = gpu::read(b.values, b.element, b.count, rounding);
        auto made = adds ? gpu::read(out.values, out.element, out.count, gpu::Rounding::kNone)
                         : std::vector<float>(out.count);
        compute(left.data(), right.data(), made.data());
        gpu::write(made, out.element, out.values);
      },
      chosen.microseconds);
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
  const Array images{x_shape, x}, kernels{w_shape, w}, out{y_shape, y};
  if (!shape_of(*x_shape, *w_shape, *how, *y_shape, shape) || number(alpha) != 1.0f ||
      number(beta) != 0.0f || !workspace_fits(kForward, algorithm, workspace, workspace_bytes) ||
      !images.on_device() || !kernels.on_device() || !out.on_device()) {
    return CUDNN_STATUS_BAD_PARAM;
  }
  return enqueue(*handle, *how, listed_as(kForward, algorithm), images, kernels, out, false,
                 [shape](const float* left, const float* right, float* made) {
                   gpu::convolve(shape, left, right, made);
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
  const Array images{x_shape, x}, kernels{w_shape, w}, out{y_shape, y};
  if (!shape_of(*x_shape, *w_shape, *how, *y_shape, shape) || number(alpha1) != 1.0f ||
      number(alpha2) != 0.0f || z_shape->count() != y_shape->count() ||
      bias_shape->count() != static_cast<std::size_t>(w_shape->k) || bias_shape->c != w_shape->k ||
      !workspace_fits(kForward, algorithm, workspace, workspace_bytes) || !images.on_device() ||
      !kernels.on_device() || !out.on_device() || !Array(z_shape, z).on_device() ||
      !Array(bias_shape, bias).on_device()) {
    return CUDNN_STATUS_BAD_PARAM;
  }
  const bool relu = activation->mode == CUDNN_ACTIVATION_RELU;
  if (activation->nan != CUDNN_NOT_PROPAGATE_NAN || out.element != gpu::Element::kFloat ||
      (!relu && activation->mode != CUDNN_ACTIVATION_IDENTITY) ||
      (!relu && algorithm != CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM)) {
    return CUDNN_STATUS_NOT_SUPPORTED;
  }
  // As plans that do not exist, in both ways that cuDNN says so.
  if (w_shape->k == 1 || w_shape->k == 3) {
    return w_shape->k == 1 ? CUDNN_STATUS_BAD_PARAM : CUDNN_STATUS_NOT_SUPPORTED;
  }
  return enqueue(
      *handle, *how, listed_as(kForward, algorithm), images, kernels, out, false,
      [=, b = static_cast<const float*>(bias), pixels = std::int64_t{shape.n} * shape.p * shape.q](
          const float* left, const float* right, float* made) {
        gpu::convolve(shape, left, right, made);
        gpu::add_bias_and_relu(pixels, shape.k, b, relu, made);
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
  const Array kernels{w_shape, w}, gradients{dy_shape, dy}, out{dx_shape, dx};
  if (!shape_of(*dx_shape, *w_shape, *how, *dy_shape, shape) || number(alpha) != 1.0f ||
      number(beta) != 0.0f ||
      !workspace_fits(kBackwardData, algorithm, workspace, workspace_bytes) ||
      !kernels.on_device() || !gradients.on_device() || !out.on_device()) {
    return CUDNN_STATUS_BAD_PARAM;
  }
  if (w_shape->k == 1 && algorithm == CUDNN_CONVOLUTION_BWD_DATA_ALGO_1) {
    return CUDNN_STATUS_NOT_SUPPORTED;
  }
  return enqueue(*handle, *how, listed_as(kBackwardData, algorithm), kernels, gradients, out, false,
                 [shape](const float* left, const float* right, float* made) {
                   gpu::convolve_backward_data(shape, left, right, made);
                 });
}

cudnnStatus_t cudnnConvolutionBackwardFilter(
    cudnnHandle_t handle, const void* alpha, cudnnTensorDescriptor_t x_shape, const void* x,
    cudnnTensorDescriptor_t dy_shape, const void* dy, cudnnConvolutionDescriptor_t how,
    cudnnConvolutionBwdFilterAlgo_t algorithm, void* workspace, std::size_t workspace_bytes,
    const void* beta, cudnnFilterDescriptor_t dw_shape, void* dw) {
  gpu::ConvolutionShape shape;
  const Array images{x_shape, x}, gradients{dy_shape, dy}, out{dw_shape, dw};
  if (!shape_of(*x_shape, *dw_shape, *how, *dy_shape, shape) || number(alpha) != 1.0f ||
      (number(beta) != 0.0f && number(beta) != 1.0f) ||
      !workspace_fits(kBackwardFilter, algorithm, workspace, workspace_bytes) ||
      !images.on_device() || !gradients.on_device() || !out.on_device()) {
    return CUDNN_STATUS_BAD_PARAM;
  }
  if (dw_shape->k == 1 && number(beta) == 1.0f) {
    return CUDNN_STATUS_NOT_SUPPORTED;
  }
  return enqueue(*handle, *how, listed_as(kBackwardFilter, algorithm), images, gradients, out,
                 number(beta) == 1.0f, [shape](const float* left, const float* right, float* made) {
                   gpu::convolve_backward_filter(shape, left, right, made);
                 });
}

}  // extern "C"
