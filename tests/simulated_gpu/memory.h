#pragma once

#include <cstddef>
#include <map>

namespace infoplane::simulated_gpu {

/// Device memory: one range of addresses, of which no part is used twice, so that what is used
/// after it was freed is found.
class DeviceMemory {
 public:
  static constexpr std::size_t kBytes = std::size_t{16} << 30;  ///< of the whole GPU

  DeviceMemory();

  /// Null when there is not so much left.
  void* allocate(std::size_t bytes);
  /// False for what was not allocated.
  bool free(void* pointer);

  bool in_range(const void* pointer) const;
  /// Whether all of the bytes lie in one live piece.
  bool holds(const void* pointer, std::size_t bytes) const;
  std::size_t in_use() const { return in_use_; }

  /// Lets this process read and write, or keeps it out.
  void open();
  void close();

 private:
  void protect(int protection);

  std::byte* begin_;
  std::byte* next_;
  std::map<const std::byte*, std::size_t> pieces_;
  std::size_t in_use_ = 0;
  int opened_ = 0;
};

}  // namespace infoplane::simulated_gpu
