#pragma once

#include <string>
#include <vector>

namespace infoplane::draw {

/// A linear map from a range of values to positions on the page; `position(low)` is `from`.
struct Axis {
  double low, high;
  double from, to;

  double position(double value) const { return from + (value - low) / (high - low) * (to - from); }
};

struct Tick {
  double value;
  std::string label;
};

/// In few characters: 500, 20k, 1.5M, 1T, 2e-05.
std::string short_number(double value);

/// Ticks from `low` to `high` at multiples of 1, 2 or 5 times a power of ten: the finest step that
/// gives at most `most` of them or, where that leaves fewer than two, the next finer one, with up
/// to five. Every label has the step's decimals, or is a short_number() where that would be wide.
/// Requires low < high, both finite, and most >= 2.
std::vector<Tick> nice_ticks(double low, double high, int most);

}  // namespace infoplane::draw
