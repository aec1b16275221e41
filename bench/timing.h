#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/context.h"

namespace infoplane::bench {

/// How long one call takes, in seconds, as seen over several repeats. Other work on the machine
/// only ever adds time, so the minimum is the best estimate of the call's own.
struct Timing {
  int repeats = 0;
  double min_s = 0.0;
  double lower_quartile_s = 0.0;
  double median_s = 0.0;
  double upper_quartile_s = 0.0;
};

/// Quantiles between two measured values are interpolated. At least one value.
Timing summarize(std::vector<double> seconds);

/// The same with every time multiplied by `factor`.
Timing scaled(const Timing& timing, double factor);

nlohmann::ordered_json to_json(const Timing& timing);

/// Calls the phases one after the other, `repeats` times or more, until they took a fifth of a
/// second together, and times each; two rounds before that do not count. Waits for the device
/// before each phase and at its end, so a phase's time is that of its work. Returns a Timing a
/// phase, and last that of all of them together, on a GPU measured apart, as one piece of work.
std::vector<Timing> time_phases(Context& ctx, int repeats,
                                const std::vector<std::function<void()>>& phases);

/// time_phases() of one phase.
Timing time_calls(Context& ctx, int repeats, const std::function<void()>& call);

}  // namespace infoplane::bench
