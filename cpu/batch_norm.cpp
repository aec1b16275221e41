#include "cpu/batch_norm.h"

#include <cmath>

#include "cpu/channel_blocks.h"
#include "cpu/parallel.h"
#include "cpu/simd.h"

namespace infoplane::cpu {
namespace {

// Channels-last, an image batch [N, C, H, W] is a matrix [N * H * W, C] in memory, as [N, C] is.
ChannelBlocks blocks_of(const Shape& x) { return {x.numel() / x[1], x[1]}; }

/// Scratch of one call: per block three wide rows of partial sums, then five wide rows of numbers a
/// channel for the elementwise pass, and two doubles a channel for combining the blocks.
struct Workspace {
  Workspace(Context& ctx, const ChannelBlocks& blocks) : width(blocks.width) {
    const std::int64_t doubles = 2 * blocks.channels;
    const std::int64_t floats = (kPartialRows * blocks.count + kWideRows) * width;
    first = static_cast<double*>(ctx.scratch(static_cast<std::size_t>(doubles) * sizeof(double) +
                                             static_cast<std::size_t>(floats) * sizeof(float)));
    second = first + blocks.channels;
    wide = reinterpret_cast<float*>(first + doubles);
    partial = wide + kWideRows * width;
  }
  static constexpr std::int64_t kWideRows = 5;
  static constexpr std::int64_t kPartialRows = 3;

  float* wide_row(int i) const { return wide + i * width; }
  float* partial_row(std::int64_t block, int i) const {
    return partial + (kPartialRows * block + i) * width;
  }

  std::int64_t width;
  double *first, *second;  ///< [C]
  float* wide;             ///< [kWideRows, width]
  float* partial;          ///< [blocks, kPartialRows, width]
};

/// Repeats the first `channels` elements of a wide row over the whole of it.
void widen(float* row, const ChannelBlocks& blocks) {
  for (std::int64_t j = blocks.channels; j < blocks.width; ++j) {
    row[j] = row[j - blocks.channels];
  }
}

/// sums [width] = sums of (x - mean)^2 over wide rows.
INFOPLANE_CPU_CLONES
void sum_squares(const float* x, const float* mean, std::int64_t n, std::int64_t width,
                 float* sums) {
  std::fill_n(sums, width, 0.0f);
  for (std::int64_t first = 0; first < n; first += width) {
    const float* row = x + first;
    const std::int64_t size = std::min(width, n - first);
#pragma omp simd
    for (std::int64_t j = 0; j < size; ++j) {
      const float d = row[j] - mean[j];
      sums[j] += d * d;
    }
  }
}

/// Wide rows of numbers a channel, each [width]. y = (x - mean) scale + shift; with a ReLU behind
/// it, whose mask is not kept: that line says again what was negative.
struct Normalization {
  const float* mean;
  const float* scale;
  const float* shift;
  bool relu;
};

template <bool kRelu>
[[gnu::always_inline]] inline float normalized(const Normalization& norm, float x, std::int64_t j) {
  const float y = (x - norm.mean[j]) * norm.scale[j] + norm.shift[j];
  return kRelu && y < 0.0f ? 0.0f : y;  // this way round a NaN stays one
}

/// What comes to the normalised x of the gradient dy.
template <bool kRelu>
[[gnu::always_inline]] inline float passed(const Normalization& norm, float x, float dy,
                                           std::int64_t j) {
  return kRelu && normalized<false>(norm, x, j) <= 0.0f ? 0.0f : dy;
}

template <bool kRelu>
[[gnu::always_inline]] inline void normalize_rows(const Normalization& norm, const float* x,
                                                  std::int64_t n, std::int64_t width, float* y) {
  for (std::int64_t first = 0; first < n; first += width) {
    const std::int64_t size = std::min(width, n - first);
#pragma omp simd
    for (std::int64_t j = 0; j < size; ++j) {
      y[first + j] = normalized<kRelu>(norm, x[first + j], j);
    }
  }
}

template <bool kRelu>
[[gnu::always_inline]] inline void sum_rows(const Normalization& norm, const float* x,
                                            const float* dy, std::int64_t n, std::int64_t width,
                                            float* sums, float* products) {
  std::fill_n(sums, width, 0.0f);
  std::fill_n(products, width, 0.0f);
  for (std::int64_t first = 0; first < n; first += width) {
    const std::int64_t size = std::min(width, n - first);
#pragma omp simd
    for (std::int64_t j = 0; j < size; ++j) {
      const float g = passed<kRelu>(norm, x[first + j], dy[first + j], j);
      sums[j] += g;
      products[j] += g * (x[first + j] - norm.mean[j]);
    }
  }
}

template <bool kRelu>
[[gnu::always_inline]] inline void propagate_rows(const Normalization& norm, const float* offset,
                                                  const float* slope, const float* x,
                                                  const float* dy, std::int64_t n,
                                                  std::int64_t width, float* dx) {
  for (std::int64_t first = 0; first < n; first += width) {
    const std::int64_t size = std::min(width, n - first);
#pragma omp simd
    for (std::int64_t j = 0; j < size; ++j) {
      const float g = passed<kRelu>(norm, x[first + j], dy[first + j], j);
      dx[first + j] = norm.scale[j] * (g - offset[j] - (x[first + j] - norm.mean[j]) * slope[j]);
    }
  }
}

/// y over wide rows.
INFOPLANE_CPU_CLONES
void normalize(const Normalization& norm, const float* x, std::int64_t n, std::int64_t width,
               float* y) {
  norm.relu ? normalize_rows<true>(norm, x, n, width, y)
            : normalize_rows<false>(norm, x, n, width, y);
}

/// sums [width] = sums of g, products [width] = sums of g (x - mean) over wide rows, with g what
/// the ReLU passes of dy.
INFOPLANE_CPU_CLONES
void sum_gradients(const Normalization& norm, const float* x, const float* dy, std::int64_t n,
                   std::int64_t width, float* sums, float* products) {
  norm.relu ? sum_rows<true>(norm, x, dy, n, width, sums, products)
            : sum_rows<false>(norm, x, dy, n, width, sums, products);
}

/// dx = scale (g - offset - (x - mean) slope) over wide rows.
INFOPLANE_CPU_CLONES
void propagate(const Normalization& norm, const float* offset, const float* slope, const float* x,
               const float* dy, std::int64_t n, std::int64_t width, float* dx) {
  norm.relu ? propagate_rows<true>(norm, offset, slope, x, dy, n, width, dx)
            : propagate_rows<false>(norm, offset, slope, x, dy, n, width, dx);
}

template <class Body>
void for_each_block(Context& ctx, const ChannelBlocks& blocks, const Body& body) {
  parallel_for(ctx, blocks.count, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t b = first; b < last; ++b) {
      body(b);
    }
  });
}

/// Takes again, in double, those means [channels] of a block that lie so many deviations from zero
/// that rounding them shows. `rest` becomes what their floats leave out; 0 for the others. Returns
/// whether there was one.
bool mend_far_means(const float* x, std::int64_t rows, std::int64_t channels, const float* squares,
                    float* mean, float* rest) {
  constexpr float kFarDeviations = 100.0f;
  bool any = false;
  for (std::int64_t c = 0; c < channels; ++c) {
    rest[c] = 0.0f;
    const float far = mean[c] / kFarDeviations;
    if (far * far * static_cast<float>(rows) <= squares[c]) {
      continue;
    }
    double sum = 0.0;
    for (std::int64_t r = 0; r < rows; ++r) {
      sum += static_cast<double>(x[r * channels + c]);
    }
    const double exact = sum / static_cast<double>(rows);
    mean[c] = static_cast<float>(exact);
    rest[c] = static_cast<float>(exact - static_cast<double>(mean[c]));
    any = true;
  }
  return any;
}

/// Mean and sum of squared deviations a channel into work.first and work.second. Each block takes
/// its own mean first and its squares about that; blocks are then joined by the pairwise update of
/// Chan, Golub and LeVeque (1983). So no square of a large mean is subtracted from another.
void moments(Context& ctx, const ChannelBlocks& blocks, const float* x, const Workspace& work) {
  for_each_block(ctx, blocks, [&](std::int64_t b) {
    float* mean = work.partial_row(b, 0);
    float* squares = work.partial_row(b, 1);
    const float* from = x + blocks.first(b);
    sum_wide_rows(from, blocks.size_of(b), blocks.width, mean);
    fold_wide_row(mean, blocks.width, blocks.channels);
    for (std::int64_t c = 0; c < blocks.channels; ++c) {
      mean[c] /= static_cast<float>(blocks.rows_of(b));
    }
    const auto take_squares = [&] {
      widen(mean, blocks);
      sum_squares(from, mean, blocks.size_of(b), blocks.width, squares);
      fold_wide_row(squares, blocks.width, blocks.channels);
    };
    take_squares();
    if (mend_far_means(from, blocks.rows_of(b), blocks.channels, squares, mean,
                       work.partial_row(b, 2))) {
      take_squares();
    }
  });
  std::fill_n(work.first, 2 * blocks.channels, 0.0);
  double seen = 0.0;
  for (std::int64_t b = 0; b < blocks.count; ++b) {
    const auto rows = static_cast<double>(blocks.rows_of(b));
    const double share = rows / (seen + rows);
    for (std::int64_t c = 0; c < blocks.channels; ++c) {
      const double rest = static_cast<double>(work.partial_row(b, 2)[c]);
      const double delta = static_cast<double>(work.partial_row(b, 0)[c]) + rest - work.first[c];
      const double squares = static_cast<double>(work.partial_row(b, 1)[c]) - rows * rest * rest;
      work.first[c] += delta * share;
      work.second[c] += squares + delta * delta * seen * share;
    }
    seen += rows;
  }
}

/// y = (x - mean) gamma inv_std + beta, with mean in wide row 0 and inv_std in wide row 1.
Normalization normalization(const ChannelBlocks& blocks, const Workspace& work,
                            const BatchNormOptions& options, View<const float> gamma,
                            View<const float> beta) {
  for (std::int64_t c = 0; c < blocks.channels; ++c) {
    work.wide_row(1)[c] *= gamma.data()[c];
    work.wide_row(2)[c] = beta.data()[c];
  }
  for (int i = 0; i < 3; ++i) {
    widen(work.wide_row(i), blocks);
  }
  return {work.wide_row(0), work.wide_row(1), work.wide_row(2), options.relu};
}

void apply(Context& ctx, const ChannelBlocks& blocks, const Normalization& norm,
           View<const float> x, View<float> y) {
  for_each_block(ctx, blocks, [&](std::int64_t b) {
    normalize(norm, x.data() + blocks.first(b), blocks.size_of(b), blocks.width,
              y.data() + blocks.first(b));
  });
}

}  // namespace

void batch_norm_forward_train(Context& ctx, const BatchNormOptions& options, View<const float> x,
                              View<const float> gamma, View<const float> beta,
                              View<float> running_mean, View<float> running_var,
                              View<float> saved_mean, View<float> saved_inv_std, View<float> y) {
  const ChannelBlocks blocks = blocks_of(x.shape());
  const Workspace work(ctx, blocks);
  moments(ctx, blocks, x.data(), work);
  const auto rows = static_cast<double>(blocks.rows);
  const auto move = [&](float& running, double batch) {
    running += options.momentum * (static_cast<float>(batch) - running);
  };
  for (std::int64_t c = 0; c < blocks.channels; ++c) {
    const double mean = work.first[c];
    const double squares = work.second[c];
    saved_mean.data()[c] = static_cast<float>(mean);
    saved_inv_std.data()[c] =
        static_cast<float>(1.0 / std::sqrt(squares / rows + static_cast<double>(options.epsilon)));
    move(running_mean.data()[c], mean);
    move(running_var.data()[c], squares / (rows - 1.0));
    work.wide_row(0)[c] = saved_mean.data()[c];
    work.wide_row(1)[c] = saved_inv_std.data()[c];
  }
  apply(ctx, blocks, normalization(blocks, work, options, gamma, beta), x, y);
}

void batch_norm_forward_eval(Context& ctx, const BatchNormOptions& options, View<const float> x,
                             View<const float> gamma, View<const float> beta,
                             View<const float> running_mean, View<const float> running_var,
                             View<float> y) {
  const ChannelBlocks blocks = blocks_of(x.shape());
  const Workspace work(ctx, blocks);
  for (std::int64_t c = 0; c < blocks.channels; ++c) {
    const double variance = static_cast<double>(running_var.data()[c]);
    work.wide_row(0)[c] = running_mean.data()[c];
    work.wide_row(1)[c] =
        static_cast<float>(1.0 / std::sqrt(variance + static_cast<double>(options.epsilon)));
  }
  apply(ctx, blocks, normalization(blocks, work, options, gamma, beta), x, y);
}

void batch_norm_backward(Context& ctx, const BatchNormOptions& options, View<const float> x,
                         View<const float> gamma, View<const float> beta,
                         View<const float> saved_mean, View<const float> saved_inv_std,
                         View<const float> dy, View<float> dx, View<float> dgamma,
                         View<float> dbeta) {
  const ChannelBlocks blocks = blocks_of(x.shape());
  const Workspace work(ctx, blocks);
  std::copy_n(saved_mean.data(), blocks.channels, work.wide_row(0));
  std::copy_n(saved_inv_std.data(), blocks.channels, work.wide_row(1));
  const Normalization norm = normalization(blocks, work, options, gamma, beta);
  float* offset = work.wide_row(3);
  float* slope = work.wide_row(4);
  for_each_block(ctx, blocks, [&](std::int64_t b) {
    float* sums = work.partial_row(b, 0);
    float* products = work.partial_row(b, 1);
    sum_gradients(norm, x.data() + blocks.first(b), dy.data() + blocks.first(b), blocks.size_of(b),
                  blocks.width, sums, products);
    fold_wide_row(sums, blocks.width, blocks.channels);
    fold_wide_row(products, blocks.width, blocks.channels);
  });
  std::fill_n(work.first, 2 * blocks.channels, 0.0);
  for (std::int64_t b = 0; b < blocks.count; ++b) {
    for (std::int64_t c = 0; c < blocks.channels; ++c) {
      work.first[c] += static_cast<double>(work.partial_row(b, 0)[c]);
      work.second[c] += static_cast<double>(work.partial_row(b, 1)[c]);
    }
  }
  // With xhat = (x - mean) inv_std:
  // dx = gamma inv_std (dy - mean of dy - xhat * mean of (dy xhat)).
  const auto rows = static_cast<double>(blocks.rows);
  for (std::int64_t c = 0; c < blocks.channels; ++c) {
    const double inv_std = static_cast<double>(saved_inv_std.data()[c]);
    dgamma.data()[c] += static_cast<float>(work.second[c] * inv_std);
    dbeta.data()[c] += static_cast<float>(work.first[c]);
    offset[c] = static_cast<float>(work.first[c] / rows);
    slope[c] = static_cast<float>(work.second[c] * inv_std * inv_std / rows);
  }
  widen(offset, blocks);
  widen(slope, blocks);
  for_each_block(ctx, blocks, [&](std::int64_t b) {
    propagate(norm, offset, slope, x.data() + blocks.first(b), dy.data() + blocks.first(b),
              blocks.size_of(b), blocks.width, dx.data() + blocks.first(b));
  });
}

}  // namespace infoplane::cpu
