#include "cpu/channel_blocks.h"

#include "cpu/parallel.h"
#include "cpu/simd.h"

namespace infoplane::cpu {

INFOPLANE_CPU_CLONES
void sum_wide_rows(const float* x, std::int64_t n, std::int64_t width, float* sums) {
  std::fill_n(sums, width, 0.0f);
  for (std::int64_t first = 0; first < n; first += width) {
    const float* row = x + first;
    const std::int64_t size = std::min(width, n - first);
#pragma omp simd
    for (std::int64_t j = 0; j < size; ++j) {
      sums[j] += row[j];
    }
  }
}

void fold_wide_row(float* sums, std::int64_t width, std::int64_t channels) {
  for (std::int64_t first = channels; first < width; first += channels) {
    for (std::int64_t c = 0; c < channels; ++c) {
      sums[c] += sums[first + c];
    }
  }
}

void add_channel_sums(Context& ctx, View<const float> x, View<float> sums) {
  if (sums.empty()) {
    return;
  }
  const std::int64_t channels = sums.size();
  const ChannelBlocks blocks(x.size() / channels, channels);
  auto* totals = static_cast<double*>(
      ctx.scratch(static_cast<std::size_t>(channels) * sizeof(double) +
                  static_cast<std::size_t>(blocks.count * blocks.width) * sizeof(float)));
  auto* partial = reinterpret_cast<float*>(totals + channels);
  parallel_for(ctx, blocks.count, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t b = first; b < last; ++b) {
      float* block = partial + b * blocks.width;
      sum_wide_rows(x.data() + blocks.first(b), blocks.size_of(b), blocks.width, block);
      fold_wide_row(block, blocks.width, channels);
    }
  });
  std::fill_n(totals, channels, 0.0);
  for (std::int64_t b = 0; b < blocks.count; ++b) {
    for (std::int64_t c = 0; c < channels; ++c) {
      totals[c] += static_cast<double>(partial[b * blocks.width + c]);
    }
  }
  for (std::int64_t c = 0; c < channels; ++c) {
    float& sum = sums.data()[c];
    sum = static_cast<float>(static_cast<double>(sum) + totals[c]);
  }
}

}  // namespace infoplane::cpu
