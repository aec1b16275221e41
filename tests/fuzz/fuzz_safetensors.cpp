// Tensors, and the checkpoint that they may be. What is read is no larger than the file.

#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/targets.h"
#include "train/checkpoint.h"

namespace infoplane::test {

void fuzz_safetensors(std::span<const std::uint8_t> bytes) {
  const MemoryFile file(bytes);
  SafeTensors content;
  if (!reads([&] { content = read_safetensors(file.path()); })) {
    return;
  }
  std::size_t values = 0;
  for (const NamedTensor& tensor : content.tensors) {
    values += tensor.values.size();
  }
  if (values * sizeof(float) > bytes.size()) {
    found("more values than the file has");
  }
  reads([&] { read_checkpoint(file.path()); });
}

}  // namespace infoplane::test
