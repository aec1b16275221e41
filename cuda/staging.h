#pragma once

#include <cuda_runtime_api.h>

#include <array>
#include <cstddef>

#include "cuda/handles.h"

namespace infoplane::cuda {

/// A ring of page-locked pieces that copies from the host pass through.
///
/// What is copied may be reused or freed as soon as copy() returns, whatever kind of memory it is;
/// the transfer itself runs on the stream. The host waits only for a piece still in flight.
class Staging {
 public:
  /// Throws DeviceError when no page-locked memory can be had.
  Staging();

  /// Enqueues on `stream` a copy of `bytes` from host memory to device memory.
  void copy(void* to, const void* host, std::size_t bytes, cudaStream_t stream);

 private:
  static constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

  struct Piece {
    PinnedMemory memory;
    Event sent;
  };
  std::array<Piece, 4> pieces_;
  std::size_t next_ = 0;
};

}  // namespace infoplane::cuda
