#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/error.h"
#include "tests/support/bytes.h"
#include "tests/support/environment.h"
#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

namespace infoplane::test {

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

/// Writes four files as MNIST's, with `train` and `test` images of 28 x 28, to folder/NAME.
inline void write_mnist(const TemporaryFolder& folder, const std::string& name,
                        std::uint32_t train = 20, std::uint32_t test = 10) {
  folder.write(name + "/train-images-idx3-ubyte", idx_images(train, 28, 28));
  folder.write(name + "/train-labels-idx1-ubyte", idx_labels(train));
  folder.write(name + "/t10k-images-idx3-ubyte", idx_images(test, 28, 28));
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

}  // namespace infoplane::test
