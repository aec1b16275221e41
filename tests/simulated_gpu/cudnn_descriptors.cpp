// cuDNN's handle and descriptors on the simulated GPU: channels-last, of float32 or bfloat16.
#include <algorithm>
#include <cstdio>

#include "tests/simulated_gpu/cudnn.h"

namespace {

template <class T>
cudnnStatus_t create(T** handle) {
  *handle = new T;
  return CUDNN_STATUS_SUCCESS;
}

template <class T>
cudnnStatus_t destroy(T* handle) {
  delete handle;
  return CUDNN_STATUS_SUCCESS;
}

/// Of images and kernels alike.
cudnnStatus_t check(cudnnTensorFormat_t format, cudnnDataType_t type, int least_extent) {
  if (least_extent < 1) {
    return CUDNN_STATUS_BAD_PARAM;
  }
  return format == CUDNN_TENSOR_NHWC && (type == CUDNN_DATA_FLOAT || type == CUDNN_DATA_BFLOAT16)
             ? CUDNN_STATUS_SUCCESS
             : CUDNN_STATUS_NOT_SUPPORTED;
}

infoplane::simulated_gpu::Element element_of(cudnnDataType_t type) {
  return type == CUDNN_DATA_BFLOAT16 ? infoplane::simulated_gpu::Element::kBf16
                                     : infoplane::simulated_gpu::Element::kFloat;
}

}  // namespace

extern "C" {

const char* cudnnGetErrorString(cudnnStatus_t status) {
  switch (status) {
    case CUDNN_STATUS_SUCCESS: return "CUDNN_STATUS_SUCCESS";
    case CUDNN_STATUS_BAD_PARAM: return "CUDNN_STATUS_BAD_PARAM";
    case CUDNN_STATUS_NOT_SUPPORTED: return "CUDNN_STATUS_NOT_SUPPORTED";
    default: return "another status";
  }
}

void cudnnGetLastErrorString(char* text, std::size_t bytes) {
  std::snprintf(text, bytes, "the simulated cuDNN says so");
}

cudnnStatus_t cudnnGetProperty(libraryPropertyType type, int* value) {
  *value = type == MAJOR_VERSION ? CUDNN_MAJOR : 0;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnCreate(cudnnHandle_t* handle) { return create(handle); }

cudnnStatus_t cudnnDestroy(cudnnHandle_t handle) { return destroy(handle); }

cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream) {
  handle->stream = stream;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t* descriptor) {
  return create(descriptor);
}

cudnnStatus_t cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t descriptor) {
  return destroy(descriptor);
}

cudnnStatus_t cudnnSetTensor4dDescriptor(cudnnTensorDescriptor_t descriptor,
                                         cudnnTensorFormat_t format, cudnnDataType_t type, int n,
                                         int c, int h, int w) {
  *descriptor = {n, c, h, w, element_of(type)};
  return check(format, type, std::min({n, c, h, w}));
}

cudnnStatus_t cudnnCreateFilterDescriptor(cudnnFilterDescriptor_t* descriptor) {
  return create(descriptor);
}

cudnnStatus_t cudnnDestroyFilterDescriptor(cudnnFilterDescriptor_t descriptor) {
  return destroy(descriptor);
}

cudnnStatus_t cudnnSetFilter4dDescriptor(cudnnFilterDescriptor_t descriptor, cudnnDataType_t type,
                                         cudnnTensorFormat_t format, int k, int c, int h, int w) {
  *descriptor = {k, c, h, w, element_of(type)};
  return check(format, type, std::min({k, c, h, w}));
}

cudnnStatus_t cudnnCreateConvolutionDescriptor(cudnnConvolutionDescriptor_t* descriptor) {
  return create(descriptor);
}

cudnnStatus_t cudnnDestroyConvolutionDescriptor(cudnnConvolutionDescriptor_t descriptor) {
  return destroy(descriptor);
}

cudnnStatus_t cudnnSetConvolution2dDescriptor(cudnnConvolutionDescriptor_t descriptor, int pad_h,
                                              int pad_w, int stride_h, int stride_w, int dilation_h,
                                              int dilation_w, cudnnConvolutionMode_t mode,
                                              cudnnDataType_t type) {
  if (std::min(pad_h, pad_w) < 0 || std::min(stride_h, stride_w) < 1) {
    return CUDNN_STATUS_BAD_PARAM;
  }
  *descriptor = {pad_h, pad_w, stride_h, stride_w};
  return dilation_h == 1 && dilation_w == 1 && mode == CUDNN_CROSS_CORRELATION &&
                 type == CUDNN_DATA_FLOAT
             ? CUDNN_STATUS_SUCCESS
             : CUDNN_STATUS_NOT_SUPPORTED;
}

cudnnStatus_t cudnnSetConvolutionMathType(cudnnConvolutionDescriptor_t descriptor,
                                          cudnnMathType_t math) {
  descriptor->math = math;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnCreateActivationDescriptor(cudnnActivationDescriptor_t* descriptor) {
  return create(descriptor);
}

cudnnStatus_t cudnnDestroyActivationDescriptor(cudnnActivationDescriptor_t descriptor) {
  return destroy(descriptor);
}

cudnnStatus_t cudnnSetActivationDescriptor(cudnnActivationDescriptor_t descriptor,
                                           cudnnActivationMode_t mode, cudnnNanPropagation_t nan,
                                           double) {
  *descriptor = {mode, nan};
  return CUDNN_STATUS_SUCCESS;
}

}  // extern "C"
