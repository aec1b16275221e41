#pragma once

#include <vector>

#include "analysis/conventions.h"
#include "core/tuples.h"
#include "data/npy.h"
#include "ops/context.h"

namespace infoplane::apps {

/// Throws DataError when the arrays are not (N, K) floats, of activations (N, ...), and (N,)
/// integers.
void require_arrays(const NpyArray& values, const NpyArray& labels, RowKind kind);

/// Labels of hidden layers, whose width does not tell the number of classes, are below this.
constexpr int kMostLayerClasses = 65536;

/// One more than the largest label below kMostLayerClasses; at least 1.
int classes_of(const NpyArray& labels);

/// The smallest and the largest finite value, in one pass over the file. Throws DataError when
/// there is none.
ValueRange range_of(Context& ctx, const NpyArray& values);

/// Counts logits with labels by the paper's convention on ctx's device, once for every number of
/// bins, in one pass over the files: a few megabytes at a time, so that files larger than memory
/// stream through.
std::vector<Measurement> measure_on_device(Context& ctx, const NpyArray& logits,
                                           const NpyArray& labels, const std::vector<int>& bins);

/// Likewise the activations of a hidden layer, once for each of `bins`.
std::vector<Measurement> measure_layer(Context& ctx, const NpyArray& values, const NpyArray& labels,
                                       int classes, const std::vector<TupleBins>& bins);

/// Likewise a classifier's rows by any convention, looked at on the host.
std::vector<Measurement> measure_on_host(Context& ctx, Convention convention, RowKind kind,
                                         const NpyArray& values, const NpyArray& labels,
                                         const std::vector<int>& bins);

}  // namespace infoplane::apps
