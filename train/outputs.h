#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/context.h"
#include "data/dataset.h"
#include "nn/network.h"
#include "train/device_data.h"

namespace infoplane {

/// Writes what a network in evaluation mode makes of the first `rows` rows of a split, in its
/// order, into the folder `into`, which is there: `logits.npy`, float32 [rows, C], before softmax;
/// `labels.npy`, int32 [rows]; with `layers` also `layer-1.npy`, `layer-2.npy`, ..., the hidden
/// layers as layers.csv numbers them, float32 [rows, K] or [rows, C, H, W], and none that an
/// earlier call has left. Holds one batch of each in memory, and returns the files; none, and
/// changes none, when `stop` was set on the way.
/// Throws Error naming the file that cannot be written.
std::vector<std::filesystem::path> write_outputs(Context& ctx, Network& network,
                                                 const DeviceSplit& split, std::int64_t rows,
                                                 bool layers, const std::filesystem::path& into,
                                                 const std::atomic<bool>& stop);

/// Writes where these rows come from: `rows.npy`, int64 [rows], or `files.txt`, a path a line, in
/// which a line's end is written \n and a backslash \\. Returns the file.
/// Throws Error naming the file that cannot be written.
std::filesystem::path write_sources(const Sources& sources, std::int64_t rows,
                                    const std::filesystem::path& into);

}  // namespace infoplane
