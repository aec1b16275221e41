#include "cpu/convolution_passes.h"

#include <algorithm>

#include "cpu/convolution_kernels.h"
#include "cpu/instructions.h"
#include "cpu/lane_pass.h"

namespace infoplane::cpu {
namespace {

constexpr double kGain = 1.1;  // to be expected: a tenth pays for the way into lanes and back

/// The share of a kernel's elements along one axis that meets the image, over all outputs.
double tap_share(std::int64_t stride, std::int64_t pad, std::int64_t kernel, std::int64_t size,
                 std::int64_t outputs) {
  std::int64_t taps = 0;
  for (std::int64_t out = 0; out < outputs; ++out) {
    taps += Taps(out, stride, pad, kernel, size).count();
  }
  return static_cast<double>(taps) / static_cast<double>(outputs * kernel);
}

/// Vector operations of F(2x2, 3x3) a channel, output channel and output: 16 products for a tile of
/// four outputs, and its way through the transforms, which the output channels share on x's side
/// and the channels on y's. What that way costs, 90, fits the times of eight shapes to a tenth.
double winograd_cost(const Shape& x, const Shape& y) {
  const auto tiles = static_cast<double>(pieces_of(y[2], 2) * pieces_of(y[3], 2));
  const double transforms = 90.0 / static_cast<double>(y[1]) + 90.0 / static_cast<double>(x[1]);
  return tiles * (16.0 + transforms) / static_cast<double>(y[2] * y[3]);
}

/// The share of lanes that `count` elements fill, in vectors of `lanes`.
double filled(std::int64_t count, std::int64_t lanes) {
  return static_cast<double>(count) / static_cast<double>(pieces_of(count, lanes) * lanes);
}

/// oneDNN's kernels for AMX fill the 16 rows of a tile with pixels of one row of an image. Widths
/// from which on they are faster than products of columns, between those that were measured: 4 and
/// 8, 8 and 16 (docs/performance.md).
constexpr std::int64_t kWideForOneDnn = 7, kWideForOneDnnsWeights = 14;

void choose_bf16(const Window& window, const Shape& x, const Shape& y, Passes& passes) {
  const auto choose = [](Algorithm& pass, bool columns) {
    if (pass != Algorithm::kNone && columns) {
      pass = Algorithm::kColumns;
    }
  };
  const bool turns = window.stride_h == 1 && window.stride_w == 1 &&
                     window.pad_h < window.kernel_h && window.pad_w < window.kernel_w;
  choose(passes.forward, y[3] < kWideForOneDnn);
  choose(passes.backward_data, turns && x[3] < kWideForOneDnn);
  choose(passes.backward_weights, y[3] < kWideForOneDnnsWeights);
}

}  // namespace

Passes choose_passes(const Window& window, const Shape& x, std::int64_t out_channels,
                     const ConvolutionOptions& options, Precision precision) {
  Passes passes;
  if (!options.trains) {
    passes.backward_weights = Algorithm::kNone;
  }
  if (!options.trains || !options.needs_dx) {
    passes.backward_data = Algorithm::kNone;
  }
  if (precision == Precision::kBf16) {
    choose_bf16(window, x, window.output("plan_convolution", x, out_channels), passes);
    return passes;
  }
  if (choose_instructions() != Instructions::kAvx512 || window.pad_h >= window.kernel_h ||
      window.pad_w >= window.kernel_w) {
    return passes;
  }
  const Shape y = window.output("plan_convolution", x, out_channels);
  const bool one_by_one = window.stride_h == 1 && window.stride_w == 1;
  const double elements = static_cast<double>(window.kernel_h * window.kernel_w);
  const double rows = tap_share(window.stride_h, window.pad_h, window.kernel_h, x[2], y[2]);
  const double columns = tap_share(window.stride_w, window.pad_w, window.kernel_w, x[3], y[3]);
  const double images = filled(x[0], kLaneImages);
  const double direct = elements * rows * columns / images;
  // oneDNN multiplies with every element of the kernel, and has channels in lanes.
  const auto onednn = [&](std::int64_t channels) {
    return elements / filled(channels, kVectorFloats);
  };
  const auto choose = [&](const Shape& from, const Shape& to) {
    const bool winograd_fits = one_by_one && window.kernel_h == 3 && window.kernel_w == 3;
    const double winograd = winograd_cost(from, to) / images;
    if (winograd_fits && kGain * winograd <= std::min(direct, onednn(to[1]))) {
      return Algorithm::kWinograd;
    }
    return kGain * direct <= onednn(to[1]) ? Algorithm::kDirect : Algorithm::kOneDnn;
  };
  passes.forward = choose(x, y);
  if (!options.trains) {
    return passes;
  }
  if (options.needs_dx) {
    passes.backward_data = one_by_one ? choose(y, x) : Algorithm::kOneDnn;
  }
  const double runs = elements * rows / filled(window.kernel_w * x[1], kVectorFloats);
  passes.backward_weights =
      kGain * runs <= onednn(out_channels) ? Algorithm::kDirect : Algorithm::kOneDnn;
  return passes;
}

}  // namespace infoplane::cpu
