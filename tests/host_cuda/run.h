#pragma once

// How the tests run a kernel. Include tests/host_cuda/host_cuda.h and the kernel's .cuh first.
// Buffers are vectors: AddressSanitizer keeps a wall around each.

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "tests/host_cuda/host_cuda.h"
#include "tests/support/values.h"

namespace infoplane::host_cuda {

/// Sizes at which tails go wrong.
inline const std::vector<std::int64_t> kSizes = {1, 31, 33, 255, 257, 1000, 1025};

inline std::vector<float> poisoned(std::int64_t size) {
  return std::vector<float>(static_cast<std::size_t>(size),
                            std::numeric_limits<float>::quiet_NaN());
}

/// compute(order), which must not depend on the order: a result that does shows a race.
template <class Compute>
auto in_any_order(const Compute& compute) {
  auto result = compute(Order::kForward);
  EXPECT_TRUE(test::same_bits(result, compute(Order::kBackward)))
      << "the result depends on the order of threads";
  return result;
}

}  // namespace infoplane::host_cuda
