#pragma once

#include "core/rng.h"
#include "cuda/grid.cuh"

namespace infoplane::cuda {

/// What one call of dropout draws and does with it.
struct DropoutDraw {
  RandomState state;
  std::uint32_t stream;     ///< kDropoutStream + the layer's
  std::uint32_t threshold;  ///< words below it drop their unit
  float scale;              ///< 1 / (1 - p)

  /// Reads the step: once a thread is enough.
  __device__ RandomStream random() const { return state.of(stream); }

  __device__ float apply(std::uint32_t word, float x) const {
    return keeps(word, threshold) ? x * scale : 0.0f;
  }
};

// Dropout of `size` elements.
//
// Grid     a thread a Philox block, that is four elements, in strides
// Shared   none
// Traffic  each element read and written once; no mask
// Why      ten rounds of Philox give four words, and a thread uses all of them
// Exact    word i belongs to element i, whoever computes it
__global__ void __launch_bounds__(kBlockThreads)
    dropout_kernel(DropoutDraw draw, std::int64_t size, const float* x, float* y) {
  constexpr int kWords = 4;
  const RandomStream random = draw.random();
  const std::int64_t philox_blocks = (size + kWords - 1) / kWords;
  for (std::int64_t block = grid_thread(); block < philox_blocks; block += grid_threads()) {
    const PhiloxWords words = random.block(static_cast<std::uint64_t>(block));
    for (int k = 0; k < kWords; ++k) {
      const std::int64_t i = block * kWords + k;
      if (i < size) {
        y[i] = draw.apply(words.word[k], x[i]);
      }
    }
  }
}

/// Dropout of whole channels: image n's channel c has word n C + c. x, y [images, pixels,
/// channels]; images along the grid's y.
__global__ void __launch_bounds__(kBlockThreads)
    dropout_channels_kernel(DropoutDraw draw, std::int64_t images, std::uint32_t pixels,
                            std::uint32_t channels, const float* x, float* y) {
  const RandomStream random = draw.random();
  const std::uint32_t image_size = pixels * channels;
  for (std::int64_t n = blockIdx.y; n < images; n += gridDim.y) {
    for (std::int64_t k = grid_thread(); k < image_size; k += grid_threads()) {
      const std::uint32_t channel = static_cast<std::uint32_t>(k) % channels;
      const std::int64_t i = n * image_size + k;
      y[i] = draw.apply(random.word(static_cast<std::uint64_t>(n * channels + channel)), x[i]);
    }
  }
}

}  // namespace infoplane::cuda
