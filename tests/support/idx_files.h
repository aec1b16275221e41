#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/values.h"

namespace infoplane::test {

/// An IDX file of unsigned bytes: magic number, extents (big-endian), content.
inline void write_idx(const std::filesystem::path& file, const std::vector<std::uint32_t>& extents,
                      const std::vector<std::uint8_t>& content) {
  std::ofstream out(file, std::ios::binary);
  const auto word = [&](std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      out.put(static_cast<char>(value >> shift & 0xFF));
    }
  };
  word(0x00000800u + static_cast<std::uint32_t>(extents.size()));
  for (const std::uint32_t extent : extents) {
    word(extent);
  }
  out.write(reinterpret_cast<const char*>(content.data()),
            static_cast<std::streamsize>(content.size()));
}

/// The four files of a data set like MNIST below `folder`: ten classes that a network can tell
/// apart, a bright band of rows each, with noise.
inline void write_small_mnist(const std::filesystem::path& folder, std::int64_t train,
                              std::int64_t validation) {
  std::filesystem::create_directories(folder);
  const auto split = [&](const std::string& name, std::int64_t count, std::uint64_t seed) {
    const std::vector<std::int32_t> labels = random_integers(count, seed, 10);
    const std::vector<float> noise = random_values(count * 784, seed + 1, 0.0f, 100.0f);
    std::vector<std::uint8_t> pixels(noise.size());
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      const bool bright = static_cast<std::int32_t>(i % 784 / 28 * 10 / 28) == labels[i / 784];
      pixels[i] = static_cast<std::uint8_t>(noise[i] + (bright ? 150.0f : 0.0f));
    }
    const auto n = static_cast<std::uint32_t>(count);
    write_idx(folder / (name + "-images-idx3-ubyte"), {n, 28, 28}, pixels);
    write_idx(folder / (name + "-labels-idx1-ubyte"), {n}, {labels.begin(), labels.end()});
  };
  split("train", train, 41);
  split("t10k", validation, 43);
}

}  // namespace infoplane::test
