#pragma once

// The loops behind the simulated cuBLASLt and cuDNN. Their arrays have been checked; they are
// compiled without sanitizers, and optimised, or the tests would take hours.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace infoplane::simulated_gpu {

/// How operands are rounded before they are multiplied; sums are float32's.
enum class Rounding { kNone, kTf32 };

/// What an array on the GPU holds.
enum class Element { kFloat, kBf16 };

inline std::size_t bytes_of(Element element, std::size_t count) {
  return count * (element == Element::kFloat ? sizeof(float) : 2);
}

/// Copies `count` elements, rounded to nearest, ties to even.
std::vector<float> read(const void* values, Element element, std::size_t count, Rounding rounding);
/// The other way, with the rounding of kBf16.
void write(const std::vector<float>& values, Element element, void* to);

/// d = op(a) op(b) + beta d; op(a) [m, k], op(b) [k, n], d [m, n], column by column without gaps.
void multiply(std::int64_t m, std::int64_t n, std::int64_t k, const float* a, bool a_transposed,
              const float* b, bool b_transposed, float beta, float* d);

/// values [rows, columns] += bias [columns], unless it is null; with `relu` what is not positive
/// then becomes 0.
void add_bias_and_relu(std::int64_t rows, std::int64_t columns, const float* bias, bool relu,
                       float* values);

/// A convolution of x [n, h, w, c] with k kernels [k, r, s, c] into y [n, p, q, k], all without
/// gaps.
struct ConvolutionShape {
  int n, h, w, c, k, r, s, p, q;
  int pad_h, pad_w, stride_h, stride_w;
};

void convolve(const ConvolutionShape& shape, const float* x, const float* w, float* y);
void convolve_backward_data(const ConvolutionShape& shape, const float* w, const float* dy,
                            float* dx);
/// dw += ...
void convolve_backward_filter(const ConvolutionShape& shape, const float* x, const float* dy,
                              float* dw);

}  // namespace infoplane::simulated_gpu
