#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <string>
#include <vector>

namespace infoplane::test {

using Bytes = std::vector<std::uint8_t>;

inline Bytes read_bytes(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

inline Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline Bytes text_bytes(const std::string& text) { return {text.begin(), text.end()}; }

/// The words, each most significant byte first.
inline Bytes big_endian(std::initializer_list<std::uint32_t> words) {
  Bytes bytes;
  for (const std::uint32_t word : words) {
    for (const int shift : {24, 16, 8, 0}) {
      bytes.push_back(static_cast<std::uint8_t>(word >> shift));
    }
  }
  return bytes;
}

/// A .npy file of version 1 whose header says `dictionary`.
inline Bytes npy(const std::string& dictionary, const Bytes& data) {
  std::string text = dictionary;
  while ((10 + text.size() + 1) % 64 != 0) {
    text += ' ';
  }
  text += '\n';
  const auto length = static_cast<std::uint16_t>(text.size());
  Bytes bytes = {0x93,
                 'N',
                 'U',
                 'M',
                 'P',
                 'Y',
                 1,
                 0,
                 static_cast<std::uint8_t>(length & 255),
                 static_cast<std::uint8_t>(length >> 8)};
  return bytes + text_bytes(text) + data;
}

inline Bytes npy(const std::string& descr, const std::string& shape, const Bytes& data,
                 bool fortran = false) {
  return npy("{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") +
                 ", 'shape': " + shape + ", }",
             data);
}

/// The values as they lie in memory.
template <class T>
Bytes raw(const std::vector<T>& values) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(values.data());
  return {bytes, bytes + values.size() * sizeof(T)};
}

}  // namespace infoplane::test
