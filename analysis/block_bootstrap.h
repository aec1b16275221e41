#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace infoplane {

/// A 95% interval by resampling.
struct ResampledInterval {
  double low = 0.0;   ///< the 2.5% quantile
  double high = 0.0;  ///< the 97.5% quantile
};

/// Rows of a resampled trace: blocks of `block` neighbours, drawn with replacement from the trace
/// bent to a circle, until there are `rows` (Politis and Romano 1992). Neighbours in a trace are
/// alike, and so are the pairs that they are in: only whole blocks of time are near independent.
/// Equal arguments give equal rows. Throws UsageError when `block` is not in [1, rows].
std::vector<std::size_t> resample_blocks(std::size_t rows, std::size_t block, std::uint64_t seed,
                                         std::uint32_t repeat);

/// Samples a block: a twentieth of the trace, at least one.
std::size_t block_size(std::size_t rows);

/// The quantiles of the finite ones among values; NaN when there is none.
ResampledInterval interval_of(std::span<const double> values);

}  // namespace infoplane
