#include "cuda/convolution.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "core/error.h"
#include "cuda/activation.h"
#include "cuda/bias.h"
#include "cuda/check.h"
#include "cuda/cuda_backend.h"

namespace infoplane::cuda {
namespace {

/// The most workspace an algorithm may ask for.
constexpr std::size_t kMostWorkspace = std::size_t{256} << 20;

/// An extent as cuDNN takes it. Throws ShapeError when it does not fit.
int narrow(std::int64_t extent) {
  if (extent > std::numeric_limits<int>::max()) {
    throw ShapeError("plan_convolution: an extent of " + std::to_string(extent) +
                     ", cuDNN takes at most 2147483647");
  }
  return static_cast<int>(extent);
}

TensorDescriptor describe_images(const Shape& shape) {
  cudnnTensorDescriptor_t raw = nullptr;
  INFOPLANE_CUDA_CHECK(cudnnCreateTensorDescriptor(&raw));
  TensorDescriptor descriptor(raw);
  INFOPLANE_CUDA_CHECK(cudnnSetTensor4dDescriptor(raw, CUDNN_TENSOR_NHWC, CUDNN_DATA_FLOAT,
                                                  narrow(shape[0]), narrow(shape[1]),
                                                  narrow(shape[2]), narrow(shape[3])));
  return descriptor;
}

FilterDescriptor describe_kernels(const Shape& shape) {
  cudnnFilterDescriptor_t raw = nullptr;
  INFOPLANE_CUDA_CHECK(cudnnCreateFilterDescriptor(&raw));
  FilterDescriptor descriptor(raw);
  INFOPLANE_CUDA_CHECK(cudnnSetFilter4dDescriptor(raw, CUDNN_DATA_FLOAT, CUDNN_TENSOR_NHWC,
                                                  narrow(shape[0]), narrow(shape[1]),
                                                  narrow(shape[2]), narrow(shape[3])));
  return descriptor;
}

ConvolutionDescriptor describe_window(const Window& window, Precision precision) {
  cudnnConvolutionDescriptor_t raw = nullptr;
  INFOPLANE_CUDA_CHECK(cudnnCreateConvolutionDescriptor(&raw));
  ConvolutionDescriptor descriptor(raw);
  INFOPLANE_CUDA_CHECK(cudnnSetConvolution2dDescriptor(
      raw, narrow(window.pad_h), narrow(window.pad_w), narrow(window.stride_h),
      narrow(window.stride_w), 1, 1, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT));
  INFOPLANE_CUDA_CHECK(cudnnSetConvolutionMathType(
      raw, precision == Precision::kTf32 ? CUDNN_TENSOR_OP_MATH : CUDNN_FMA_MATH));
  return descriptor;
}

ActivationDescriptor describe_activation(bool relu) {
  cudnnActivationDescriptor_t raw = nullptr;
  INFOPLANE_CUDA_CHECK(cudnnCreateActivationDescriptor(&raw));
  ActivationDescriptor descriptor(raw);
  INFOPLANE_CUDA_CHECK(cudnnSetActivationDescriptor(
      raw, relu ? CUDNN_ACTIVATION_RELU : CUDNN_ACTIVATION_IDENTITY, CUDNN_NOT_PROPAGATE_NAN, 0.0));
  return descriptor;
}

/// An algorithm, the workspace it needs, and the window with its kind of arithmetic.
template <class Algorithm>
struct Choice {
  ConvolutionDescriptor window;
  Algorithm algorithm{};
  std::size_t workspace = 0;
};

/// The first of cuDNN's candidates, which come fastest first, that works here within
/// kMostWorkspace; unless numerics say otherwise one that gives the same result on every run.
///
/// list(window, count, &returned, candidates) asks for the candidates, measure(window, algorithm,
/// &bytes) whether one supports these descriptors and with how much workspace. Throws DeviceError
/// when none does.
template <class Candidate, class List, class Measure>
auto choose(const char* op, const Window& window, const Numerics& numerics, const List& list,
            const Measure& measure) {
  Choice<decltype(Candidate::algo)> choice;
  choice.window = describe_window(window, numerics.precision);
  std::array<Candidate, 16> candidates{};
  int returned = 0;
  list(choice.window.get(), static_cast<int>(candidates.size()), &returned, candidates.data());
  bool others = false;  // that work, but not the same way each time
  for (int i = 0; i < returned; ++i) {
    const Candidate& candidate = candidates[static_cast<std::size_t>(i)];
    if (numerics.precision == Precision::kTf32) {  // else a candidate's default would let TF32 in
      INFOPLANE_CUDA_CHECK(cudnnSetConvolutionMathType(choice.window.get(), candidate.mathType));
    }
    if (candidate.status != CUDNN_STATUS_SUCCESS ||
        measure(choice.window.get(), candidate.algo, &choice.workspace) != CUDNN_STATUS_SUCCESS ||
        choice.workspace > kMostWorkspace) {
      continue;
    }
    if (numerics.determinism == Determinism::kFast ||
        candidate.determinism == CUDNN_DETERMINISTIC) {
      choice.algorithm = candidate.algo;
      return choice;
    }
    others = true;
  }
  throw DeviceError(std::string("plan_convolution: cuDNN has no ") +
                    (others ? "deterministic " : "") + op + " algorithm for these shapes within " +
                    std::to_string(kMostWorkspace) + " bytes of workspace; use " +
                    (others ? "--determinism fast" : "a smaller --batch"));
}

class CudnnConvolution final : public ConvolutionPlan {
 public:
  CudnnConvolution(Context& ctx, const Window& window, const Shape& x, std::int64_t out_channels,
                   const ConvolutionOptions& options);

  std::string algorithm(ConvolutionPass pass) const override;

 private:
  void do_forward(Context& ctx, View<const float> x, View<const float> w, View<const float> b,
                  View<float> y) override;
  void do_backward_data(Context& ctx, View<const float> dy, View<const float> w,
                        View<float> dx) override;
  void do_backward_weights(Context& ctx, View<const float> x, View<const float> dy, View<float> dw,
                           View<float> db) override;

  bool forward_with_bias(Context& ctx, View<const float> x, View<const float> w,
                         View<const float> b, View<float> y);

  bool relu_;
  TensorDescriptor x_, y_, b_;
  FilterDescriptor w_;
  ActivationDescriptor activation_;
  Choice<cudnnConvolutionFwdAlgo_t> forward_;
  Choice<cudnnConvolutionBwdDataAlgo_t> backward_data_;
  Choice<cudnnConvolutionBwdFilterAlgo_t> backward_weights_;
  bool takes_bias_ = true;  ///< forward_ may do bias and ReLU in the same call, as far as is known
};

CudnnConvolution::CudnnConvolution(Context& ctx, const Window& window, const Shape& x,
                                   std::int64_t out_channels, const ConvolutionOptions& options)
    : ConvolutionPlan({window, x, out_channels}),
      relu_(options.relu),
      x_(describe_images(shapes().x)),
      y_(describe_images(shapes().y)),
      b_(describe_images({1, out_channels, 1, 1})),
      w_(describe_kernels(shapes().w)),
      activation_(describe_activation(options.relu)) {
  const cudnnHandle_t cudnn = gpu(ctx).cudnn();
  const Numerics numerics = gpu(ctx).numerics();
  forward_ = choose<cudnnConvolutionFwdAlgoPerf_t>(
      "forward", window, numerics,
      [&](cudnnConvolutionDescriptor_t how, int count, int* returned,
          cudnnConvolutionFwdAlgoPerf_t* candidates) {
        INFOPLANE_CUDA_CHECK(cudnnGetConvolutionForwardAlgorithm_v7(
            cudnn, x_.get(), w_.get(), how, y_.get(), count, returned, candidates));
      },
      [&](cudnnConvolutionDescriptor_t how, cudnnConvolutionFwdAlgo_t algorithm,
          std::size_t* bytes) {
        return cudnnGetConvolutionForwardWorkspaceSize(cudnn, x_.get(), w_.get(), how, y_.get(),
                                                       algorithm, bytes);
      });
  if (!options.trains) {
    ctx.scratch(forward_.workspace);
    return;
  }
  backward_data_ = choose<cudnnConvolutionBwdDataAlgoPerf_t>(
      "backward data", window, numerics,
      [&](cudnnConvolutionDescriptor_t how, int count, int* returned,
          cudnnConvolutionBwdDataAlgoPerf_t* candidates) {
        INFOPLANE_CUDA_CHECK(cudnnGetConvolutionBackwardDataAlgorithm_v7(
            cudnn, w_.get(), y_.get(), how, x_.get(), count, returned, candidates));
      },
      [&](cudnnConvolutionDescriptor_t how, cudnnConvolutionBwdDataAlgo_t algorithm,
          std::size_t* bytes) {
        return cudnnGetConvolutionBackwardDataWorkspaceSize(cudnn, w_.get(), y_.get(), how,
                                                            x_.get(), algorithm, bytes);
      });
  backward_weights_ = choose<cudnnConvolutionBwdFilterAlgoPerf_t>(
      "backward weights", window, numerics,
      [&](cudnnConvolutionDescriptor_t how, int count, int* returned,
          cudnnConvolutionBwdFilterAlgoPerf_t* candidates) {
        INFOPLANE_CUDA_CHECK(cudnnGetConvolutionBackwardFilterAlgorithm_v7(
            cudnn, x_.get(), y_.get(), how, w_.get(), count, returned, candidates));
      },
      [&](cudnnConvolutionDescriptor_t how, cudnnConvolutionBwdFilterAlgo_t algorithm,
          std::size_t* bytes) {
        return cudnnGetConvolutionBackwardFilterWorkspaceSize(cudnn, x_.get(), y_.get(), how,
                                                              w_.get(), algorithm, bytes);
      });
  // Asked for once here, so that running the plan allocates nothing.
  ctx.scratch(std::max({forward_.workspace, backward_data_.workspace, backward_weights_.workspace,
                        bias_gradient_bytes(shapes().y.numel() / out_channels, out_channels)}));
}

void CudnnConvolution::do_forward(Context& ctx, View<const float> x, View<const float> w,
                                  View<const float> b, View<float> y) {
  if (!b.empty() && forward_with_bias(ctx, x, w, b, y)) {
    return;
  }
  const float one = 1.0f;
  const float zero = 0.0f;
  INFOPLANE_CUDA_CHECK(cudnnConvolutionForward(gpu(ctx).cudnn(), &one, x_.get(), x.data(), w_.get(),
                                               w.data(), forward_.window.get(), forward_.algorithm,
                                               ctx.scratch(forward_.workspace), forward_.workspace,
                                               &zero, y_.get(), y.data()));
  if (!b.empty()) {
    add_bias(ctx, b, y, relu_);
  } else if (relu_) {
    activation_forward(ctx, Activation::kRelu, y, y);
  }
}

/// In one call, where a ReLU may make a NaN 0; false, with nothing enqueued, when cuDNN cannot.
bool CudnnConvolution::forward_with_bias(Context& ctx, View<const float> x, View<const float> w,
                                         View<const float> b, View<float> y) {
  // For the identity cuDNN's documentation names one algorithm; with a ReLU, the call alone tells.
  if (!takes_bias_ ||
      (!relu_ && forward_.algorithm != CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM)) {
    return false;
  }
  const float one = 1.0f;
  const float zero = 0.0f;
  const cudnnStatus_t status = cudnnConvolutionBiasActivationForward(
      gpu(ctx).cudnn(), &one, x_.get(), x.data(), w_.get(), w.data(), forward_.window.get(),
      forward_.algorithm, ctx.scratch(forward_.workspace), forward_.workspace, &zero, y_.get(),
      y.data(), b_.get(), b.data(), activation_.get(), y_.get(), y.data());
  takes_bias_ = CUDNN_STATUS_CATEGORY(status) != CUDNN_STATUS_NOT_SUPPORTED;
  if (takes_bias_) {
    check(status, "cudnnConvolutionBiasActivationForward");
  }
  return takes_bias_;
}

void CudnnConvolution::do_backward_data(Context& ctx, View<const float> dy, View<const float> w,
                                        View<float> dx) {
  const float one = 1.0f;
  const float zero = 0.0f;
  INFOPLANE_CUDA_CHECK(cudnnConvolutionBackwardData(
      gpu(ctx).cudnn(), &one, w_.get(), w.data(), y_.get(), dy.data(), backward_data_.window.get(),
      backward_data_.algorithm, ctx.scratch(backward_data_.workspace), backward_data_.workspace,
      &zero, x_.get(), dx.data()));
}

void CudnnConvolution::do_backward_weights(Context& ctx, View<const float> x, View<const float> dy,
                                           View<float> dw, View<float> db) {
  const float one = 1.0f;
  INFOPLANE_CUDA_CHECK(cudnnConvolutionBackwardFilter(
      gpu(ctx).cudnn(), &one, x_.get(), x.data(), y_.get(), dy.data(),
      backward_weights_.window.get(), backward_weights_.algorithm,
      ctx.scratch(backward_weights_.workspace), backward_weights_.workspace, &one, w_.get(),
      dw.data()));
  if (!db.empty()) {
    add_bias_gradient(ctx, dy, db);
  }
}

/// By the numbers that cudnn_cnn.h gives the algorithms.
std::string CudnnConvolution::algorithm(ConvolutionPass pass) const {
  switch (pass) {
    case ConvolutionPass::kForward: return "cuDNN forward " + std::to_string(forward_.algorithm);
    case ConvolutionPass::kBackwardData:
      return "cuDNN backward data " + std::to_string(backward_data_.algorithm);
    case ConvolutionPass::kBackwardWeights:
      return "cuDNN backward filter " + std::to_string(backward_weights_.algorithm);
  }
  return "";
}

}  // namespace

std::unique_ptr<ConvolutionPlan> plan_convolution(Context& ctx, const Window& window,
                                                  const Shape& x, std::int64_t out_channels,
                                                  const ConvolutionOptions& options) {
  return std::make_unique<CudnnConvolution>(ctx, window, x, out_channels, options);
}

}  // namespace infoplane::cuda
