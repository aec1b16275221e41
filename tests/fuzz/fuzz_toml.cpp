// Configurations. What is resolved is the same when it is written and read again.

#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/targets.h"
#include "train/settings.h"

namespace infoplane::test {
namespace {

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

void fuzz_toml(std::span<const std::uint8_t> bytes) {
  const MemoryFile file(bytes);
  Config config;
  config.set("model", "fc-3", "");  // so that what lacks these two is resolved, too
  config.set("data", "mnist", "");
  std::string text;
  if (!reads([&] {
        config.read_toml(file.path());
        text = to_toml(config.resolve());
      })) {
    return;
  }
  Config again;
  const MemoryFile written(bytes_of(text));
  if (!reads([&] { again.read_toml(written.path()); }) || to_toml(again.resolve()) != text) {
    found("a resolved configuration does not read back as itself");
  }
}

}  // namespace infoplane::test
