#pragma once

#include <cstdint>
#include <vector>

#include "data/dataset.h"

namespace infoplane {

/// 0 to n - 1 in an order drawn from the seed: Fisher and Yates's shuffle with Philox, the same on
/// every machine. n is below 2^32.
std::vector<std::int64_t> shuffled_order(std::int64_t n, std::uint64_t seed);

/// The order of n images that the user gave to validate on, the same for every seed: as they are,
/// or, where `limit` or `classes` leave only some of them, drawn, so that there are some of each
/// class.
std::vector<std::int64_t> given_order(std::int64_t n, const DataOptions& options);

/// How many of n images train when the rest validates: 80%, at least one on each side (n >= 2).
std::int64_t training_share(std::int64_t n);

/// Drops the images of labels from `classes` on.
void keep_classes(int classes, std::int64_t image_size, Split& split);

/// Drops all but the first `limit` images of a split, and gives their memory back.
void keep_first(std::int64_t limit, std::int64_t image_size, Split& split);

}  // namespace infoplane
