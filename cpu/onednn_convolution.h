#pragma once

// The part of planning a convolution that oneDNN 2.x and 3.x spell differently.

#include <oneapi/dnnl/dnnl.hpp>

namespace infoplane::cpu {

/// Memory and window of a convolution, in oneDNN's words.
struct ConvolutionDescription {
  dnnl::memory::desc x, w, b, y;
  dnnl::memory::dims strides, padding;
};

inline dnnl::convolution_forward::primitive_desc describe_forward(
    const ConvolutionDescription& d, const dnnl::primitive_attr& attributes,
    const dnnl::engine& engine) {
  constexpr auto kKind = dnnl::prop_kind::forward_training;
  constexpr auto kAlgorithm = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return {engine, kKind,     kAlgorithm, d.x,       d.w,       d.b,
          d.y,    d.strides, d.padding,  d.padding, attributes};
#else
  return {
      {kKind, kAlgorithm, d.x, d.w, d.b, d.y, d.strides, d.padding, d.padding}, attributes, engine};
#endif
}

inline dnnl::convolution_backward_data::primitive_desc describe_backward_data(
    const ConvolutionDescription& d, const dnnl::primitive_attr& attributes,
    const dnnl::engine& engine, const dnnl::convolution_forward::primitive_desc& forward) {
  constexpr auto kAlgorithm = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return {engine, kAlgorithm, d.x, d.w, d.y, d.strides, d.padding, d.padding, forward, attributes};
#else
  return {
      {kAlgorithm, d.x, d.w, d.y, d.strides, d.padding, d.padding}, attributes, engine, forward};
#endif
}

inline dnnl::convolution_backward_weights::primitive_desc describe_backward_weights(
    const ConvolutionDescription& d, const dnnl::primitive_attr& attributes,
    const dnnl::engine& engine, const dnnl::convolution_forward::primitive_desc& forward) {
  constexpr auto kAlgorithm = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return {engine, kAlgorithm, d.x, d.w, d.y, d.strides, d.padding, d.padding, forward, attributes};
#else
  return {
      {kAlgorithm, d.x, d.w, d.y, d.strides, d.padding, d.padding}, attributes, engine, forward};
#endif
}

}  // namespace infoplane::cpu
