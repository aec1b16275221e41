#pragma once

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "core/context.h"

namespace infoplane::test {

/// The least that core/ needs of a device: heap memory, and a count of what is still held.
class MemoryBackend : public Backend {
 public:
  void deallocate(void* pointer) noexcept override {
    --held;
    std::free(pointer);
  }
  void copy_from_host(void* to, const void* host, std::size_t bytes) override {
    std::memcpy(to, host, bytes);
  }
  void copy(void* to, const void* from, std::size_t bytes) override {
    std::memcpy(to, from, bytes);
  }
  void fill_zero(void* pointer, std::size_t bytes) override { std::memset(pointer, 0, bytes); }
  std::string describe() const override { return "memory"; }

  int held = 0;

 private:
  void do_copy_to_host_sync(void* host, const void* from, std::size_t bytes) override {
    std::memcpy(host, from, bytes);
  }
  void do_synchronize() override {}
  void* do_allocate(std::size_t bytes) override {
    ++held;
    void* pointer = std::malloc(bytes);
    std::memset(pointer, 0xFF, bytes);
    return pointer;
  }
};

}  // namespace infoplane::test
