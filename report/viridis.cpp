#include "report/viridis.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace infoplane::draw {
namespace {

/// The map at nine even steps, dark to bright.
constexpr std::array<std::uint32_t, 9> kStops = {0x440154, 0x472D7B, 0x3B528B, 0x2C728E, 0x21908C,
                                                 0x27AD81, 0x5DC863, 0xAADC32, 0xFDE725};
constexpr double kBrightest = 0.77;

double channel(std::uint32_t stop, int shift) { return ((stop >> shift) & 0xFFu) / 255.0; }

}  // namespace

Colour viridis(double t) {
  const double place = std::clamp(t, 0.0, 1.0) * kBrightest * (kStops.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::uint32_t left = kStops[below];
  const std::uint32_t right = kStops[std::min(below + 1, kStops.size() - 1)];
  const double part = place - static_cast<double>(below);
  const auto mix = [&](int shift) {
    return std::lerp(channel(left, shift), channel(right, shift), part);
  };
  return {mix(16), mix(8), mix(0)};
}

}  // namespace infoplane::draw
