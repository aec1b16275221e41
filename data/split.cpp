#include "data/split.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/rng.h"

namespace infoplane {

namespace {

template <class T>
void shrink(std::vector<T>& values, std::int64_t size) {
  if (size < static_cast<std::int64_t>(values.size())) {
    values.resize(static_cast<std::size_t>(size));
    values.shrink_to_fit();
  }
}

}  // namespace

// Not core/permute.h, which draws otherwise: the hashes of data sets depend on this order.
std::vector<std::int64_t> shuffled_order(std::int64_t n, std::uint64_t seed) {
  const RandomStream random{seed, kSplitStream};
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size(); i > 1; --i) {
    // A word scaled to [0, i): uneven by at most i / 2^32.
    const std::uint64_t j = (std::uint64_t{random.word(i)} * i) >> 32;
    std::swap(order[i - 1], order[j]);
  }
  return order;
}

std::vector<std::int64_t> given_order(std::int64_t n, const DataOptions& options) {
  constexpr std::uint64_t kSeed = 0;
  if (options.limit || options.classes) {
    return shuffled_order(n, kSeed);
  }
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  return order;
}

std::int64_t training_share(std::int64_t n) {
  return std::clamp<std::int64_t>(n * 4 / 5, 1, n - 1);
}

void keep_classes(int classes, std::int64_t image_size, Split& split) {
  const auto size = static_cast<std::size_t>(image_size);
  std::size_t kept = 0;
  const auto move_image = [&](auto& values, std::size_t from) {
    if (!values.empty()) {
      std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(from * size), size,
                  values.begin() + static_cast<std::ptrdiff_t>(kept * size));
    }
  };
  const auto move_source = [&](auto& values, std::size_t from) {
    if (!values.empty() && from != kept) {
      values[kept] = std::move(values[from]);
    }
  };
  for (std::size_t i = 0; i < split.labels.size(); ++i) {
    if (split.labels[i] < classes) {
      move_image(split.pixels, i);
      move_image(split.values, i);
      move_source(split.sources.rows, i);
      move_source(split.sources.files, i);
      split.labels[kept++] = split.labels[i];
    }
  }
  keep_first(static_cast<std::int64_t>(kept), image_size, split);
}

void keep_first(std::int64_t limit, std::int64_t image_size, Split& split) {
  limit = std::min(limit, static_cast<std::int64_t>(split.labels.size()));
  shrink(split.pixels, limit * image_size);
  shrink(split.values, limit * image_size);
  shrink(split.labels, limit);
  shrink(split.sources.rows, limit);
  shrink(split.sources.files, limit);
}

}  // namespace infoplane
