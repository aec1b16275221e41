#include "nn/initialize.h"

#include <cmath>

#include "core/rng.h"

namespace infoplane {
namespace {

/// Normal draws, cut at two sigma, from pairs of words (Box and Muller 1958).
std::vector<float> truncated_normal(std::size_t count, double sigma, const RandomStream& stream) {
  std::vector<float> values;
  values.reserve(count);
  for (std::uint64_t block = 0; values.size() < count; ++block) {
    const PhiloxWords words = stream.block(block);
    for (int pair = 0; pair < 2; ++pair) {
      // (word + 1/2) / 2^32 lies strictly between 0 and 1.
      const double u = (words.word[2 * pair] + 0.5) * 0x1p-32;
      const double v = (words.word[2 * pair + 1] + 0.5) * 0x1p-32;
      const double radius = std::sqrt(-2.0 * std::log(u));
      constexpr double kTwoPi = 6.283185307179586;
      for (const double z : {radius * std::cos(kTwoPi * v), radius * std::sin(kTwoPi * v)}) {
        if (std::abs(z) <= 2.0 && values.size() < count) {
          values.push_back(static_cast<float>(sigma * z));
        }
      }
    }
  }
  return values;
}

std::vector<float> uniform(std::size_t count, double bound, const RandomStream& stream) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = static_cast<float>((2.0 * uniform_float(stream.word(i)) - 1.0) * bound);
  }
  return values;
}

std::vector<float> draw(const Parameter& parameter, const RandomStream& stream) {
  const auto count = static_cast<std::size_t>(parameter.shape.numel());
  const double bound = 1.0 / std::sqrt(static_cast<double>(parameter.fan_in));
  switch (parameter.init) {
    case Init::kZeros: return std::vector<float>(count, 0.0f);
    case Init::kOnes: return std::vector<float>(count, 1.0f);
    case Init::kUniformFanIn: return uniform(count, bound, stream);
    case Init::kTruncatedNormal: return truncated_normal(count, bound, stream);
  }
  throw UsageError("initialize: unknown initialiser");
}

/// Calls move(logical, device) with both indices of every element of [A, B, H, W].
template <class Move>
void for_each_rank4(const Shape& shape, const Move& move) {
  const std::int64_t channels = shape[1];
  const std::int64_t pixels = shape[2] * shape[3];
  for (std::int64_t a = 0; a < shape[0]; ++a) {
    for (std::int64_t b = 0; b < channels; ++b) {
      for (std::int64_t i = 0; i < pixels; ++i) {
        move(static_cast<std::size_t>((a * channels + b) * pixels + i),
             static_cast<std::size_t>((a * pixels + i) * channels + b));
      }
    }
  }
}

}  // namespace

std::vector<float> to_device_order(const Shape& shape, std::vector<float> values) {
  if (shape.rank() != 4) {
    return values;
  }
  std::vector<float> ordered(values.size());
  for_each_rank4(
      shape, [&](std::size_t logical, std::size_t device) { ordered[device] = values[logical]; });
  return ordered;
}

std::vector<float> to_logical_order(const Shape& shape, std::vector<float> values) {
  if (shape.rank() != 4) {
    return values;
  }
  std::vector<float> ordered(values.size());
  for_each_rank4(
      shape, [&](std::size_t logical, std::size_t device) { ordered[logical] = values[device]; });
  return ordered;
}

void initialize(Context& ctx, const std::vector<Parameter>& parameters, std::uint64_t seed) {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const RandomStream stream{seed, kInitStream + static_cast<std::uint32_t>(i), 0};
    const std::vector<float> values =
        to_device_order(parameters[i].shape, draw(parameters[i], stream));
    if (!values.empty()) {
      ctx.backend().copy_from_host(parameters[i].value.data(), values.data(),
                                   parameters[i].value.bytes());
    }
  }
}

}  // namespace infoplane
