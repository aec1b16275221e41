#pragma once

// What cuda/ uses of CUB, on the simulated GPU.

#include <algorithm>
#include <cstddef>

#include "tests/simulated_gpu/runtime.h"

namespace cub {

struct DeviceSelect {
  template <class Item, class Count, class Predicate>
  static cudaError_t If(void* temporary, std::size_t& temporary_bytes, const Item* from, Item* to,
                        Count* selected, Count count, Predicate takes, cudaStream_t stream) {
    constexpr std::size_t kNeeded = 1000;
    if (temporary == nullptr) {
      temporary_bytes = kNeeded;
      return cudaSuccess;
    }
    namespace gpu = infoplane::simulated_gpu;
    if (temporary_bytes < kNeeded || !gpu::on_device(temporary, kNeeded) ||
        !gpu::on_device(from, static_cast<std::size_t>(count) * sizeof(Item)) ||
        !gpu::on_device(selected, sizeof(Count))) {
      return gpu::fail(cudaErrorInvalidValue);
    }
    return gpu::enqueue(stream, [=] {
      std::fill_n(static_cast<std::byte*>(temporary), kNeeded, std::byte{0xA5});
      *selected = std::copy_if(from, from + count, to, takes) - to;
    });
  }
};

}  // namespace cub
