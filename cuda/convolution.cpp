#include "cuda/convolution.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "cuda/activation.h"
#include "cuda/bf16.h"
#include "cuda/bias.h"
#include "cuda/check.h"
#include "cuda/convolution_choice.h"
#include "cuda/cuda_backend.h"

namespace infoplane::cuda {
namespace {

/// What cuDNN takes images and kernels in, and makes.
cudnnDataType_t data_type(Context& ctx) {
  return gpu(ctx).numerics().precision == Precision::kBf16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT;
}

/// Throws ShapeError, too, when the images have more values than cuDNN takes.
TensorDescriptor describe_images(const Shape& shape, cudnnDataType_t type) {
  if (shape.numel() > std::numeric_limits<int>::max()) {
    throw ShapeError(
        "plan_convolution: images of " + shape.to_string() + " have " +
        std::to_string(shape.numel()) +
        " values, cuDNN takes at most 2147483647; use a smaller --batch or --micro-batch");
  }
  cudnnTensorDescriptor_t raw = nullptr;
  INFOPLANE_CUDA_CHECK(cudnnCreateTensorDescriptor(&raw));
  TensorDescriptor descriptor(raw);
  INFOPLANE_CUDA_CHECK(cudnnSetTensor4dDescriptor(raw, CUDNN_TENSOR_NHWC, type, narrow(shape[0]),
                                                  narrow(shape[1]), narrow(shape[2]),
                                                  narrow(shape[3])));
  return descriptor;
}

FilterDescriptor describe_kernels(const Shape& shape, cudnnDataType_t type) {
  cudnnFilterDescriptor_t raw = nullptr;
  INFOPLANE_CUDA_CHECK(cudnnCreateFilterDescriptor(&raw));
  FilterDescriptor descriptor(raw);
  INFOPLANE_CUDA_CHECK(cudnnSetFilter4dDescriptor(raw, type, CUDNN_TENSOR_NHWC, narrow(shape[0]),
                                                  narrow(shape[1]), narrow(shape[2]),
                                                  narrow(shape[3])));
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

bool is_bf16(Context& ctx) { return gpu(ctx).numerics().precision == Precision::kBf16; }

/// Bytes of a result that cuDNN makes apart from where it goes.
std::size_t apart_bytes(Context& ctx, std::int64_t size) {
  return padded(static_cast<std::size_t>(size) * (is_bf16(ctx) ? sizeof(Bf16) : sizeof(float)));
}

/// A pass's arrays as cuDNN takes them, and its workspace: a and b where they are or, of
/// Precision::kBf16, rounded; `out` where it is or, if `apart`, in memory of its own. In use until
/// scratch memory is next asked for.
struct PassArrays {
  PassArrays(Context& ctx, View<const float> a, View<const float> b, View<float> result, bool apart,
             std::size_t workspace_bytes) {
    const std::size_t in_bytes = bf16_bytes(ctx, {a.size(), b.size()});
    const std::size_t out_bytes = apart ? apart_bytes(ctx, result.size()) : 0;
    auto* memory = static_cast<std::byte*>(ctx.scratch(in_bytes + out_bytes + workspace_bytes));
    in = make_operands(ctx, a, b, memory);
    out = apart ? static_cast<void*>(memory + in_bytes) : result.data();
    workspace = memory + in_bytes + out_bytes;
  }

  Operands in;
  void* out;
  void* workspace;
};

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

  using Forward = Choice<cudnnConvolutionFwdAlgo_t>;
  using BackwardData = Choice<cudnnConvolutionBwdDataAlgo_t>;
  using BackwardWeights = Choice<cudnnConvolutionBwdFilterAlgo_t>;

  Forward choose_forward(CudaBackend& backend, const Window& window, Trial& trial) const;
  BackwardData choose_backward_data(CudaBackend& backend, const Window& window, Trial& trial) const;
  BackwardWeights choose_backward_weights(CudaBackend& backend, const Window& window, Trial& trial);
  std::string name_of(const char* pass, const Window& window, Precision precision) const;

  // Enqueue one pass, on arrays as cuDNN takes them.
  cudnnStatus_t enqueue_forward(cudnnHandle_t cudnn, const Forward& choice, const void* x,
                                const void* w, void* y, void* workspace) const;
  cudnnStatus_t enqueue_backward_data(cudnnHandle_t cudnn, const BackwardData& choice,
                                      const void* w, const void* dy, void* dx,
                                      void* workspace) const;
  cudnnStatus_t enqueue_backward_weights(cudnnHandle_t cudnn, const BackwardWeights& choice,
                                         const void* x, const void* dy, void* dw,
                                         void* workspace) const;

  bool forward_with_bias(Context& ctx, View<const float> x, View<const float> w,
                         View<const float> b, View<float> y);

  bool relu_;
  bool adds_;  ///< cuDNN adds to dw; else it makes dw apart, which is then added
  TensorDescriptor x_, y_, b_;
  FilterDescriptor w_;
  ActivationDescriptor activation_;
  Forward forward_;
  BackwardData backward_data_;
  BackwardWeights backward_weights_;
  std::optional<bool> takes_bias_;  ///< forward_ does bias and ReLU in the same call; none: untried
};

CudnnConvolution::CudnnConvolution(Context& ctx, const Window& window, const Shape& x,
                                   std::int64_t out_channels, const ConvolutionOptions& options)
    : ConvolutionPlan({window, x, out_channels}),
      relu_(options.relu),
      adds_(!is_bf16(ctx)),
      x_(describe_images(shapes().x, data_type(ctx))),
      y_(describe_images(shapes().y, data_type(ctx))),
      b_(describe_images({1, out_channels, 1, 1}, CUDNN_DATA_FLOAT)),
      w_(describe_kernels(shapes().w, data_type(ctx))),
      activation_(describe_activation(options.relu)) {
  std::size_t workspace = 0;
  {
    Trial trial(gpu(ctx), shapes());
    forward_ = choose_forward(gpu(ctx), window, trial);
    workspace = forward_.workspace;
    if (options.trains && options.needs_dx) {
      backward_data_ = choose_backward_data(gpu(ctx), window, trial);
      workspace = std::max(workspace, backward_data_.workspace);
    }
    if (options.trains) {
      backward_weights_ = choose_backward_weights(gpu(ctx), window, trial);
      workspace = std::max(workspace, backward_weights_.workspace);
    }
  }
  const std::size_t copies =
      bf16_bytes(ctx, {shapes().x.numel(), shapes().w.numel(), shapes().y.numel()}) +
      (adds_ ? 0 : apart_bytes(ctx, shapes().w.numel()));
  const std::int64_t pixels = shapes().y.numel() / out_channels;
  // Asked for once here, so that running the plan allocates nothing.
  ctx.scratch(
      std::max(copies + workspace, options.trains ? bias_gradient_bytes(pixels, out_channels) : 0));
}

CudnnConvolution::Forward CudnnConvolution::choose_forward(CudaBackend& backend,
                                                           const Window& window,
                                                           Trial& trial) const {
  const cudnnHandle_t cudnn = backend.cudnn();
  auto choices = find_choices<cudnnConvolutionFwdAlgoPerf_t>(
      window, backend.numerics(),
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
  return required(
      choose(backend, name_of("forward", window, backend.numerics().precision), choices, trial,
             [&](const Forward& choice) {
               return enqueue_forward(cudnn, choice, trial.x, trial.w, trial.y,
                                      trial.workspace()) == CUDNN_STATUS_SUCCESS;
             }),
      choices, "forward", backend.numerics());
}

CudnnConvolution::BackwardData CudnnConvolution::choose_backward_data(CudaBackend& backend,
                                                                      const Window& window,
                                                                      Trial& trial) const {
  const cudnnHandle_t cudnn = backend.cudnn();
  auto choices = find_choices<cudnnConvolutionBwdDataAlgoPerf_t>(
      window, backend.numerics(),
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
  return required(choose(backend, name_of("backward data", window, backend.numerics().precision),
                         choices, trial,
                         [&](const BackwardData& choice) {
                           return enqueue_backward_data(cudnn, choice, trial.w, trial.y, trial.x,
                                                        trial.workspace()) == CUDNN_STATUS_SUCCESS;
                         }),
                  choices, "backward data", backend.numerics());
}

/// Sets adds_, too: where none adds to dw, one that overwrites does.
CudnnConvolution::BackwardWeights CudnnConvolution::choose_backward_weights(CudaBackend& backend,
                                                                            const Window& window,
                                                                            Trial& trial) {
  const cudnnHandle_t cudnn = backend.cudnn();
  auto choices = find_choices<cudnnConvolutionBwdFilterAlgoPerf_t>(
      window, backend.numerics(),
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
  const auto choose_one = [&] {
    return choose(backend, name_of("backward weights", window, backend.numerics().precision),
                  choices, trial, [&](const BackwardWeights& choice) {
                    return enqueue_backward_weights(cudnn, choice, trial.x, trial.y, trial.w,
                                                    trial.workspace()) == CUDNN_STATUS_SUCCESS;
                  });
  };
  auto choice = choose_one();
  if (!choice && adds_) {
    adds_ = false;
    choice = choose_one();
  }
  return required(std::move(choice), choices, "backward weights", backend.numerics());
}

/// As the plan cache names a pass.
std::string CudnnConvolution::name_of(const char* pass, const Window& window,
                                      Precision precision) const {
  const auto pair = [](std::int64_t h, std::int64_t w) {
    return std::to_string(h) + "," + std::to_string(w);
  };
  return std::string("convolution ") + pass + " " + to_string(precision) + " x " +
         shapes().x.to_string() + " w " + shapes().w.to_string() + " stride " +
         pair(window.stride_h, window.stride_w) + " pad " + pair(window.pad_h, window.pad_w);
}

cudnnStatus_t CudnnConvolution::enqueue_forward(cudnnHandle_t cudnn, const Forward& choice,
                                                const void* x, const void* w, void* y,
                                                void* workspace) const {
  const float one = 1.0f;
  const float zero = 0.0f;
  return cudnnConvolutionForward(cudnn, &one, x_.get(), x, w_.get(), w, choice.window.get(),
                                 choice.algorithm, workspace, choice.workspace, &zero, y_.get(), y);
}

cudnnStatus_t CudnnConvolution::enqueue_backward_data(cudnnHandle_t cudnn,
                                                      const BackwardData& choice, const void* w,
                                                      const void* dy, void* dx,
                                                      void* workspace) const {
  const float one = 1.0f;
  const float zero = 0.0f;
  return cudnnConvolutionBackwardData(cudnn, &one, w_.get(), w, y_.get(), dy, choice.window.get(),
                                      choice.algorithm, workspace, choice.workspace, &zero,
                                      x_.get(), dx);
}

cudnnStatus_t CudnnConvolution::enqueue_backward_weights(cudnnHandle_t cudnn,
                                                         const BackwardWeights& choice,
                                                         const void* x, const void* dy, void* dw,
                                                         void* workspace) const {
  const float one = 1.0f;
  const float keep = adds_ ? 1.0f : 0.0f;
  return cudnnConvolutionBackwardFilter(cudnn, &one, x_.get(), x, y_.get(), dy, choice.window.get(),
                                        choice.algorithm, workspace, choice.workspace, &keep,
                                        w_.get(), dw);
}

void CudnnConvolution::do_forward(Context& ctx, View<const float> x, View<const float> w,
                                  View<const float> b, View<float> y) {
  if (!b.empty() && forward_with_bias(ctx, x, w, b, y)) {
    return;
  }
  const PassArrays pass(ctx, x, w, y, is_bf16(ctx), forward_.workspace);
  check(enqueue_forward(gpu(ctx).cudnn(), forward_, pass.in.a, pass.in.b, pass.out, pass.workspace),
        "cudnnConvolutionForward");
  if (is_bf16(ctx)) {
    widen_bf16(ctx, static_cast<const Bf16*>(pass.out), b, y, relu_);
  } else if (!b.empty()) {
    add_bias(ctx, b, y, relu_);
  } else if (relu_) {
    activation_forward(ctx, Activation::kRelu, y, y);
  }
}

/// In one call, where a ReLU may make a NaN 0; false, with nothing enqueued, when cuDNN cannot.
bool CudnnConvolution::forward_with_bias(Context& ctx, View<const float> x, View<const float> w,
                                         View<const float> b, View<float> y) {
  // For the identity cuDNN's documentation names one algorithm; with a ReLU, the call alone
  // tells. What is widened afterwards takes its bias then.
  if (!takes_bias_.value_or(true) || is_bf16(ctx) ||
      (!relu_ && forward_.algorithm != CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM)) {
    return false;
  }
  const float one = 1.0f;
  const float zero = 0.0f;
  const cudnnStatus_t status = cudnnConvolutionBiasActivationForward(
      gpu(ctx).cudnn(), &one, x_.get(), x.data(), w_.get(), w.data(), forward_.window.get(),
      forward_.algorithm, ctx.scratch(forward_.workspace), forward_.workspace, &zero, y_.get(),
      y.data(), b_.get(), b.data(), activation_.get(), y_.get(), y.data());
  if (!takes_bias_) {  // a fault that is not about fusing shows in the other way, too
    takes_bias_ = status == CUDNN_STATUS_SUCCESS;
  }
  if (*takes_bias_) {
    check(status, "cudnnConvolutionBiasActivationForward");
  }
  return *takes_bias_;
}

void CudnnConvolution::do_backward_data(Context& ctx, View<const float> dy, View<const float> w,
                                        View<float> dx) {
  const PassArrays pass(ctx, w, dy, dx, is_bf16(ctx), backward_data_.workspace);
  check(enqueue_backward_data(gpu(ctx).cudnn(), backward_data_, pass.in.a, pass.in.b, pass.out,
                              pass.workspace),
        "cudnnConvolutionBackwardData");
  if (is_bf16(ctx)) {
    widen_bf16(ctx, static_cast<const Bf16*>(pass.out), {}, dx, false);
  }
}

void CudnnConvolution::do_backward_weights(Context& ctx, View<const float> x, View<const float> dy,
                                           View<float> dw, View<float> db) {
  const PassArrays pass(ctx, x, dy, dw, !adds_, backward_weights_.workspace);
  check(enqueue_backward_weights(gpu(ctx).cudnn(), backward_weights_, pass.in.a, pass.in.b,
                                 pass.out, pass.workspace),
        "cudnnConvolutionBackwardFilter");
  if (!adds_) {
    add_result(ctx, pass.out, dw);
  }
  if (!db.empty()) {
    add_bias_gradient(ctx, dy, db);
  }
}

/// By the numbers that cudnn_cnn.h gives the algorithms.
std::string CudnnConvolution::algorithm(ConvolutionPass pass) const {
  switch (pass) {
    case ConvolutionPass::kForward: return "cuDNN forward " + describe(forward_);
    case ConvolutionPass::kBackwardData: return "cuDNN backward data " + describe(backward_data_);
    case ConvolutionPass::kBackwardWeights:
      return "cuDNN backward filter " + describe(backward_weights_);
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
