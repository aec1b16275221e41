#pragma once

#include "core/geometry.h"
#include "core/shape.h"
#include "cuda/grid.cuh"

namespace infoplane::cuda {

/// A pooling's sizes as 32-bit numbers, which the GPU divides several times faster than 64-bit
/// ones.
struct PoolGeometry {
  std::int64_t images;
  std::int32_t channels, in_h, in_w, out_h, out_w;
  std::int32_t kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w;
};

/// x [N, C, H, W], y [N, C, OH, OW].
inline PoolGeometry pool_geometry(const Window& window, const Shape& x, const Shape& y) {
  const auto narrow = [](std::int64_t value) { return static_cast<std::int32_t>(value); };
  return {x[0],
          narrow(x[1]),
          narrow(x[2]),
          narrow(x[3]),
          narrow(y[2]),
          narrow(y[3]),
          narrow(window.kernel_h),
          narrow(window.kernel_w),
          narrow(window.stride_h),
          narrow(window.stride_w),
          narrow(window.pad_h),
          narrow(window.pad_w)};
}

/// Where an element of one channels-last image stands.
struct PixelOf {
  std::int32_t row, column, channel;
};

__device__ inline PixelOf pixel_of(std::int64_t index, std::int32_t width, std::int32_t channels) {
  const auto i = static_cast<std::uint32_t>(index);
  const std::uint32_t pixel = i / static_cast<std::uint32_t>(channels);
  return {static_cast<std::int32_t>(pixel / static_cast<std::uint32_t>(width)),
          static_cast<std::int32_t>(pixel % static_cast<std::uint32_t>(width)),
          static_cast<std::int32_t>(i % static_cast<std::uint32_t>(channels))};
}

// Max-pooling. x [N, H, W, C], y [N, OH, OW, C] in memory.
//
// Grid     a thread an output along x, images along y, both in strides
// Shared   none
// Traffic  x from DRAM about once, overlapping windows meet in the cache; y and argmax written once
// Why      neighbouring threads have neighbouring channels: every access is a run of addresses
// Exact    row by row, the first of the largest; a NaN wins, so that a diverged network shows
__global__ void __launch_bounds__(kBlockThreads)
    max_pool_forward_kernel(PoolGeometry pool, const float* x, float* y, std::uint8_t* argmax) {
  const std::int64_t in_size = std::int64_t{pool.in_h} * pool.in_w * pool.channels;
  const std::int64_t out_size = std::int64_t{pool.out_h} * pool.out_w * pool.channels;
  for (std::int64_t n = blockIdx.y; n < pool.images; n += gridDim.y) {
    for (std::int64_t i = grid_thread(); i < out_size; i += grid_threads()) {
      const PixelOf out = pixel_of(i, pool.out_w, pool.channels);
      float best = 0.0f;
      int winner = -1;
      for (int kh = 0; kh < pool.kernel_h; ++kh) {
        const int row = out.row * pool.stride_h - pool.pad_h + kh;
        for (int kw = 0; kw < pool.kernel_w; ++kw) {
          const int column = out.column * pool.stride_w - pool.pad_w + kw;
          if (row < 0 || row >= pool.in_h || column < 0 || column >= pool.in_w) {
            continue;
          }
          const float value =
              x[n * in_size + (std::int64_t{row} * pool.in_w + column) * pool.channels +
                out.channel];
          if (winner < 0 || (!(value <= best) && best == best)) {
            best = value;
            winner = kh * pool.kernel_w + kw;
          }
        }
      }
      y[n * out_size + i] = best;
      if (argmax != nullptr) {
        argmax[n * out_size + i] = static_cast<std::uint8_t>(winner);
      }
    }
  }
}

// Its gradient: each input looks up the windows that it lies in and takes the dy of those it won.
//
// Grid     a thread an input along x, images along y, both in strides
// Shared   none
// Traffic  dy and argmax about once, dx written once and never read
// Why      gathering needs no atomics and no zeroed dx
// Exact    the windows are added row by row
__global__ void __launch_bounds__(kBlockThreads)
    max_pool_backward_kernel(PoolGeometry pool, const float* dy, const std::uint8_t* argmax,
                             float* dx) {
  const std::int64_t in_size = std::int64_t{pool.in_h} * pool.in_w * pool.channels;
  const std::int64_t out_size = std::int64_t{pool.out_h} * pool.out_w * pool.channels;
  for (std::int64_t n = blockIdx.y; n < pool.images; n += gridDim.y) {
    for (std::int64_t i = grid_thread(); i < in_size; i += grid_threads()) {
      const PixelOf in = pixel_of(i, pool.in_w, pool.channels);
      const int from_top = in.row + pool.pad_h;  // of the padded image
      const int from_left = in.column + pool.pad_w;
      const int first_row =
          from_top < pool.kernel_h ? 0 : (from_top - pool.kernel_h) / pool.stride_h + 1;
      const int first_column =
          from_left < pool.kernel_w ? 0 : (from_left - pool.kernel_w) / pool.stride_w + 1;
      float sum = 0.0f;
      for (int row = first_row; row < pool.out_h && row * pool.stride_h <= from_top; ++row) {
        for (int column = first_column; column < pool.out_w && column * pool.stride_w <= from_left;
             ++column) {
          const int element =
              (from_top - row * pool.stride_h) * pool.kernel_w + from_left - column * pool.stride_w;
          const std::int64_t window =
              n * out_size + (std::int64_t{row} * pool.out_w + column) * pool.channels + in.channel;
          if (argmax[window] == element) {
            sum += dy[window];
          }
        }
      }
      dx[n * in_size + i] = sum;
    }
  }
}

}  // namespace infoplane::cuda
