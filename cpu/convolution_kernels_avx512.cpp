// Convolutions with AVX-512: register tiles, and images into lanes and back.
#include "cpu/convolution_kernels.h"

#if defined(__x86_64__)

#include <algorithm>
#include <utility>

#include "cpu/vectors_avx512.h"

namespace infoplane::cpu {
namespace avx512 {
namespace {

static_assert(kLaneImages == 2 * kLanes && kVectorFloats == kLanes);

[[INFOPLANE_INLINE]] inline F low_pairs(F a, F b) {
  return _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(a), _mm512_castps_pd(b)));
}
[[INFOPLANE_INLINE]] inline F high_pairs(F a, F b) {
  return _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(a), _mm512_castps_pd(b)));
}

/// Rows become columns.
[[INFOPLANE_INLINE]] inline void transpose(F (&r)[kLanes]) {
  F t[kLanes];
#pragma GCC unroll 8
  for (int i = 0; i < kLanes; i += 2) {
    t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
  }
  // r[4 g + c]: columns c, c + 4, c + 8 and c + 12 of rows 4 g to 4 g + 3.
#pragma GCC unroll 4
  for (int i = 0; i < kLanes; i += 4) {
    r[i] = low_pairs(t[i], t[i + 2]);
    r[i + 1] = high_pairs(t[i], t[i + 2]);
    r[i + 2] = low_pairs(t[i + 1], t[i + 3]);
    r[i + 3] = high_pairs(t[i + 1], t[i + 3]);
  }
#pragma GCC unroll 4
  for (int c = 0; c < 4; ++c) {
    const F even_above = _mm512_shuffle_f32x4(r[c], r[4 + c], 0x88);
    const F odd_above = _mm512_shuffle_f32x4(r[c], r[4 + c], 0xdd);
    const F even_below = _mm512_shuffle_f32x4(r[8 + c], r[12 + c], 0x88);
    const F odd_below = _mm512_shuffle_f32x4(r[8 + c], r[12 + c], 0xdd);
    t[c] = _mm512_shuffle_f32x4(even_above, even_below, 0x88);
    t[c + 4] = _mm512_shuffle_f32x4(odd_above, odd_below, 0x88);
    t[c + 8] = _mm512_shuffle_f32x4(even_above, even_below, 0xdd);
    t[c + 12] = _mm512_shuffle_f32x4(odd_above, odd_below, 0xdd);
  }
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; ++i) {
    r[i] = t[i];
  }
}

[[INFOPLANE_KERNEL]] void to_lanes(const float* x, std::int64_t step, std::int64_t images,
                                   std::int64_t size, float* lanes) {
  for (std::int64_t first = 0; first < kLaneImages; first += kLanes) {
    const std::int64_t there = std::min<std::int64_t>(kLanes, images - first);
    for (std::int64_t e = 0; e < size; e += kLanes) {
      const std::int64_t elements = std::min<std::int64_t>(kLanes, size - e);
      const Mask mask = first_rows(static_cast<int>(elements));
      F r[kLanes];
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i) {
        r[i] = i < there ? _mm512_maskz_loadu_ps(mask, x + (first + i) * step + e) : all(0.0f);
      }
      transpose(r);
      float* to = lanes + e * kLaneImages + first;
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i) {
        if (i < elements) {
          store(to + i * kLaneImages, r[i]);
        }
      }
    }
  }
}

[[INFOPLANE_KERNEL]] void from_lanes(const float* lanes, std::int64_t images, std::int64_t size,
                                     float* y, std::int64_t step, float least) {
  const F floor = all(least);
  for (std::int64_t first = 0; first < images; first += kLanes) {
    const std::int64_t there = std::min<std::int64_t>(kLanes, images - first);
    for (std::int64_t e = 0; e < size; e += kLanes) {
      const std::int64_t elements = std::min<std::int64_t>(kLanes, size - e);
      const Mask mask = first_rows(static_cast<int>(elements));
      const float* from = lanes + e * kLaneImages + first;
      F r[kLanes];
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i) {
        r[i] = i < elements ? load(from + i * kLaneImages) : all(0.0f);
      }
      transpose(r);
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i) {
        if (i < there) {
          // This way round a NaN stays one, and -0, too.
          _mm512_mask_storeu_ps(y + (first + i) * step + e, mask, larger(floor, r[i]));
        }
      }
    }
  }
}

[[INFOPLANE_KERNEL]] void winograd_input(const float* const (&x)[kTilePixels],
                                         std::int64_t channels, float* v, std::int64_t v_step) {
  for (std::int64_t at = 0; at < channels * kLaneImages; at += kLanes) {
    F t[4][4];  // Bt x
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      const F x0 = load(x[j] + at), x1 = load(x[4 + j] + at), x2 = load(x[8 + j] + at),
              x3 = load(x[12 + j] + at);
      t[0][j] = subtract(x0, x2);
      t[1][j] = add(x1, x2);
      t[2][j] = subtract(x2, x1);
      t[3][j] = subtract(x1, x3);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      float* to = v + 4 * i * v_step + at;
      store(to, subtract(t[i][0], t[i][2]));
      store(to + v_step, add(t[i][1], t[i][2]));
      store(to + 2 * v_step, subtract(t[i][2], t[i][1]));
      store(to + 3 * v_step, subtract(t[i][1], t[i][3]));
    }
  }
}

[[INFOPLANE_KERNEL]] void winograd_output(const float* m, std::int64_t m_step,
                                          std::int64_t channels, const float* bias,
                                          float* const (&y)[4]) {
  for (std::int64_t at = 0; at < channels * kLaneImages; at += kLanes) {
    F t[2][4];  // At m
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      const float* from = m + j * m_step + at;
      const F m0 = load(from), m1 = load(from + 4 * m_step), m2 = load(from + 8 * m_step),
              m3 = load(from + 12 * m_step);
      t[0][j] = add(add(m0, m1), m2);
      t[1][j] = subtract(subtract(m1, m2), m3);
    }
    const F b = all(bias[at / kLaneImages]);
#pragma GCC unroll 2
    for (int i = 0; i < 2; ++i) {
      if (y[2 * i] != nullptr) {
        store(y[2 * i] + at, add(b, add(add(t[i][0], t[i][1]), t[i][2])));
      }
      if (y[2 * i + 1] != nullptr) {
        store(y[2 * i + 1] + at, add(b, subtract(subtract(t[i][1], t[i][2]), t[i][3])));
      }
    }
  }
}

/// Two vectors of images by kOutputs channels in registers.
template <int kOutputs>
[[INFOPLANE_KERNEL]] void pixel(const PixelTaps& taps, const float* bias, float* y) {
  F sums[kOutputs][2];
#pragma GCC unroll 14
  for (int o = 0; o < kOutputs; ++o) {
    sums[o][0] = sums[o][1] = all(bias[o]);
  }
  for (std::int64_t row = 0; row < taps.rows; ++row) {
    const float* x = taps.x + row * taps.x_row;
    const float* w = taps.w + row * taps.w_row;
    for (std::int64_t j = 0; j < taps.run; ++j, x += kLaneImages, w += kOutputs) {
      const F first = load(x);
      const F second = load(x + kLanes);
#pragma GCC unroll 14
      for (int o = 0; o < kOutputs; ++o) {
        const F weight = all(w[o]);
        sums[o][0] = multiply_add(first, weight, sums[o][0]);
        sums[o][1] = multiply_add(second, weight, sums[o][1]);
      }
    }
  }
#pragma GCC unroll 14
  for (int o = 0; o < kOutputs; ++o) {
    store(y + o * kLaneImages, sums[o][0]);
    store(y + o * kLaneImages + kLanes, sums[o][1]);
  }
}

/// kOutputs channels by kVectors vectors of a kernel row's elements in registers.
template <int kVectors, int kOutputs>
[[INFOPLANE_KERNEL]] void weights(const WeightsTile& tile) {
  const Mask last = first_rows(tile.last_vector);
  F sums[kOutputs][kVectors];
#pragma GCC unroll 14
  for (int o = 0; o < kOutputs; ++o) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      sums[o][v] = all(0.0f);
    }
  }
  for (std::int64_t n = 0; n < tile.images; ++n) {
    for (std::int64_t row = 0; row < tile.rows; ++row) {
      const float* x = tile.x + n * tile.x_image + row * tile.x_row;
      const float* dy = tile.dy + n * tile.dy_image + row * tile.dy_row;
      for (std::int64_t i = 0; i < tile.columns; ++i, x += tile.x_column, dy += tile.dy_column) {
        F run[kVectors];
#pragma GCC unroll 4
        for (int v = 0; v < kVectors - 1; ++v) {
          run[v] = load(x + v * kLanes);
        }
        run[kVectors - 1] = _mm512_maskz_loadu_ps(last, x + (kVectors - 1) * kLanes);
#pragma GCC unroll 14
        for (int o = 0; o < kOutputs; ++o) {
          const F gradient = all(dy[o]);
#pragma GCC unroll 4
          for (int v = 0; v < kVectors; ++v) {
            sums[o][v] = multiply_add(run[v], gradient, sums[o][v]);
          }
        }
      }
    }
  }
#pragma GCC unroll 14
  for (int o = 0; o < kOutputs; ++o) {
    float* dw = tile.dw + o * tile.dw_output;
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v, dw += kLanes) {
      const Mask mask = v == kVectors - 1 ? last : first_rows(kLanes);
      _mm512_mask_storeu_ps(dw, mask, add(_mm512_maskz_loadu_ps(mask, dw), sums[o][v]));
    }
  }
}

template <int... kOutputs>
void fill_pixel(ConvolutionKernels& kernels, std::integer_sequence<int, kOutputs...>) {
  ((kernels.pixel[kOutputs + 1] = pixel<kOutputs + 1>), ...);
}

template <int kVectors, int... kOutputs>
void fill_weights(ConvolutionKernels& kernels, std::integer_sequence<int, kOutputs...>) {
  ((kernels.weights[kVectors][kOutputs + 1] = weights<kVectors, kOutputs + 1>), ...);
}

template <int... kVectors>
void fill_weights_of(ConvolutionKernels& kernels, std::integer_sequence<int, kVectors...>) {
  (fill_weights<kVectors + 1>(kernels,
                              std::make_integer_sequence<int, most_outputs(kVectors + 1)>()),
   ...);
}

ConvolutionKernels make_kernels() {
  ConvolutionKernels kernels{};
  kernels.to_lanes = to_lanes;
  kernels.from_lanes = from_lanes;
  kernels.winograd_input = winograd_input;
  kernels.winograd_output = winograd_output;
  fill_pixel(kernels, std::make_integer_sequence<int, kMostOutputs>());
  fill_weights_of(kernels, std::make_integer_sequence<int, kMostVectors>());
  return kernels;
}

}  // namespace
}  // namespace avx512

const ConvolutionKernels* convolution_kernels_avx512() {
  static const ConvolutionKernels kernels = avx512::make_kernels();
  return &kernels;
}

}  // namespace infoplane::cpu

#else

namespace infoplane::cpu {

const ConvolutionKernels* convolution_kernels_avx512() { return nullptr; }

}  // namespace infoplane::cpu

#endif
