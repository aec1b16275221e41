#pragma once

#include <algorithm>
#include <cstdint>

#include "cpu/parallel.h"

namespace infoplane::cpu {

/// A batch in pieces of so many images; the last may be smaller.
struct ImagePieces {
  std::int64_t batch, images, count;

  ImagePieces(std::int64_t batch_, std::int64_t images_)
      : batch(batch_), images(images_), count(pieces_of(batch, images)) {}

  std::int64_t first(std::int64_t piece) const { return piece * images; }
  std::int64_t size(std::int64_t piece) const { return std::min(images, batch - first(piece)); }
  std::int64_t last_size() const { return size(count - 1); }
  bool is_last(std::int64_t piece) const { return piece + 1 == count; }
};

}  // namespace infoplane::cpu
