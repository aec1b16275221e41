#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "data/dataset.h"
#include "nn/network.h"
#include "nn/optimizer.h"

namespace infoplane::bench {

/// Training images of the data set's shape, uniform bytes, with the labels 0, 1, ... in turn: their
/// number of bytes decides and not what they show. Throws UsageError for a data set that has no
/// fixed shape.
DataSet made_up_images(const std::string& name, std::int64_t images);

/// The model's own optimizer, with its usual momentum and weight decay.
std::unique_ptr<Optimizer> make_bench_optimizer(Context& ctx, Network& network,
                                                const std::string& model);

}  // namespace infoplane::bench
