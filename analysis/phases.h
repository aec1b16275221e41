#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace infoplane {

/// One sample of a path on the information plane.
struct PathPoint {
  double epoch = 0.0;
  double i_xt_bits = 0.0;
  double i_ty_bits = 0.0;
  double accuracy = 0.0;
};

/// Whether every coordinate is a number.
bool is_finite(const PathPoint& point);

/// The mean I(X;T) of points, and the first with the most. There must be one.
double mean_i_xt_bits(std::span<const PathPoint> points);
const PathPoint& highest(std::span<const PathPoint> points);

/// How phases are told apart.
struct PhaseRule {
  int window = 5;               ///< samples of the centred moving mean, odd; 1: no smoothing
  double min_drop_bits = 0.25;  ///< the least fall of I(X;T) that counts as compression

  bool operator==(const PhaseRule&) const = default;
};

/// Throws UsageError when the window is even or not positive.
void require_rule(const PhaseRule& rule);

/// The two phases of a path (paper, sections 1 and 4.2).
struct Phases {
  bool compresses = false;      ///< whether there is a second phase
  std::size_t samples = 0;      ///< finite ones, which the rule saw
  PathPoint transition;         ///< end of fitting: the height of its I(T;Y) is the first indicator
  PathPoint convergence;        ///< end of the path
  std::optional<double> slope;  ///< dI(T;Y) / dI(X;T) between the two, the second indicator
};

/// Finds the transition and convergence points of a path in the order of time.
///
/// Rule     Samples with a number that is not finite are left out. I(X;T) is smoothed by a centred
///          moving mean, its window shrinking symmetrically towards both ends, so that the first
///          and last sample are themselves. If the path ends at least min_drop_bits below the
///          largest mean, the transition is the highest sample of the first window that has it;
///          else there is no compression and the transition is the end. The convergence point is
///          the end.
/// Values   Of the samples as they are: smoothing finds the transition and does not change it.
///          Fitting may take no longer than a window, and a mean would mix in what lies before and
///          behind.
/// Slope    Without compression there is none.
/// Errors   DataError when no sample is finite; UsageError when the rule's window is even or not
///          positive.
Phases find_phases(std::span<const PathPoint> path, const PhaseRule& rule);

/// A rule and those beside it: windows a third and three times as wide, drops half and twice as
/// large. Nine, each once: fewer where a window has no third, or there is no drop.
std::vector<PhaseRule> rules_around(const PhaseRule& rule);

/// The same path under rules_around(rule). What moves with them is no property of the network.
struct PhaseSensitivity {
  int rules = 0;        ///< rules tried, the given one among them
  int compressing = 0;  ///< of them, those that see a second phase
  double least_transition_epoch = 0.0, most_transition_epoch = 0.0;
  double least_height_bits = 0.0, most_height_bits = 0.0;  ///< I(T;Y) at the transition
};
PhaseSensitivity phase_sensitivity(std::span<const PathPoint> path, const PhaseRule& rule);

}  // namespace infoplane
