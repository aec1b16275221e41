#include "cuda/convolution.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "core/error.h"
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

ConvolutionDescriptor describe_window(const Window& window) {
  cudnnConvolutionDescriptor_t raw = nullptr;
  INFOPLANE_CUDA_CHECK(cudnnCreateConvolutionDescriptor(&raw));
  ConvolutionDescriptor descriptor(raw);
  INFOPLANE_CUDA_CHECK(cudnnSetConvolution2dDescriptor(
      raw, narrow(window.pad_h), narrow(window.pad_w), narrow(window.stride_h),
      narrow(window.stride_w), 1, 1, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT));
  INFOPLANE_CUDA_CHECK(cudnnSetConvolutionMathType(raw, CUDNN_FMA_MATH));  // no TF32
  return descriptor;
}

/// An algorithm with the workspace it needs.
template <class Algorithm>
struct Choice {
  Algorithm algorithm;
  std::size_t workspace;
};

/// The first of cuDNN's candidates, which come fastest first, that works here within
/// kMostWorkspace; one that gives the same result on every run, if there is any.
///
/// list(count, &returned, candidates) asks for the candidates, measure(algorithm, &bytes) whether
/// one supports these descriptors and with how much workspace. Throws DeviceError when none does.
template <class Candidate, class List, class Measure>
auto choose(const char* op, const List& list, const Measure& measure) {
  using Algorithm = decltype(Candidate::algo);
  std::array<Candidate, 16> candidates{};
  int returned = 0;
  list(static_cast<int>(candidates.size()), &returned, candidates.data());
  for (const bool deterministic : {true, false}) {
    for (int i = 0; i < returned; ++i) {
      const Candidate& candidate = candidates[static_cast<std::size_t>(i)];
      std::size_t workspace = 0;
      if (candidate.status == CUDNN_STATUS_SUCCESS &&
          (candidate.determinism == CUDNN_DETERMINISTIC) == deterministic &&
          measure(candidate.algo, &workspace) == CUDNN_STATUS_SUCCESS &&
          workspace <= kMostWorkspace) {
        return Choice<Algorithm>{candidate.algo, workspace};
      }
    }
  }
  throw DeviceError(std::string("plan_convolution: cuDNN has no ") + op +
                    " algorithm for these shapes within " + std::to_string(kMostWorkspace) +
                    " bytes of workspace; use a smaller --batch");
}

class CudnnConvolution final : public ConvolutionPlan {
 public:
  CudnnConvolution(Context& ctx, const Window& window, const Shape& x, std::int64_t out_channels,
                   bool trains);

  std::string algorithm(ConvolutionPass pass) const override;

 private:
  void do_forward(Context& ctx, View<const float> x, View<const float> w, View<const float> b,
                  View<float> y) override;
  void do_backward_data(Context& ctx, View<const float> dy, View<const float> w,
                        View<float> dx) override;
  void do_backward_weights(Context& ctx, View<const float> x, View<const float> dy, View<float> dw,
                           View<float> db) override;

  TensorDescriptor x_, y_;
  FilterDescriptor w_;
  ConvolutionDescriptor window_;
  Choice<cudnnConvolutionFwdAlgo_t> forward_{};
  Choice<cudnnConvolutionBwdDataAlgo_t> backward_data_{};
  Choice<cudnnConvolutionBwdFilterAlgo_t> backward_weights_{};
};

CudnnConvolution::CudnnConvolution(Context& ctx, const Window& window, const Shape& x,
                                   std::int64_t out_channels, bool trains)
    : ConvolutionPlan({window, x, out_channels}),
      x_(describe_images(shapes().x)),
      y_(describe_images(shapes().y)),
      w_(describe_kernels(shapes().w)),
      window_(describe_window(window)) {
  const cudnnHandle_t cudnn = gpu(ctx).cudnn();
  forward_ = choose<cudnnConvolutionFwdAlgoPerf_t>(
      "forward",
      [&](int count, int* returned, cudnnConvolutionFwdAlgoPerf_t* candidates) {
        INFOPLANE_CUDA_CHECK(cudnnGetConvolutionForwardAlgorithm_v7(
            cudnn, x_.get(), w_.get(), window_.get(), y_.get(), count, returned, candidates));
      },
      [&](cudnnConvolutionFwdAlgo_t algorithm, std::size_t* bytes) {
        return cudnnGetConvolutionForwardWorkspaceSize(cudnn, x_.get(), w_.get(), window_.get(),
                                                       y_.get(), algorithm, bytes);
      });
  if (!trains) {
    ctx.scratch(forward_.workspace);
    return;
  }
  backward_data_ = choose<cudnnConvolutionBwdDataAlgoPerf_t>(
      "backward data",
      [&](int count, int* returned, cudnnConvolutionBwdDataAlgoPerf_t* candidates) {
        INFOPLANE_CUDA_CHECK(cudnnGetConvolutionBackwardDataAlgorithm_v7(
            cudnn, w_.get(), y_.get(), window_.get(), x_.get(), count, returned, candidates));
      },
      [&](cudnnConvolutionBwdDataAlgo_t algorithm, std::size_t* bytes) {
        return cudnnGetConvolutionBackwardDataWorkspaceSize(
            cudnn, w_.get(), y_.get(), window_.get(), x_.get(), algorithm, bytes);
      });
  backward_weights_ = choose<cudnnConvolutionBwdFilterAlgoPerf_t>(
      "backward weights",
      [&](int count, int* returned, cudnnConvolutionBwdFilterAlgoPerf_t* candidates) {
        INFOPLANE_CUDA_CHECK(cudnnGetConvolutionBackwardFilterAlgorithm_v7(
            cudnn, x_.get(), y_.get(), window_.get(), w_.get(), count, returned, candidates));
      },
      [&](cudnnConvolutionBwdFilterAlgo_t algorithm, std::size_t* bytes) {
        return cudnnGetConvolutionBackwardFilterWorkspaceSize(
            cudnn, x_.get(), y_.get(), window_.get(), w_.get(), algorithm, bytes);
      });
  // Asked for once here, so that running the plan allocates nothing.
  ctx.scratch(std::max({forward_.workspace, backward_data_.workspace, backward_weights_.workspace,
                        bias_gradient_bytes(shapes().y.numel() / out_channels, out_channels)}));
}

void CudnnConvolution::do_forward(Context& ctx, View<const float> x, View<const float> w,
                                  View<const float> b, View<float> y) {
  const float one = 1.0f;
  const float zero = 0.0f;
  INFOPLANE_CUDA_CHECK(cudnnConvolutionForward(gpu(ctx).cudnn(), &one, x_.get(), x.data(), w_.get(),
                                               w.data(), window_.get(), forward_.algorithm,
                                               ctx.scratch(forward_.workspace), forward_.workspace,
                                               &zero, y_.get(), y.data()));
  if (!b.empty()) {
    add_bias(ctx, b, y);
  }
}

void CudnnConvolution::do_backward_data(Context& ctx, View<const float> dy, View<const float> w,
                                        View<float> dx) {
  const float one = 1.0f;
  const float zero = 0.0f;
  INFOPLANE_CUDA_CHECK(cudnnConvolutionBackwardData(
      gpu(ctx).cudnn(), &one, w_.get(), w.data(), y_.get(), dy.data(), window_.get(),
      backward_data_.algorithm, ctx.scratch(backward_data_.workspace), backward_data_.workspace,
      &zero, x_.get(), dx.data()));
}

void CudnnConvolution::do_backward_weights(Context& ctx, View<const float> x, View<const float> dy,
                                           View<float> dw, View<float> db) {
  const float one = 1.0f;
  INFOPLANE_CUDA_CHECK(cudnnConvolutionBackwardFilter(
      gpu(ctx).cudnn(), &one, x_.get(), x.data(), y_.get(), dy.data(), window_.get(),
      backward_weights_.algorithm, ctx.scratch(backward_weights_.workspace),
      backward_weights_.workspace, &one, w_.get(), dw.data()));
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
                                                  bool trains) {
  return std::make_unique<CudnnConvolution>(ctx, window, x, out_channels, trains);
}

}  // namespace infoplane::cuda
