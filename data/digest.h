#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "data/dataset.h"

struct evp_md_ctx_st;

namespace infoplane {

/// A running SHA-256 (OpenSSL's).
class Sha256 {
 public:
  Sha256();

  void update(const void* data, std::size_t bytes);
  void update(std::string_view text) { update(text.data(), text.size()); }

  /// The digest in 64 lower-case hexadecimal digits. Ends the sum: call it once.
  std::string finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// SHA-256 of a file's content. Throws DataError when it cannot be read.
std::string sha256_file(const std::filesystem::path& file);

/// SHA-256 of what a data set holds: for the training and then the validation split a line
/// "[1, 28, 28] 60000 u8\n" (shape of an image, images, u8 or f32), the pixels or values and the
/// labels (int32), all little-endian. The same images in other files give the same digest.
std::string sha256_of(const DataSet& set);

}  // namespace infoplane
