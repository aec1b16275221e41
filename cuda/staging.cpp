#include "cuda/staging.h"

#include <algorithm>
#include <cstring>

#include "cuda/check.h"

namespace infoplane::cuda {

Staging::Staging() {
  for (Piece& piece : pieces_) {
    void* memory = nullptr;
    INFOPLANE_CUDA_CHECK(cudaMallocHost(&memory, kPieceBytes));
    piece.memory.reset(memory);
    cudaEvent_t sent = nullptr;
    INFOPLANE_CUDA_CHECK(cudaEventCreateWithFlags(&sent, cudaEventDisableTiming));
    piece.sent.reset(sent);
  }
}

void Staging::copy(void* to, const void* host, std::size_t bytes, cudaStream_t stream) {
  auto* target = static_cast<std::byte*>(to);
  const auto* source = static_cast<const std::byte*>(host);
  while (bytes > 0) {
    Piece& piece = pieces_[next_];
    next_ = (next_ + 1) % pieces_.size();
    const std::size_t part = std::min(bytes, kPieceBytes);
    INFOPLANE_CUDA_CHECK(cudaEventSynchronize(piece.sent.get()));  // at once if never recorded
    std::memcpy(piece.memory.get(), source, part);
    INFOPLANE_CUDA_CHECK(
        cudaMemcpyAsync(target, piece.memory.get(), part, cudaMemcpyHostToDevice, stream));
    INFOPLANE_CUDA_CHECK(cudaEventRecord(piece.sent.get(), stream));
    target += part;
    source += part;
    bytes -= part;
  }
}

}  // namespace infoplane::cuda
