#pragma once

#include <cstddef>
#include <cstdint>

namespace infoplane::cpu {

/// `bytes`, rounded up to whole cache lines: what lies behind begins on one.
constexpr std::size_t in_lines(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

/// What Scratch::take<T>(n) takes.
template <class T>
constexpr std::size_t bytes_of(std::int64_t n) {
  return in_lines(static_cast<std::size_t>(n) * sizeof(T));
}

/// Memory of Context::scratch, given out from the front on.
class Scratch {
 public:
  explicit Scratch(void* memory) : next_(static_cast<std::byte*>(memory)) {}

  template <class T>
  T* take(std::int64_t n) {
    std::byte* const taken = next_;
    next_ += bytes_of<T>(n);
    return reinterpret_cast<T*>(taken);
  }
  /// All that is left.
  std::byte* rest() const { return next_; }

 private:
  std::byte* next_;
};

}  // namespace infoplane::cpu
