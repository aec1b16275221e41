#pragma once

// The host device's own view of its backend.

#include <vector>

#include "core/context.h"
#include "cpu/bf16_product.h"
#include "cpu/onednn.h"
#include "cpu/thread_pins.h"

namespace infoplane::cpu {

/// Host memory and threads, with oneDNN's engine and stream.
class HostBackend : public Backend {
 public:
  /// Thread i stays on processors[i]; none: threads run where the system puts them.
  HostBackend(int threads, std::vector<int> processors, Precision precision = Precision::kFp32);

  void deallocate(void* pointer) noexcept override;
  void copy_from_host(void* to, const void* host, std::size_t bytes) override;
  void copy(void* to, const void* from, std::size_t bytes) override;
  void fill_zero(void* pointer, std::size_t bytes) override;
  std::string describe() const override;
  Numerics numerics() const override { return {precision_, Determinism::kBitwise}; }

  int threads() const { return threads_; }
  const ThreadPins& pins() const { return pins_; }
  dnnl::engine& engine() { return engine_; }
  dnnl::stream& stream() { return stream_; }
  Bf16Products& bf16_products() { return bf16_products_; }

 private:
  void* do_allocate(std::size_t bytes) override;
  void do_copy_to_host_sync(void* host, const void* from, std::size_t bytes) override;
  void do_synchronize() override;

  int threads_;
  ThreadPins pins_;
  Precision precision_;
  dnnl::engine engine_;
  dnnl::stream stream_;
  Bf16Products bf16_products_;
};

/// ctx's backend as what it is on Device::kCpu.
inline HostBackend& host(Context& ctx) { return static_cast<HostBackend&>(ctx.backend()); }

}  // namespace infoplane::cpu
