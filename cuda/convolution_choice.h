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

/// Arrays of zeros and a workspace, for passes that are only timed. Empty where nothing is timed,
/// or memory does not suffice.
class Trial {
 public:
  Trial(CudaBackend& backend, const ConvolutionShapes& shapes) {
    const Numerics numerics = backend.numerics();
    if (numerics.determinism != Determinism::kFast) {
      return;
    }
    const std::size_t element =
        numerics.precision == Precision::kBf16 ? sizeof(Bf16) : sizeof(float);
    std::size_t bytes = kMostWorkspace;
    const auto place = [&](const Shape& shape) {
      const std::size_t begin = bytes;
      bytes += (static_cast<std::size_t>(shape.numel()) * element + 255) / 256 * 256;
      return begin;
    };
    const std::size_t x_at = place(shapes.x), w_at = place(shapes.w), y_at = place(shapes.y);
    memory_ = try_allocate(bytes);
    if (memory_ != nullptr) {
      auto* const begin = static_cast<std::byte*>(memory_.get());
      x = begin + x_at;
      w = begin + w_at;
      y = begin + y_at;
      INFOPLANE_CUDA_CHECK(cudaMemsetAsync(x, 0, bytes - kMostWorkspace, backend.stream()));
    }
  }

  bool empty() const { return memory_ == nullptr; }
  void* workspace() const { return memory_.get(); }

  void *x = nullptr, *w = nullptr, *y = nullptr;

 private:
  DeviceMemory memory_;
};

/// The first of a plan's choices or, with Determinism::kFast, the fastest, which the plan cache
/// knows or a few calls show. run(choice) enqueues the pass and returns cuDNN's status.
template <class Algorithm, class Run>
Choice<Algorithm> choose(CudaBackend& backend, const std::string& plan,
                         std::vector<Choice<Algorithm>> choices, const Trial& trial,
                         const Run& run) {
  if (trial.empty() || choices.size() == 1) {
    return std::move(choices.front());
  }
  if (const auto known = backend.plans().find(plan)) {
    for (Choice<Algorithm>& choice : choices) {
      if (choice.name() == *known) {
        return std::move(choice);
      }
    }
  }
  const auto best = fastest(backend.stream(), choices.size(),
                            [&](std::size_t i) { return run(choices[i]) == CUDNN_STATUS_SUCCESS; });
  if (best) {
    backend.plans().keep(plan, choices[*best].name());
  }
  return std::move(choices[best.value_or(0)]);
}

}  // namespace infoplane::cuda
