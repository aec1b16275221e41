#pragma once

// oneDNN, whichever of its APIs is there: all that versions 2 and 3 spell differently stands here.

#include <oneapi/dnnl/dnnl.hpp>

namespace infoplane::cpu {

/// The set of instructions that a oneDNN says it is held to when it does not look.
#if DNNL_VERSION_MAJOR >= 3
constexpr dnnl::cpu_isa kAnyIsa = dnnl::cpu_isa::isa_default;
#else
constexpr dnnl::cpu_isa kAnyIsa = dnnl::cpu_isa::all;
#endif

/// How `Primitive` is computed for `parameters`, as its constructor takes them. Version 2 collects
/// them in an operation descriptor, which version 3 no longer has.
template <class Primitive, class... Parameters>
typename Primitive::primitive_desc describe_primitive(const dnnl::engine& engine,
                                                      const dnnl::primitive_attr& attributes,
                                                      const Parameters&... parameters) {
#if DNNL_VERSION_MAJOR >= 3
  return {engine, parameters..., attributes};
#else
  return {typename Primitive::desc(parameters...), attributes, engine};
#endif
}

/// The same for a backward pass, which follows how `forward` is computed.
template <class Primitive, class Forward, class... Parameters>
typename Primitive::primitive_desc describe_backward(const dnnl::engine& engine,
                                                     const dnnl::primitive_attr& attributes,
                                                     const Forward& forward,
                                                     const Parameters&... parameters) {
#if DNNL_VERSION_MAJOR >= 3
  return {engine, parameters..., forward, attributes};
#else
  return {typename Primitive::desc(parameters...), attributes, engine, forward};
#endif
}

}  // namespace infoplane::cpu
