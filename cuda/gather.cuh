#pragma once

#include "cuda/grid.cuh"

namespace infoplane::cuda {

/// The index of the first row; `first` may be null.
__device__ inline const std::int32_t* indices_from(const std::int32_t* indices,
                                                   const std::int64_t* first) {
  return indices + (first == nullptr ? 0 : *first);
}

/// x[m, k'] = scale * images[indices[m], k]. An image's row is [channels, pixels] as data
/// sets store it, x's row [pixels, channels]; with one channel they agree. Rows along the grid's y.
template <class Pixel>
__global__ void __launch_bounds__(kBlockThreads)
    gather_images_kernel(std::int64_t rows, std::uint32_t channels, std::uint32_t pixels,
                         const Pixel* images, const std::int32_t* indices,
                         const std::int64_t* first, float scale, float* x) {
  indices = indices_from(indices, first);
  const std::uint32_t image_size = channels * pixels;
  for (std::int64_t m = blockIdx.y; m < rows; m += gridDim.y) {
    const Pixel* image = images + static_cast<std::int64_t>(indices[m]) * image_size;
    for (std::int64_t k = grid_thread(); k < image_size; k += grid_threads()) {
      const std::uint32_t pixel = static_cast<std::uint32_t>(k) / channels;
      const std::uint32_t channel = static_cast<std::uint32_t>(k) % channels;
      x[m * image_size + k] = scale * static_cast<float>(image[channel * pixels + pixel]);
    }
  }
}

__global__ void __launch_bounds__(kBlockThreads)
    gather_labels_kernel(std::int64_t rows, const std::int32_t* labels, const std::int32_t* indices,
                         const std::int64_t* first, std::int32_t* out) {
  indices = indices_from(indices, first);
  for (std::int64_t m = grid_thread(); m < rows; m += grid_threads()) {
    out[m] = labels[indices[m]];
  }
}

}  // namespace infoplane::cuda
