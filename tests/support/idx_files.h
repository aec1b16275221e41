#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/bytes.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/values.h"

namespace infoplane::test {

/// The four files of a data set like MNIST in `folder`/`name`: ten classes that a network can tell
/// apart, a bright band of rows each, with noise.
inline void write_small_mnist(const TemporaryFolder& folder, const std::string& name,
                              std::int64_t train, std::int64_t validation) {
  const auto split = [&](const std::string& prefix, std::int64_t count, std::uint64_t seed) {
    const std::vector<std::int32_t> labels = random_integers(count, seed, 10);
    const std::vector<float> noise = random_values(count * 784, seed + 1, 0.0f, 100.0f);
    Bytes pixels(noise.size());
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      const bool bright = static_cast<std::int32_t>(i % 784 / 28 * 10 / 28) == labels[i / 784];
      pixels[i] = static_cast<std::uint8_t>(noise[i] + (bright ? 150.0f : 0.0f));
    }
    const auto n = static_cast<std::uint32_t>(count);
    folder.write(name + "/" + prefix + "-images-idx3-ubyte",
                 big_endian({0x803, n, 28, 28}) + pixels);
    folder.write(name + "/" + prefix + "-labels-idx1-ubyte",
                 big_endian({0x801, n}) + Bytes(labels.begin(), labels.end()));
  };
  split("train", train, 41);
  split("t10k", validation, 43);
}

}  // namespace infoplane::test
