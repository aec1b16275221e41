#pragma once

// Which of cuDNN's algorithms a pass of a convolution takes. Included by cuda/convolution.cpp
// alone.

#include <cudnn.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/bf16.h"
#include "core/convolution_plan.h"
#include "core/error.h"
#include "cuda/check.h"
#include "cuda/cuda_backend.h"
#include "cuda/fastest.h"
#include "cuda/handles.h"

namespace infoplane::cuda {

/// The most workspace that an algorithm may ask for, and that one may where none does with less.
inline constexpr std::size_t kUsualWorkspace = std::size_t{256} << 20;
inline constexpr std::size_t kMostWorkspace = std::size_t{4} << 30;

/// An extent as cuDNN takes it. Throws ShapeError when it does not fit.
inline int narrow(std::int64_t extent) {
  if (extent > std::numeric_limits<int>::max()) {
    throw ShapeError("plan_convolution: an extent of " + std::to_string(extent) +
                     ", cuDNN takes at most 2147483647");
  }
  return static_cast<int>(extent);
}

inline ConvolutionDescriptor describe_window(const Window& window, Precision precision) {
  cudnnConvolutionDescriptor_t raw = nullptr;
  INFOPLANE_CUDA_CHECK(cudnnCreateConvolutionDescriptor(&raw));
  ConvolutionDescriptor descriptor(raw);
  INFOPLANE_CUDA_CHECK(cudnnSetConvolution2dDescriptor(
      raw, narrow(window.pad_h), narrow(window.pad_w), narrow(window.stride_h),
      narrow(window.stride_w), 1, 1, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT));
  INFOPLANE_CUDA_CHECK(cudnnSetConvolutionMathType(
      raw, precision == Precision::kFp32 ? CUDNN_FMA_MATH : CUDNN_TENSOR_OP_MATH));
  return descriptor;
}

/// What cuDNN has to say on the call that it refused last, in one line.
inline std::string last_cudnn_error() {
  std::array<char, 256> message{};
  cudnnGetLastErrorString(message.data(), message.size());
  std::string line = message.data();
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

/// An algorithm, the workspace it needs, and the window with its kind of arithmetic.
template <class Algorithm>
struct Choice {
  ConvolutionDescriptor window;
  Algorithm algorithm{};
  cudnnMathType_t math{};
  std::size_t workspace = 0;

  /// As the plan cache has it.
  std::string name() const { return std::to_string(algorithm) + " " + std::to_string(math); }
};

/// "1 (tensor cores)": the algorithm's number, and whether TF32 or bfloat16 was let in.
template <class Algorithm>
std::string describe(const Choice<Algorithm>& choice) {
  const char* math = choice.math == CUDNN_FMA_MATH       ? "FMA"
                     : choice.math == CUDNN_DEFAULT_MATH ? "cuDNN's choice of arithmetic"
                                                         : "tensor cores";
  return std::to_string(choice.algorithm) + " (" + math + ")";
}

template <class Algorithm>
bool is_usual(const Choice<Algorithm>& choice) {
  return choice.workspace <= kUsualWorkspace;
}

/// What a pass may be done by, and why the others of cuDNN's candidates may not.
template <class Algorithm>
struct Choices {
  std::vector<Choice<Algorithm>> usable;
  std::string refused;  ///< "; 6 (FMA): needs 1099511627776 bytes", ...

  void refuse(const Choice<Algorithm>& choice, const std::string& why) {
    refused += "; " + describe(choice) + ": " + why;
  }
};

/// Those of cuDNN's candidates, which come fastest first, that say that they work here; unless
/// numerics say otherwise those that give the same result on every run. Those that need more than
/// kUsualWorkspace are the last.
///
/// list(window, count, &returned, candidates) asks for the candidates, measure(window, algorithm,
/// &bytes) whether one supports these descriptors and with how much workspace.
template <class Candidate, class List, class Measure>
auto find_choices(const Window& window, const Numerics& numerics, const List& list,
                  const Measure& measure) {
  Choices<decltype(Candidate::algo)> choices;
  std::array<Candidate, 16> candidates{};
  int returned = 0;
  list(describe_window(window, numerics.precision).get(), static_cast<int>(candidates.size()),
       &returned, candidates.data());
  for (int i = 0; i < returned; ++i) {
    const Candidate& candidate = candidates[static_cast<std::size_t>(i)];
    Choice<decltype(Candidate::algo)> choice;
    choice.window = describe_window(window, numerics.precision);
    choice.algorithm = candidate.algo;
    // Of kFp32 a candidate's default would let TF32 in.
    choice.math = numerics.precision == Precision::kFp32 ? CUDNN_FMA_MATH : candidate.mathType;
    INFOPLANE_CUDA_CHECK(cudnnSetConvolutionMathType(choice.window.get(), choice.math));
    cudnnStatus_t status = candidate.status;
    if (status == CUDNN_STATUS_SUCCESS) {
      status = measure(choice.window.get(), candidate.algo, &choice.workspace);
    }
    if (status != CUDNN_STATUS_SUCCESS) {
      choices.refuse(choice, cudnnGetErrorString(status));
    } else if (choice.workspace > kMostWorkspace) {
      choices.refuse(choice, "needs " + std::to_string(choice.workspace) + " bytes");
    } else if (numerics.determinism == Determinism::kBitwise &&
               candidate.determinism != CUDNN_DETERMINISTIC) {
      choices.refuse(choice, "not deterministic");
    } else {
      choices.usable.push_back(std::move(choice));
    }
  }
  std::stable_partition(choices.usable.begin(), choices.usable.end(),
                        [](const auto& choice) { return is_usual(choice); });
  return choices;
}

/// Arrays of zeros and a workspace, for passes that are only tried.
class Trial {
 public:
  Trial(CudaBackend& backend, const ConvolutionShapes& shapes)
      : backend_(backend), shapes_(shapes) {}
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;
  ~Trial() { cudaStreamSynchronize(backend_.stream()); }  // before the memory is freed

  /// Whether there are the arrays and so much workspace; false where memory does not suffice.
  bool allocate(std::size_t workspace_bytes) {
    return allocate_arrays() && allocate_workspace(workspace_bytes);
  }

  void* workspace() const { return workspace_.get(); }

  void *x = nullptr, *w = nullptr, *y = nullptr;

 private:
  bool allocate_arrays() {
    if (arrays_ != nullptr) {
      return true;
    }
    const std::size_t element =
        backend_.numerics().precision == Precision::kBf16 ? sizeof(Bf16) : sizeof(float);
    const auto bytes = [&](const Shape& shape) {
      return padded(static_cast<std::size_t>(shape.numel()) * element);
    };
    const std::size_t all = bytes(shapes_.x) + bytes(shapes_.w) + bytes(shapes_.y);
    arrays_ = try_allocate(all);
    if (arrays_ == nullptr) {
      return false;
    }
    auto* const first = static_cast<std::byte*>(arrays_.get());
    x = first;
    w = first + bytes(shapes_.x);
    y = first + bytes(shapes_.x) + bytes(shapes_.w);
    INFOPLANE_CUDA_CHECK(cudaMemsetAsync(first, 0, all, backend_.stream()));
    return true;
  }

  bool allocate_workspace(std::size_t bytes) {
    if (bytes > workspace_bytes_) {
      INFOPLANE_CUDA_CHECK(cudaStreamSynchronize(backend_.stream()));
      workspace_.reset();  // first the old, then the new: they need not exist together
      workspace_ = try_allocate(bytes);
      workspace_bytes_ = workspace_ == nullptr ? 0 : bytes;
    }
    return bytes <= workspace_bytes_;
  }

  CudaBackend& backend_;
  const ConvolutionShapes& shapes_;
  DeviceMemory arrays_, workspace_;
  std::size_t workspace_bytes_ = 0;
};

/// The first of a plan's choices that runs: cuDNN lists algorithms that then refuse to. With
/// Determinism::kFast the fastest comes first, of those with the usual workspace.
/// None where none runs. run(choice) enqueues the pass on the trial's arrays and says whether it
/// could; a choice for which there is no memory now is taken at its word, so that the memory that
/// happens to be free chooses nothing.
template <class Algorithm, class Run>
std::optional<Choice<Algorithm>> choose(CudaBackend& backend, const std::string& plan,
                                        Choices<Algorithm>& choices, Trial& trial, const Run& run) {
  std::vector<Choice<Algorithm>>& usable = choices.usable;
  std::vector<std::string> names;
  for (const Choice<Algorithm>& choice : usable) {
    if (is_usual(choice)) {
      names.push_back(choice.name());
    }
  }
  if (backend.numerics().determinism == Determinism::kFast && names.size() > 1) {
    const std::size_t best = choose_fastest(
        backend.stream(), backend.plans(), plan, names,
        [&](std::size_t i) { return trial.allocate(usable[i].workspace) && run(usable[i]); });
    std::swap(usable[0], usable[best]);
  }
  for (Choice<Algorithm>& choice : usable) {
    if (!trial.allocate(choice.workspace) || run(choice)) {
      return std::move(choice);
    }
    choices.refuse(choice, "refused " + last_cudnn_error());
  }
  return std::nullopt;
}

/// The choice. Throws DeviceError, which says what each of cuDNN's candidates lacks, where there is
/// none.
template <class Algorithm>
Choice<Algorithm> required(std::optional<Choice<Algorithm>> choice,
                           const Choices<Algorithm>& choices, const char* pass,
                           const Numerics& numerics) {
  if (choice) {
    return std::move(*choice);
  }
  const bool any = numerics.determinism == Determinism::kFast;
  throw DeviceError(std::string("plan_convolution: cuDNN has no ") + (any ? "" : "deterministic ") +
                    pass + " algorithm for these shapes within " + std::to_string(kMostWorkspace) +
                    " bytes of workspace; use " + (any ? "" : "--determinism fast or ") +
                    "a smaller --batch" + choices.refused);
}

}  // namespace infoplane::cuda
