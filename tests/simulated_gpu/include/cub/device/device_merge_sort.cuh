#pragma once

// What cuda/ uses of CUB, on the simulated GPU.

#include <algorithm>
#include <cstddef>

#include "tests/simulated_gpu/runtime.h"

namespace cub {

struct DeviceMergeSort {
  template <class Key, class Offset, class Order>
  static cudaError_t SortKeys(void* temporary, std::size_t& temporary_bytes, Key* keys,
                              Offset count, Order order, cudaStream_t stream) {
    const std::size_t needed = static_cast<std::size_t>(count) * sizeof(Key);
    if (temporary == nullptr) {
      temporary_bytes = needed;
      return cudaSuccess;
    }
    namespace gpu = infoplane::simulated_gpu;
    if (temporary_bytes < needed || !gpu::on_device(temporary, needed) ||
        !gpu::on_device(keys, needed)) {
      return gpu::fail(cudaErrorInvalidValue);
    }
    return gpu::enqueue(stream, [=] {
      std::fill_n(static_cast<std::byte*>(temporary), needed, std::byte{0xA5});
      std::sort(keys, keys + count, order);
    });
  }
};

}  // namespace cub
