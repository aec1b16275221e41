#pragma once

// A GPU in software, so that all of cuda/, compiled for the host, runs where there is no GPU, under
// AddressSanitizer and UBSan. Of the CUDA runtime, cuBLASLt and cuDNN it has what cuda/ calls, and
// is as strict as their documentation:
//
// - Work is enqueued and runs when something waits for it, and no sooner. What the host reads
//   without waiting is what was there before.
// - Device memory is out of the host's reach: to touch it outside of enqueued work ends the
// program.
//   It begins as NaNs (its first and last MiB), and each piece has walls around it.
// - Page-locked memory is read and written when a copy runs, other host memory when it is enqueued.
// - While a stream captures, calls that CUDA forbids fail and end the capture.
//
// Its clock counts what each piece of work is said to take. How fast it is says nothing about a
// GPU, and its libraries round as they like within what their precision allows.

#include <cuda_runtime_api.h>

#include <cstddef>
#include <functional>

namespace infoplane::simulated_gpu {

using Work = std::function<void()>;

/// Notes `status` as the thread's last error, and returns it.
cudaError_t fail(cudaError_t status);

/// Whether all of the bytes lie in one live piece of device memory.
bool on_device(const void* pointer, std::size_t bytes);

/// Appends to the stream, or to what it captures, work that takes so long by the GPU's clock.
cudaError_t enqueue(cudaStream_t stream, Work work, double microseconds = 1.0);

/// Appends a kernel: `body` is what each thread runs.
cudaError_t launch(const void* kernel, const cudaLaunchConfig_t& config, Work body);

/// What the kernel may use of dynamic shared memory, and what limits its blocks.
cudaError_t attributes_of(const void* kernel, cudaFuncAttributes* attributes);
cudaError_t set_attribute(const void* kernel, cudaFuncAttribute attribute, int value);
cudaError_t resident_blocks(int* blocks, int threads, std::size_t shared_bytes);

}  // namespace infoplane::simulated_gpu
