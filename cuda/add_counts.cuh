#pragma once

#include <cstdint>

#include "cuda/grid.cuh"

namespace infoplane::cuda {

// to += from, word for word: counts or tallies.
//
// Grid     a thread a word, in strides; as many blocks as fill the GPU
// Shared   none
// Traffic  both arrays read, one written
// Why      neighbouring threads take neighbouring words; nothing is shared
// Exact    integer sums
template <class Word>
__global__ void __launch_bounds__(kBlockThreads)
    add_words_kernel(std::int64_t size, const Word* from, Word* to) {
  for (std::int64_t i = grid_thread(); i < size; i += grid_threads()) {
    to[i] += from[i];
  }
}

}  // namespace infoplane::cuda
