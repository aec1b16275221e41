#pragma once

// Copies from global to shared memory that the hardware carries out beside the threads, and the
// barriers in shared memory that say when bytes have come or threads have passed (Hopper and
// later). The host, where the tests run kernels, has plain twins.

#include <cstdint>

#if defined(__CUDACC__)
#include <cuda/ptx>
#else
#include <cstring>
#endif

namespace infoplane::cuda {

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 900
constexpr bool kHasBulkCopies = false;
#else
constexpr bool kHasBulkCopies = true;
#endif

/// What both ends of a bulk copy, and its size, must be a multiple of.
constexpr std::int64_t kBulkAlignment = 16;

#if defined(__CUDACC__)

/// A barrier's phase ends when as many threads have arrived as it was made for, and as many bytes
/// come as they announced; then the next one begins. Phases are numbered from 0.
class PhaseBarrier {
 public:
  /// By one thread; the others may use it after __syncthreads().
  __device__ void init(unsigned threads) {
    ::cuda::ptx::mbarrier_init(&word_, threads);
    ::cuda::ptx::fence_mbarrier_init(::cuda::ptx::sem_release, ::cuda::ptx::scope_cluster);
  }
  __device__ void arrive() { ::cuda::ptx::mbarrier_arrive(&word_); }
  /// Arrives, and announces bytes that copy() will bring.
  __device__ void arrive_and_expect(unsigned bytes) {
    ::cuda::ptx::mbarrier_arrive_expect_tx(::cuda::ptx::sem_release, ::cuda::ptx::scope_cta,
                                           ::cuda::ptx::space_shared, &word_, bytes);
  }
  /// Starts a copy to shared memory; addresses and `bytes` are multiples of kBulkAlignment.
  __device__ void copy(void* shared, const void* global, unsigned bytes) {
    ::cuda::ptx::cp_async_bulk(::cuda::ptx::space_cluster, ::cuda::ptx::space_global, shared,
                               global, bytes, &word_);
  }
  /// Returns when the phase is over. No thread may be two phases behind.
  __device__ void wait(int phase) {
    while (!::cuda::ptx::mbarrier_try_wait_parity(&word_, static_cast<unsigned>(phase & 1))) {
    }
  }

 private:
  std::uint64_t word_;
};

#else

class PhaseBarrier {
 public:
  void init(unsigned threads) {
    threads_ = threads;
    missing_ = threads;
    bytes_ = 0;
    parity_ = 0;
  }
  void arrive() {
    --missing_;
    end_phase_if_complete();
  }
  void arrive_and_expect(unsigned bytes) {
    bytes_ += bytes;
    arrive();
  }
  void copy(void* shared, const void* global, unsigned bytes) {
    std::memcpy(shared, global, bytes);
    bytes_ -= bytes;
    end_phase_if_complete();
  }
  void wait(int phase) {
    while (parity_ == static_cast<unsigned>(phase & 1)) {
      __nanosleep(0);
    }
  }

 private:
  void end_phase_if_complete() {
    if (missing_ == 0 && bytes_ == 0) {
      missing_ = threads_;
      parity_ ^= 1u;
    }
  }

  unsigned threads_;
  unsigned missing_;
  unsigned bytes_;
  unsigned parity_;  ///< of the phase that has not ended yet
};

#endif

}  // namespace infoplane::cuda
