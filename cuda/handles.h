#pragma once

// Owners of what the CUDA libraries create. Destroyers ignore errors: they run in destructors, and
// a failed device has been reported by then.

#include <cublasLt.h>
#include <cuda_runtime_api.h>
#include <cudnn.h>

#include <memory>
#include <type_traits>

namespace infoplane::cuda {

/// Calls a library's own destroy function on its handle.
template <auto kDestroy>
struct Destroyer {
  template <class T>
  void operator()(T* handle) const noexcept {
    kDestroy(handle);
  }
};

/// unique_ptr for a library's handle, which is a pointer to a type it does not show.
template <class Handle, auto kDestroy>
using Owned = std::unique_ptr<std::remove_pointer_t<Handle>, Destroyer<kDestroy>>;

using Stream = Owned<cudaStream_t, cudaStreamDestroy>;
using Event = Owned<cudaEvent_t, cudaEventDestroy>;
using Graph = Owned<cudaGraph_t, cudaGraphDestroy>;
using GraphExec = Owned<cudaGraphExec_t, cudaGraphExecDestroy>;
using CublasLtHandle = Owned<cublasLtHandle_t, cublasLtDestroy>;
using MatmulDescriptor = Owned<cublasLtMatmulDesc_t, cublasLtMatmulDescDestroy>;
using MatmulPreference = Owned<cublasLtMatmulPreference_t, cublasLtMatmulPreferenceDestroy>;
using MatrixLayout = Owned<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy>;
using CudnnHandle = Owned<cudnnHandle_t, cudnnDestroy>;
using TensorDescriptor = Owned<cudnnTensorDescriptor_t, cudnnDestroyTensorDescriptor>;
using ActivationDescriptor = Owned<cudnnActivationDescriptor_t, cudnnDestroyActivationDescriptor>;
using FilterDescriptor = Owned<cudnnFilterDescriptor_t, cudnnDestroyFilterDescriptor>;
using ConvolutionDescriptor =
    Owned<cudnnConvolutionDescriptor_t, cudnnDestroyConvolutionDescriptor>;

/// Memory on the GPU outside of any tensor.
using DeviceMemory = std::unique_ptr<void, Destroyer<cudaFree>>;

/// Page-locked host memory, which the copy engine reads without the processor.
using PinnedMemory = std::unique_ptr<void, Destroyer<cudaFreeHost>>;

}  // namespace infoplane::cuda
