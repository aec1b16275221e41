#pragma once

#include <vector>

#include "analysis/conventions.h"
#include "data/npy.h"
#include "ops/context.h"

namespace infoplane::apps {

/// Throws DataError when the arrays are not (N, K) floats and (N,) integers.
void require_arrays(const NpyArray& values, const NpyArray& labels);

/// Counts logits with labels by the paper's convention on ctx's device, once for every number of
/// bins, in one pass over the files: a few megabytes at a time, so that files larger than memory
/// stream through.
std::vector<Measurement> measure_on_device(Context& ctx, const NpyArray& logits,
                                           const NpyArray& labels, const std::vector<int>& bins);

/// Likewise any convention and kind of row, on the host.
std::vector<Measurement> measure_on_host(Convention convention, RowKind kind,
                                         const NpyArray& values, const NpyArray& labels,
                                         const std::vector<int>& bins);

}  // namespace infoplane::apps
