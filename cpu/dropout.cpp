#include "cpu/dropout.h"

#include <algorithm>

#include "core/rng.h"
#include "cpu/parallel.h"
#include "cpu/simd.h"

namespace infoplane::cpu {
namespace {

constexpr std::int64_t kTileBlocks = 128;  // 2 KiB of random words at a time: they stay in L1

/// words[0, 4 * blocks) = the stream's words from 4 * first_block on.
INFOPLANE_CPU_CLONES
void draw(const RandomStream& stream, std::int64_t first_block, std::int64_t blocks,
          std::uint32_t* words) {
  for (std::int64_t b = 0; b < blocks; ++b) {
    const PhiloxWords block = stream.block(static_cast<std::uint64_t>(first_block + b));
    for (int w = 0; w < 4; ++w) {
      words[4 * b + w] = block.word[w];
    }
  }
}

INFOPLANE_CPU_CLONES
void apply(const std::uint32_t* words, std::uint32_t threshold, float keep, const float* x,
           float* y, std::int64_t n) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    const float scaled = x[i] / keep;
    y[i] = keeps(words[i], threshold) ? scaled : 0.0f;
  }
}

/// Calls body(first, last, words), words[i - first] being the stream's word i, on tiles of [0, n).
template <class Body>
void for_each_tile(Context& ctx, const RandomStream& stream, std::int64_t n, const Body& body) {
  const std::int64_t blocks = (n + 3) / 4;
  parallel_for_items(ctx, blocks, 8, [&](std::int64_t first_block, std::int64_t last_block) {
    alignas(64) std::uint32_t words[4 * kTileBlocks];
    for (std::int64_t b = first_block; b < last_block; b += kTileBlocks) {
      const std::int64_t tile = std::min(kTileBlocks, last_block - b);
      draw(stream, b, tile, words);
      body(4 * b, std::min(n, 4 * (b + tile)), words);
    }
  });
}

}  // namespace

void dropout(Context& ctx, float p, std::uint32_t stream, View<const float> x, View<float> y) {
  const std::uint32_t threshold = drop_threshold(p);
  const float keep = 1.0f - p;
  for_each_tile(ctx, ctx.random().of(kDropoutStream + stream), x.size(),
                [&](std::int64_t first, std::int64_t last, const std::uint32_t* words) {
                  apply(words, threshold, keep, x.data() + first, y.data() + first, last - first);
                });
}

void dropout_channels(Context& ctx, float p, std::uint32_t stream, View<const float> x,
                      View<float> y) {
  const std::int64_t channels = x.shape()[1];
  const std::int64_t pixels = x.shape()[2] * x.shape()[3];
  const std::int64_t draws = x.shape()[0] * channels;
  const std::uint32_t threshold = drop_threshold(p);
  const float keep = 1.0f - p;
  auto* words = static_cast<std::uint32_t*>(
      ctx.scratch(static_cast<std::size_t>(draws) * sizeof(std::uint32_t)));
  for_each_tile(ctx, ctx.random().of(kDropoutStream + stream), draws,
                [&](std::int64_t first, std::int64_t last, const std::uint32_t* tile) {
                  std::copy(tile, tile + (last - first), words + first);
                });
  parallel_for_items(ctx, x.shape()[0], pixels * channels,
                     [&](std::int64_t first, std::int64_t last) {
                       for (std::int64_t row = first * pixels; row < last * pixels; ++row) {
                         apply(words + row / pixels * channels, threshold, keep,
                               x.data() + row * channels, y.data() + row * channels, channels);
                       }
                     });
}

}  // namespace infoplane::cpu
