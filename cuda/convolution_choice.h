#pragma once

// Which of cuDNN's algorithms a pass of a convolution takes. Included by cuda/convolution.cpp
// alone.

#include <cudnn.h>

#include <array>
#include <cstddef>
#include <limits>
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

/// The most workspace an algorithm may ask for.
inline constexpr std::size_t kMostWorkspace = std::size_t{256} << 20;

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

/// Those of cuDNN's candidates, which come fastest first, that work here within kMostWorkspace;
/// unless numerics say otherwise those that give the same result on every run.
///
/// list(window, count, &returned, candidates) asks for the candidates, measure(window, algorithm,
/// &bytes) whether one supports these descriptors and with how much workspace. Throws DeviceError
/// when none does.
template <class Candidate, class List, class Measure>
auto find_choices(const char* op, const Window& window, const Numerics& numerics, const List& list,
                  const Measure& measure) {
  std::vector<Choice<decltype(Candidate::algo)>> choices;
  std::array<Candidate, 16> candidates{};
  int returned = 0;
  list(describe_window(window, numerics.precision).get(), static_cast<int>(candidates.size()),
       &returned, candidates.data());
  bool others = false;  // that work, but not the same way each time
  for (int i = 0; i < returned; ++i) {
    const Candidate& candidate = candidates[static_cast<std::size_t>(i)];
    Choice<decltype(Candidate::algo)> choice;
    choice.window = describe_window(window, numerics.precision);
    choice.algorithm = candidate.algo;
    // Of kFp32 a candidate's default would let TF32 in.
    choice.math = numerics.precision == Precision::kFp32 ? CUDNN_FMA_MATH : candidate.mathType;
    INFOPLANE_CUDA_CHECK(cudnnSetConvolutionMathType(choice.window.get(), choice.math));
    if (candidate.status != CUDNN_STATUS_SUCCESS ||
        measure(choice.window.get(), candidate.algo, &choice.workspace) != CUDNN_STATUS_SUCCESS ||
        choice.workspace > kMostWorkspace) {
      continue;
    }
    if (numerics.determinism == Determinism::kFast ||
        candidate.determinism == CUDNN_DETERMINISTIC) {
      choices.push_back(std::move(choice));
    } else {
      others = true;
    }
  }
  if (choices.empty()) {
    throw DeviceError(
        std::string("plan_convolution: cuDNN has no ") + (others ? "deterministic " : "") + op +
        " algorithm for these shapes within " + std::to_string(kMostWorkspace) +
        " bytes of workspace; use " + (others ? "--determinism fast" : "a smaller --batch"));
  }
  return choices;
}

/// Arrays of zeros and a workspace, for passes that are only timed.
class Trial {
 public:
  Trial(CudaBackend& backend, const ConvolutionShapes& shapes)
      : backend_(backend), shapes_(shapes) {}

  /// Whether they are there, from the first call on; false where memory does not suffice.
  bool allocate() {
    if (memory_ != nullptr) {
      return true;
    }
    const std::size_t element =
        backend_.numerics().precision == Precision::kBf16 ? sizeof(Bf16) : sizeof(float);
    const auto bytes = [&](const Shape& shape) {
      return padded(static_cast<std::size_t>(shape.numel()) * element);
    };
    const std::size_t arrays = bytes(shapes_.x) + bytes(shapes_.w) + bytes(shapes_.y);
    memory_ = try_allocate(kMostWorkspace + arrays);
    if (memory_ == nullptr) {
      return false;
    }
    auto* const first = static_cast<std::byte*>(memory_.get()) + kMostWorkspace;
    x = first;
    w = first + bytes(shapes_.x);
    y = first + bytes(shapes_.x) + bytes(shapes_.w);
    INFOPLANE_CUDA_CHECK(cudaMemsetAsync(first, 0, arrays, backend_.stream()));
    return true;
  }

  void* workspace() const { return memory_.get(); }

  void *x = nullptr, *w = nullptr, *y = nullptr;

 private:
  CudaBackend& backend_;
  const ConvolutionShapes& shapes_;
  DeviceMemory memory_;
};

/// The first of a plan's choices or, with Determinism::kFast, the fastest. run(choice) enqueues the
/// pass on a Trial's arrays and says whether it could.
template <class Algorithm, class Run>
Choice<Algorithm> choose(CudaBackend& backend, const std::string& plan,
                         std::vector<Choice<Algorithm>> choices, const Run& run) {
  if (backend.numerics().determinism != Determinism::kFast || choices.size() == 1) {
    return std::move(choices.front());
  }
  std::vector<std::string> names;
  for (const Choice<Algorithm>& choice : choices) {
    names.push_back(choice.name());
  }
  const std::size_t best = choose_fastest(backend.stream(), backend.plans(), plan, names,
                                          [&](std::size_t i) { return run(choices[i]); });
  return std::move(choices[best]);
}

}  // namespace infoplane::cuda
