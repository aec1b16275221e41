#include "tests/simulated_gpu/arithmetic.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/bf16.h"

namespace infoplane::simulated_gpu {
namespace {

/// To the ten bits behind the point that TF32 keeps.
float round_to_tf32(float value) {
  constexpr std::uint32_t kDropped = 13;
  if (!std::isfinite(value)) {
    return value;
  }
  auto bits = std::bit_cast<std::uint32_t>(value);
  bits += ((1u << (kDropped - 1)) - 1) + ((bits >> kDropped) & 1u);
  return std::bit_cast<float>(bits & ~((1u << kDropped) - 1));
}

float dot(const float* a, const float* b, std::int64_t count) {
  float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
  for (std::int64_t i = 0; i < count; ++i) {
    sum += a[i] * b[i];
  }
  return sum;
}

void add_multiple(float factor, const float* from, float* to, std::int64_t count) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) {
    to[i] += factor * from[i];
  }
}

/// Rows of a matrix stored column by column: [rows, columns] as columns of its transpose.
std::vector<float> transpose(const float* in, std::int64_t rows, std::int64_t columns) {
  std::vector<float> out(static_cast<std::size_t>(rows * columns));
  for (std::int64_t c = 0; c < columns; ++c) {
    for (std::int64_t r = 0; r < rows; ++r) {
      out[static_cast<std::size_t>(r * columns + c)] = in[c * rows + r];
    }
  }
  return out;
}

/// Calls visit(pixel of y, offset in x, offset in w) for every place where a kernel meets an image.
template <class Visit>
void for_each_meeting(const ConvolutionShape& s, const Visit& visit) {
  for (std::int64_t n = 0; n < s.n; ++n) {
    for (std::int64_t p = 0; p < s.p; ++p) {
      for (std::int64_t q = 0; q < s.q; ++q) {
        for (std::int64_t r = 0; r < s.r; ++r) {
          for (std::int64_t t = 0; t < s.s; ++t) {
            const std::int64_t row = p * s.stride_h - s.pad_h + r;
            const std::int64_t column = q * s.stride_w - s.pad_w + t;
            if (row >= 0 && row < s.h && column >= 0 && column < s.w) {
              visit(((n * s.p + p) * s.q + q) * s.k, ((n * s.h + row) * s.w + column) * s.c,
                    (r * s.s + t) * s.c);
            }
          }
        }
      }
    }
  }
}

}  // namespace

std::vector<float> read(const void* values, Element element, std::size_t count, Rounding rounding) {
  if (element == Element::kBf16) {
    const auto* first = static_cast<const Bf16*>(values);
    std::vector<float> result(count);
    std::transform(first, first + count, result.begin(), from_bf16);
    return result;
  }
  const auto* first = static_cast<const float*>(values);
  std::vector<float> result(first, first + count);
  if (rounding == Rounding::kTf32) {
    std::transform(result.begin(), result.end(), result.begin(), round_to_tf32);
  }
  return result;
}

void write(const std::vector<float>& values, Element element, void* to) {
  if (element == Element::kBf16) {
    std::transform(values.begin(), values.end(), static_cast<Bf16*>(to), to_bf16);
  } else {
    std::copy(values.begin(), values.end(), static_cast<float*>(to));
  }
}

void multiply(std::int64_t m, std::int64_t n, std::int64_t k, const float* a, bool a_transposed,
              const float* b, bool b_transposed, float beta, float* d) {
  std::vector<float> turned;
  if (b_transposed) {
    turned = transpose(b, n, k);  // now [k, n], a column is what a column of d needs
    b = turned.data();
  }
  std::vector<float> column(static_cast<std::size_t>(m));
  for (std::int64_t j = 0; j < n; ++j) {
    std::fill(column.begin(), column.end(), 0.0f);
    for (std::int64_t i = 0; i < (a_transposed ? m : k); ++i) {
      if (a_transposed) {
        column[static_cast<std::size_t>(i)] = dot(a + i * k, b + j * k, k);
      } else {
        add_multiple(b[j * k + i], a + i * m, column.data(), m);
      }
    }
    for (std::int64_t i = 0; i < m; ++i) {
      float& out = d[j * m + i];
      out = column[static_cast<std::size_t>(i)] + (beta == 0.0f ? 0.0f : beta * out);
    }
  }
}

void add_bias_and_relu(std::int64_t rows, std::int64_t columns, const float* bias, bool relu,
                       float* values) {
  for (std::int64_t r = 0; r < rows; ++r, values += columns) {
    if (bias != nullptr) {
      add_multiple(1.0f, bias, values, columns);
    }
    for (std::int64_t c = 0; relu && c < columns; ++c) {
      values[c] = values[c] > 0.0f ? values[c] : 0.0f;
    }
  }
}

void convolve(const ConvolutionShape& shape, const float* x, const float* w, float* y) {
  const std::int64_t kernel = std::int64_t{shape.r} * shape.s * shape.c;
  std::fill_n(y, std::int64_t{shape.n} * shape.p * shape.q * shape.k, 0.0f);
  for_each_meeting(shape, [&](std::int64_t at_y, std::int64_t at_x, std::int64_t at_w) {
    for (std::int64_t k = 0; k < shape.k; ++k) {
      y[at_y + k] += dot(x + at_x, w + k * kernel + at_w, shape.c);
    }
  });
}

void convolve_backward_data(const ConvolutionShape& shape, const float* w, const float* dy,
                            float* dx) {
  const std::int64_t kernel = std::int64_t{shape.r} * shape.s * shape.c;
  std::fill_n(dx, std::int64_t{shape.n} * shape.h * shape.w * shape.c, 0.0f);
  for_each_meeting(shape, [&](std::int64_t at_y, std::int64_t at_x, std::int64_t at_w) {
    for (std::int64_t k = 0; k < shape.k; ++k) {
      add_multiple(dy[at_y + k], w + k * kernel + at_w, dx + at_x, shape.c);
    }
  });
}

void convolve_backward_filter(const ConvolutionShape& shape, const float* x, const float* dy,
                              float* dw) {
  const std::int64_t kernel = std::int64_t{shape.r} * shape.s * shape.c;
  for_each_meeting(shape, [&](std::int64_t at_y, std::int64_t at_x, std::int64_t at_w) {
    for (std::int64_t k = 0; k < shape.k; ++k) {
      add_multiple(dy[at_y + k], x + at_x, dw + k * kernel + at_w, shape.c);
    }
  });
}

}  // namespace infoplane::simulated_gpu
