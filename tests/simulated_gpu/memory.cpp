#include "tests/simulated_gpu/memory.h"

#include <sanitizer/asan_interface.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace infoplane::simulated_gpu {
namespace {

/// Addresses, not memory: pages get memory when they are first touched.
constexpr std::size_t kReserved = std::size_t{1} << 40;
constexpr std::size_t kAlignment = 512;
constexpr std::size_t kPage = 4096;
/// How much of a large piece is filled with what nobody wrote, at either end. Pages that are never
/// touched cost nothing.
constexpr std::size_t kFilled = std::size_t{1} << 20;

std::size_t round_up(std::size_t bytes, std::size_t multiple) {
  return (bytes + multiple - 1) / multiple * multiple;
}

}  // namespace

DeviceMemory::DeviceMemory() {
  void* range =
      mmap(nullptr, kReserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (range == MAP_FAILED) {
    throw std::runtime_error("simulated GPU: no addresses for its memory");
  }
  begin_ = static_cast<std::byte*>(range);
  next_ = begin_;
}

void* DeviceMemory::allocate(std::size_t bytes) {
  if (bytes > kBytes - in_use_) {
    return nullptr;
  }
  // A wall behind each piece, and pages of its own, which free() gives back.
  const std::size_t whole = round_up(bytes + kAlignment, kPage);
  if (whole > kReserved - static_cast<std::size_t>(next_ - begin_)) {
    throw std::runtime_error("simulated GPU: all its addresses have been used once");
  }
  std::byte* piece = next_;
  next_ += whole;
  mprotect(piece, whole, PROT_READ | PROT_WRITE);
  const std::size_t ends = std::min(bytes, kFilled);
  std::memset(piece, 0xFF, ends);
  std::memset(piece + bytes - ends, 0xFF, ends);
  ASAN_POISON_MEMORY_REGION(piece + bytes, whole - bytes);
  if (opened_ == 0) {
    mprotect(piece, whole, PROT_NONE);
  }
  pieces_[piece] = bytes;
  in_use_ += bytes;
  return piece;
}

bool DeviceMemory::free(void* pointer) {
  const auto found = pieces_.find(static_cast<std::byte*>(pointer));
  if (found == pieces_.end()) {
    return false;
  }
  const std::size_t bytes = found->second;
  ASAN_POISON_MEMORY_REGION(pointer, bytes);
  madvise(pointer, round_up(bytes + kAlignment, kPage), MADV_DONTNEED);
  in_use_ -= bytes;
  pieces_.erase(found);
  return true;
}

bool DeviceMemory::in_range(const void* pointer) const {
  const auto* at = static_cast<const std::byte*>(pointer);
  return at >= begin_ && at < begin_ + kReserved;
}

bool DeviceMemory::holds(const void* pointer, std::size_t bytes) const {
  const auto* at = static_cast<const std::byte*>(pointer);
  auto found = pieces_.upper_bound(at);
  if (found == pieces_.begin()) {
    return false;
  }
  --found;
  const auto offset = static_cast<std::size_t>(at - found->first);
  return offset <= found->second && bytes <= found->second - offset;
}

void DeviceMemory::open() {
  if (opened_++ == 0) {
    protect(PROT_READ | PROT_WRITE);
  }
}

void DeviceMemory::close() {
  if (--opened_ == 0) {
    protect(PROT_NONE);
  }
}

void DeviceMemory::protect(int protection) {
  if (next_ != begin_) {
    mprotect(begin_, static_cast<std::size_t>(next_ - begin_), protection);
  }
}

}  // namespace infoplane::simulated_gpu
