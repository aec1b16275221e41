// NumPy's arrays: the header, and every conversion of the elements.

#include "data/npy.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/targets.h"

namespace infoplane::test {

void fuzz_npy(std::span<const std::uint8_t> bytes) {
  const MemoryFile file(bytes);
  reads([&] {
    const NpyArray array(file.path());
    array.shape_text();
    array.view<float>();
    array.to_vector<double>();
    if (array.is_integer()) {
      array.to_vector<std::uint8_t>();
      array.to_vector<std::int64_t>();
    }
  });
}

}  // namespace infoplane::test
