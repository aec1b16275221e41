#pragma once

#include <cstdint>

namespace infoplane::cpu {

/// The vector kernels of cpu/direct_convolution.cpp, direct_pass.cpp and winograd_pass.cpp.
///
/// Images lie in lanes: element e of image i of a group of kLaneImages is at [e * kLaneImages + i].
/// So a weight meets a vector whatever the number of channels, and the taps of a window that fall
/// off the image cost nothing.
constexpr std::int64_t kLaneImages = 32;

/// Output channels that a register tile has room for, at most.
constexpr int kMostOutputs = 14;
/// Vectors of a kernel row's elements that a register tile has room for, at most, and their floats.
constexpr int kMostVectors = 4;
constexpr int kVectorFloats = 16;
/// Output channels beside so many vectors, at most: their products fill the registers.
constexpr int most_outputs(int vectors) { return vectors == 1 ? kMostOutputs : 24 / vectors; }

/// What one output pixel sees of a group of images: `rows` runs of `run` elements in x, and as many
/// weights [run, outputs] for each. A run is the kernel's columns on the image by the channels.
struct PixelTaps {
  const float* x;
  const float* w;
  std::int64_t rows, run;
  std::int64_t x_row, w_row;  ///< floats from a run to the next
};
/// y [outputs, kLaneImages] = bias [outputs] + the sum over the taps.
using PixelKernel = void (*)(const PixelTaps& taps, const float* bias, float* y);

/// A tile of the gradient of one kernel row, dw [outputs, elements of that row], and the pixels
/// that it is summed over. Steps are in floats.
struct WeightsTile {
  const float* x;   ///< what the first pixel's first element was multiplied with
  const float* dy;  ///< the first pixel's first output channel
  float* dw;
  std::int64_t images, rows, columns;  ///< of dy
  std::int64_t x_image, x_row, x_column;
  std::int64_t dy_image, dy_row, dy_column;
  std::int64_t dw_output;  ///< from an output channel to the next
  int last_vector;         ///< elements in the tile's last vector, 1 to kVectorFloats
};
/// dw += sums of dy x.
using WeightsKernel = void (*)(const WeightsTile& tile);

/// F(2x2, 3x3) takes tiles of 4 x 4 pixels, row-major, to as many products.
constexpr int kTilePixels = 16;

struct ConvolutionKernels {
  /// Takes `images` rows of `size` floats, `step` apart, into lanes; what is left of the lanes
  /// is zero.
  void (*to_lanes)(const float* x, std::int64_t step, std::int64_t images, std::int64_t size,
                   float* lanes);
  /// The way back, where what is smaller than `least` becomes that: 0 for a ReLU, else -infinity.
  void (*from_lanes)(const float* lanes, std::int64_t images, std::int64_t size, float* y,
                     std::int64_t step, float least);
  /// v = Bt x B: x points to a tile's pixels [channels, kLaneImages]; those of v are v_step apart.
  void (*winograd_input)(const float* const (&x)[kTilePixels], std::int64_t channels, float* v,
                         std::int64_t v_step);
  /// y = bias + At m A: y points to a tile's 2 x 2 pixels [channels, kLaneImages], or nowhere.
  void (*winograd_output)(const float* m, std::int64_t m_step, std::int64_t channels,
                          const float* bias, float* const (&y)[4]);
  PixelKernel pixel[kMostOutputs + 1];                        ///< by outputs; [0] is empty
  WeightsKernel weights[kMostVectors + 1][kMostOutputs + 1];  ///< by vectors and outputs
};

/// Null where the compiler has no AVX-512.
const ConvolutionKernels* convolution_kernels_avx512();

}  // namespace infoplane::cpu
