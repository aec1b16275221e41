#include "bench/timing.h"

#include <algorithm>
#include <chrono>

#include "analysis/interval.h"
#include "core/error.h"

namespace infoplane::bench {
namespace {

constexpr int kWarmUp = 2;
constexpr double kShortest = 0.2;  // seconds of all repeats together

}  // namespace

Timing summarize(std::vector<double> seconds) {
  if (seconds.empty()) {
    throw Error("summarize: no measured values");
  }
  std::sort(seconds.begin(), seconds.end());
  return {static_cast<int>(seconds.size()), seconds.front(), quantile(seconds, 0.25),
          quantile(seconds, 0.5), quantile(seconds, 0.75)};
}

Timing scaled(const Timing& timing, double factor) {
  return {timing.repeats, timing.min_s * factor, timing.lower_quartile_s * factor,
          timing.median_s * factor, timing.upper_quartile_s * factor};
}

nlohmann::ordered_json to_json(const Timing& timing) {
  return {{"repeats", timing.repeats},
          {"min", timing.min_s},
          {"lower_quartile", timing.lower_quartile_s},
          {"median", timing.median_s},
          {"upper_quartile", timing.upper_quartile_s}};
}

std::vector<Timing> time_phases(Context& ctx, int repeats,
                                const std::vector<std::function<void()>>& phases) {
  using Clock = std::chrono::steady_clock;
  std::vector<std::vector<double>> seconds(phases.size() + 1);
  double measured = 0.0;
  for (int round = -kWarmUp; round < repeats || measured < kShortest; ++round) {
    double together = 0.0;
    for (std::size_t i = 0; i < phases.size(); ++i) {
      ctx.synchronize();
      const Clock::time_point start = Clock::now();
      phases[i]();
      ctx.synchronize();
      const std::chrono::duration<double> elapsed = Clock::now() - start;
      together += elapsed.count();
      if (round >= 0) {
        seconds[i].push_back(elapsed.count());
      }
    }
    if (ctx.device() != Device::kCpu && phases.size() > 1) {  // nobody waits between them in use
      const Clock::time_point start = Clock::now();
      for (const std::function<void()>& phase : phases) {
        phase();
      }
      ctx.synchronize();
      together = std::chrono::duration<double>(Clock::now() - start).count();
    }
    if (round >= 0) {
      seconds.back().push_back(together);
      measured += together;
    }
  }
  std::vector<Timing> timings;
  for (std::vector<double>& values : seconds) {
    timings.push_back(summarize(std::move(values)));
  }
  return timings;
}

Timing time_calls(Context& ctx, int repeats, const std::function<void()>& call) {
  return time_phases(ctx, repeats, {call}).front();
}

}  // namespace infoplane::bench
