#pragma once

#include <cstdint>

namespace infoplane::cpu {

/// result[i] = log2 x[i], [size], of positive normal numbers; error below 4 units in the last place
/// or 2^-53. The same bits with any instruction set.
void log2_of(const double* x, std::int64_t size, double* result);

}  // namespace infoplane::cpu
