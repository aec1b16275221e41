// MNIST's format, plain or compressed: the bytes once as images, once as labels, beside a good
// file.

#include "data/idx.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/targets.h"
#include "tests/support/bytes.h"

namespace infoplane::test {

void fuzz_idx(std::span<const std::uint8_t> bytes) {
  static const MemoryFile images(big_endian({0x803, 2, 1, 1}) + Bytes{0, 255});
  static const MemoryFile labels(big_endian({0x801, 2}) + Bytes{0, 9});
  const MemoryFile file(bytes);
  Shape image;
  reads([&] { read_idx_split(file.path(), labels.path(), 10, image); });
  image = {};
  reads([&] { read_idx_split(images.path(), file.path(), 10, image); });
}

}  // namespace infoplane::test
