#pragma once

#include <cudnn.h>

#include <cstddef>

#include "tests/simulated_gpu/arithmetic.h"

// What cuDNN's handles point to.
struct cudnnContext {
  cudaStream_t stream = nullptr;
};

struct cudnnTensorStruct {
  int n = 0, c = 0, h = 0, w = 0;
  infoplane::simulated_gpu::Element element = infoplane::simulated_gpu::Element::kFloat;

  std::size_t count() const { return std::size_t{1} * n * c * h * w; }
};

struct cudnnFilterStruct {
  int k = 0, c = 0, h = 0, w = 0;
  infoplane::simulated_gpu::Element element = infoplane::simulated_gpu::Element::kFloat;

  std::size_t count() const { return std::size_t{1} * k * c * h * w; }
};

struct cudnnConvolutionStruct {
  int pad_h = 0, pad_w = 0, stride_h = 1, stride_w = 1;
  cudnnMathType_t math = CUDNN_DEFAULT_MATH;
};

struct cudnnActivationStruct {
  cudnnActivationMode_t mode = CUDNN_ACTIVATION_IDENTITY;
  cudnnNanPropagation_t nan = CUDNN_NOT_PROPAGATE_NAN;
};
