#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "core/device.h"
#include "core/numerics.h"
#include "core/rng.h"

namespace infoplane {

/// Work that a backend keeps, to enqueue it again as one.
class Recording {
 public:
  virtual ~Recording() = default;

  /// Throws NotRecorded, with nothing enqueued, when the device refuses.
  virtual void replay() = 0;
};

/// How much a device wants at once, so as not to wait for the host.
struct Batching {
  std::int64_t replays = 1;   ///< of a recording
  std::int64_t images = 256;  ///< of a forward pass
};

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

  /// Enqueues it; what `host` points to may be reused or freed on return.
  virtual void copy_from_host(void* to, const void* host, std::size_t bytes) = 0;
  void copy_to_host_sync(void* host, const void* from, std::size_t bytes) {
    ++waits_;
    do_copy_to_host_sync(host, from, bytes);
  }
  virtual void copy(void* to, const void* from, std::size_t bytes) = 0;
  virtual void fill_zero(void* pointer, std::size_t bytes) = 0;
  void synchronize() {
    ++waits_;
    do_synchronize();
  }
  /// Calls that waited for the device so far: an epoch's steps must not add to them.
  std::int64_t waits() const { return waits_; }

  /// Makes a recording of what `work` enqueues, and enqueues nothing yet. `work` is called now,
  /// once, or at each replay: it must do nothing that counts but enqueue ops, always the same ones,
  /// on memory that stays where it is as long as the recording is used. It must neither allocate
  /// nor wait, so call it once as it is before. What differs from replay to replay is Deferred.
  ///
  /// Throws NotRecorded when the device cannot. This one calls `work` again, for a device on which
  /// to enqueue is to run.
  virtual std::unique_ptr<Recording> record(std::function<void()> work);

  /// The device by its marketing name, for run.json and `infoplane doctor`.
  virtual std::string describe() const = 0;

  virtual Numerics numerics() const { return {}; }
  /// This one is of a device whose caches are worth more than large batches.
  virtual Batching batching() const { return {}; }

 private:
  virtual void* do_allocate(std::size_t bytes) = 0;
  virtual void do_copy_to_host_sync(void* host, const void* from, std::size_t bytes) = 0;
  virtual void do_synchronize() = 0;

  std::int64_t allocations_ = 0;
  std::int64_t waits_ = 0;
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
  /// asked for and never shrinks: planning an op asks for most, so that a warm op does not
  /// allocate.
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

/// Gives a context another random state for as long as it lives.
class RandomScope {
 public:
  RandomScope(Context& ctx, const RandomState& state) : ctx_(ctx), before_(ctx.random()) {
    ctx_.random() = state;
  }
  RandomScope(const RandomScope&) = delete;
  RandomScope& operator=(const RandomScope&) = delete;
  ~RandomScope() { ctx_.random() = before_; }

 private:
  Context& ctx_;
  RandomState before_;
};

}  // namespace infoplane
