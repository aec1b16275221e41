#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "core/device.h"

namespace infoplane {

/// What a device must offer before it can run ops: memory, copies and waiting.
///
/// cpu/ and cuda/ implement it and keep their library handles in the implementation. Everything
/// enqueues on the backend's one stream, except what says `sync` in its name.
class Backend {
 public:
  virtual ~Backend() = default;

  /// Uninitialised memory, aligned to 64 bytes or more. Throws DeviceError when there is none.
  void* allocate(std::size_t bytes) {
    ++allocations_;
    return do_allocate(bytes);
  }
  /// Calls of allocate() so far: a training loop must not add to them.
  std::int64_t allocations() const { return allocations_; }
  virtual void deallocate(void* pointer) noexcept = 0;

  virtual void copy_from_host(void* to, const void* host, std::size_t bytes) = 0;
  virtual void copy_to_host_sync(void* host, const void* from, std::size_t bytes) = 0;
  virtual void copy(void* to, const void* from, std::size_t bytes) = 0;
  virtual void fill_zero(void* pointer, std::size_t bytes) = 0;
  virtual void synchronize() = 0;

  /// The device by its marketing name, for run.json and `infoplane doctor`.
  virtual std::string describe() const = 0;

 private:
  virtual void* do_allocate(std::size_t bytes) = 0;

  std::int64_t allocations_ = 0;
};

/// Which random numbers an op draws. With the op's own stream id it makes a Philox counter, so a
/// step's draws depend on nothing that happened before it.
struct RandomState {
  std::uint64_t seed = 0;
  std::uint64_t step = 0;
};

/// Everything an op needs besides its tensors. Ops take it first. Move-only; not thread-safe.
class Context {
 public:
  Context(Device device, std::shared_ptr<Backend> backend)
      : device_(device), backend_(std::move(backend)) {}
  Context(Context&&) = default;
  Context& operator=(Context&&) = delete;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context();

  Device device() const { return device_; }
  Backend& backend() const { return *backend_; }
  const std::shared_ptr<Backend>& shared_backend() const { return backend_; }

  RandomState& random() { return random_; }

  /// Scratch memory for one op's own use, valid until the next call. Grows when a larger piece is
  /// asked for and never shrinks: planning an op asks once, so that running it does not allocate.
  void* scratch(std::size_t bytes);

  /// Waits for everything enqueued so far.
  void synchronize() { backend_->synchronize(); }

 private:
  Device device_;
  std::shared_ptr<Backend> backend_;
  RandomState random_;
  void* scratch_ = nullptr;
  std::size_t scratch_bytes_ = 0;
};

}  // namespace infoplane
