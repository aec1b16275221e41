#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "core/error.h"

namespace infoplane::test {

using Bytes = std::vector<std::uint8_t>;

/// A folder that is gone at the end of the test; in memory where the system has such a place, for
/// some tests write thousands of files.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    const bool in_memory = std::filesystem::is_directory("/dev/shm");
    const std::filesystem::path parent =
        in_memory ? "/dev/shm" : std::filesystem::temp_directory_path();
    std::string name = (parent / "infoplane-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
      throw Error("no temporary folder " + name);
    }
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

  /// Writes a file, and the folders it lies in.
  std::filesystem::path write(const std::string& name, const Bytes& bytes) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    return file;
  }

 private:
  std::filesystem::path path_;
};

/// Sets an environment variable, and restores it at the end of the test.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const std::string& value) : name_(name) {
    const char* old = std::getenv(name);
    had_value_ = old != nullptr;
    old_ = had_value_ ? old : "";
    setenv(name, value.c_str(), 1);
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;
  ~ScopedVariable() {
    if (had_value_) {
      setenv(name_, old_.c_str(), 1);
    } else {
      unsetenv(name_);
    }
  }

 private:
  const char* name_;
  std::string old_;
  bool had_value_ = false;
};

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

/// Compressed by zlib: a gzip file for `window_bits` 31, a bare zlib stream for 15.
inline Bytes compressed(Bytes bytes, int window_bits) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
  Bytes out(deflateBound(&stream, bytes.size()));
  stream.next_in = bytes.data();
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

inline Bytes gzipped(const Bytes& bytes) { return compressed(bytes, 31); }

/// IDX files of n images of h x w pixels that count up, and of labels i mod 10.
inline Bytes idx_images(std::uint32_t n, std::uint32_t h = 3, std::uint32_t w = 2) {
  Bytes bytes = big_endian({0x803, n, h, w});
  for (std::uint32_t i = 0; i < n * h * w; ++i) {
    bytes.push_back(static_cast<std::uint8_t>(i));
  }
  return bytes;
}
inline Bytes idx_labels(std::uint32_t n) {
  Bytes bytes = big_endian({0x801, n});
  for (std::uint32_t i = 0; i < n; ++i) {
    bytes.push_back(static_cast<std::uint8_t>(i % 10));
  }
  return bytes;
}

/// Writes MNIST's four files with `train` and `test` images to folder/NAME.
inline void write_mnist(const TemporaryFolder& folder, const std::string& name,
                        std::uint32_t train = 20, std::uint32_t test = 10) {
  folder.write(name + "/train-images-idx3-ubyte", idx_images(train));
  folder.write(name + "/train-labels-idx1-ubyte", idx_labels(train));
  folder.write(name + "/t10k-images-idx3-ubyte", idx_images(test));
  folder.write(name + "/t10k-labels-idx1-ubyte", idx_labels(test));
}

/// n CIFAR records: label bytes (i mod classes, the coarse one 0), then pixels that count up.
inline Bytes cifar_records(int n, int classes) {
  Bytes bytes;
  for (int i = 0; i < n; ++i) {
    if (classes == 100) {
      bytes.push_back(0);
    }
    bytes.push_back(static_cast<std::uint8_t>(i % classes));
    for (int pixel = 0; pixel < 3072; ++pixel) {
      bytes.push_back(static_cast<std::uint8_t>(i + pixel));
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

/// Runs `call`, which must throw an E whose one-line message holds all the `parts`.
template <class E, class Call>
void expect_error(Call call, const std::vector<std::string>& parts) {
  try {
    call();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const E& error) {
    const std::string message = error.what();
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    for (const std::string& part : parts) {
      EXPECT_THAT(message, testing::HasSubstr(part));
    }
  }
}

}  // namespace infoplane::test
