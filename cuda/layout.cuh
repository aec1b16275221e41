#pragma once

#include "cuda/grid.cuh"

namespace infoplane::cuda {

/// Side of the tiles that transpose_kernel moves.
constexpr int kTile = 32;

// Transposes each of `images` matrices: in [rows, columns], out [columns, rows].
//
// Grid     tiles of one image along x, images along y in strides
// Shared   one tile of 32 x 32 floats, its rows a word longer so that columns miss no bank: 4.1 KB
// Traffic  each element read and written once, both ways in runs of up to 32 addresses
// Why      read or written straight through, one side of the transpose would touch a sector a word
// Exact    it moves words
__global__ void __launch_bounds__(kBlockThreads)
    transpose_kernel(std::int64_t images, int rows, int columns, const float* in, float* out) {
  __shared__ float tile[kTile][kTile + 1];
  constexpr int kSteps = kBlockThreads / kTile;
  const int lane = static_cast<int>(threadIdx.x) % kTile;
  const int first = static_cast<int>(threadIdx.x) / kTile;
  const int tiles_across = (columns + kTile - 1) / kTile;
  const int tile_row = static_cast<int>(blockIdx.x) / tiles_across * kTile;
  const int tile_column = static_cast<int>(blockIdx.x) % tiles_across * kTile;
  for (std::int64_t n = blockIdx.y; n < images; n += gridDim.y) {
    const std::int64_t base = n * (std::int64_t{rows} * columns);
    for (int k = first; k < kTile; k += kSteps) {
      if (tile_row + k < rows && tile_column + lane < columns) {
        tile[k][lane] = in[base + (tile_row + k) * columns + tile_column + lane];
      }
    }
    __syncthreads();
    for (int k = first; k < kTile; k += kSteps) {
      if (tile_column + k < columns && tile_row + lane < rows) {
        out[base + (tile_column + k) * rows + tile_row + lane] = tile[lane][k];
      }
    }
    __syncthreads();
  }
}

}  // namespace infoplane::cuda
