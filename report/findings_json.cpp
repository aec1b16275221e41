#include "report/findings_json.h"

#include <algorithm>
#include <cmath>

#include "analysis/interval.h"

namespace infoplane {
namespace {

constexpr int kDeals = 200;
constexpr std::uint64_t kControlSeed = 1;

std::vector<PathPoint> path_of(const SplitRecord& split) {
  std::vector<PathPoint> path;
  for (const TraceRow& row : split.rows) {
    const PathPoint point = {row.epoch, row.i_xt_bits, row.i_ty_bits, row.accuracy};
    if (is_finite(point)) {
      path.push_back(point);
    }
  }
  return path;
}

/// With so many decimals where a report shows it; null when it is not finite.
Json number_json(double value, int decimals, Digits digits) {
  return digits == Digits::kShown ? rounded(value, decimals)
         : std::isfinite(value)   ? Json(value)
                                  : Json(nullptr);
}

std::optional<PathPoint> mean_of(const std::vector<PathPoint>& points) {
  if (points.empty()) {
    return std::nullopt;
  }
  PathPoint mean;
  const auto weight = 1.0 / static_cast<double>(points.size());
  for (const PathPoint& point : points) {
    mean.epoch += weight * point.epoch;
    mean.i_xt_bits += weight * point.i_xt_bits;
    mean.i_ty_bits += weight * point.i_ty_bits;
    mean.accuracy += weight * point.accuracy;
  }
  return mean;
}

Json control_json(const InversionControl& control, Digits digits) {
  return {{"repeats", control.repeats},
          {"mean", number_json(control.mean, 4, digits)},
          {"low", number_json(control.low, 4, digits)},
          {"high", number_json(control.high, 4, digits)}};
}

Json share_json(const Inversions& counted, Digits digits) {
  return {{"samples", counted.samples},
          {"pairs", counted.samples * (counted.samples - 1) / 2},
          {"inversions", counted.inversions},
          {"agreeing", counted.agreeing},
          {"share", number_json(counted.percentage(), 4, digits)}};
}

/// The finite samples of a split, by column.
struct Samples {
  explicit Samples(const SplitRecord& split) {
    for (const PathPoint& point : path_of(split)) {
      i_xt.push_back(point.i_xt_bits);
      i_ty.push_back(point.i_ty_bits);
      accuracy.push_back(point.accuracy);
    }
  }

  std::vector<double> i_xt, i_ty, accuracy;
};

/// 100 samples; of a shorter trace the largest round number that gives at least three starts, of a
/// longer one the least that gives no more than 50: each takes a count of its own.
std::size_t start_step(std::size_t samples) {
  std::size_t step = 1;
  for (std::size_t power = 1;; power *= 10) {
    for (const std::size_t round : {power, 2 * power, 5 * power}) {
      if (round <= 100 ? samples < 3 * round : samples <= 50 * step) {
        return step;
      }
      step = round;
    }
  }
}

/// The multiples of the step, and always all samples.
std::vector<std::size_t> start_lengths(std::size_t samples) {
  const std::size_t step = start_step(samples);
  std::vector<std::size_t> lengths;
  for (std::size_t length = step; length < samples; length += step) {
    lengths.push_back(length);
  }
  lengths.push_back(samples);
  return lengths;
}

std::vector<Inversions> starts_of(const Samples& samples) {
  return count_inversions_of_starts(samples.i_ty, samples.accuracy, samples.i_xt,
                                    start_lengths(samples.i_xt.size()));
}

}  // namespace

Json point_json(const PathPoint& point, Digits digits) {
  return {{"epoch", number_json(point.epoch, 4, digits)},
          {"i_xt_bits", number_json(point.i_xt_bits, 4, digits)},
          {"i_ty_bits", number_json(point.i_ty_bits, 4, digits)},
          {"accuracy", number_json(point.accuracy, 5, digits)}};
}

Json interval_json(const std::vector<double>& values, Digits digits) {
  if (values.empty()) {
    return nullptr;
  }
  const MeanInterval interval = mean_interval(values);
  return {{"mean", number_json(interval.mean, 4, digits)},
          {"half_width", number_json(interval.half_width, 4, digits)},
          {"repeats", interval.repeats}};
}

Json phases_json(const Phases& phases, const PhaseSensitivity& sensitivity, Digits digits) {
  const auto range = [digits](double least, double most) {
    return Json::array({number_json(least, 4, digits), number_json(most, 4, digits)});
  };
  return {{"samples", phases.samples},
          {"compresses", phases.compresses},
          {"transition", point_json(phases.transition, digits)},
          {"convergence", point_json(phases.convergence, digits)},
          {"slope", phases.slope ? number_json(*phases.slope, 4, digits) : Json(nullptr)},
          {"sensitivity",
           {{"rules", sensitivity.rules},
            {"compressing", sensitivity.compressing},
            {"transition_epoch",
             range(sensitivity.least_transition_epoch, sensitivity.most_transition_epoch)},
            {"height_bits", range(sensitivity.least_height_bits, sensitivity.most_height_bits)}}}};
}

Json phases_json(const SplitRecord& split, const PhaseRule& rule) {
  const std::vector<PathPoint> path = path_of(split);
  if (path.empty()) {
    return nullptr;
  }
  return phases_json(find_phases(path, rule), phase_sensitivity(path, rule), Digits::kShown);
}

SeedPhases phases_over_seeds(const std::vector<const SplitRecord*>& splits, const PhaseRule& rule) {
  SeedPhases result;
  std::vector<PathPoint> transitions;
  std::vector<PathPoint> ends;
  for (const SplitRecord* split : splits) {
    const std::vector<PathPoint> path = path_of(*split);
    if (path.empty()) {
      continue;
    }
    const Phases phases = find_phases(path, rule);
    ++result.repeats;
    ends.push_back(phases.convergence);
    if (phases.compresses) {  // of the others the transition is the end
      result.heights_bits.push_back(phases.transition.i_ty_bits);
      result.slopes.push_back(*phases.slope);
      transitions.push_back(phases.transition);
    }
  }
  result.transition = mean_of(transitions);
  result.convergence = mean_of(ends);
  return result;
}

Json phases_json(const SeedPhases& phases) {
  if (!phases.convergence) {
    return nullptr;
  }
  return {{"compressing", phases.slopes.size()},
          {"repeats", phases.repeats},
          {"transition",
           phases.transition ? point_json(*phases.transition, Digits::kShown) : Json(nullptr)},
          {"convergence", point_json(*phases.convergence, Digits::kShown)},
          {"height_bits", interval_json(phases.heights_bits, Digits::kShown)},
          {"slope", interval_json(phases.slopes, Digits::kShown)}};
}

std::vector<Inversions> inversions_of_starts(const SplitRecord& split) {
  return starts_of(Samples(split));
}

InversionFindings find_inversions(const SplitRecord& split) {
  const Samples samples(split);
  const auto& [i_xt, i_ty, accuracy] = samples;
  return {count_inversions(i_ty, accuracy, i_xt),
          control_dealt_out(i_ty, accuracy, i_xt, kDeals, kControlSeed),
          drifts_of(i_ty, accuracy, i_xt), starts_of(samples)};
}

Json inversions_json(const InversionFindings& findings, Digits digits) {
  Json json = share_json(findings.all, digits);
  json["dealt_out"] = control_json(findings.dealt_out, digits);
  json["moved"] = control_json(findings.drifts.moved, digits);
  json["one_turn"] = number_json(findings.drifts.one_turn, 4, digits);
  json["starts"] = inversions_json(findings.starts, digits);
  return json;
}

Json inversions_json(const std::vector<Inversions>& starts, Digits digits) {
  Json json = Json::array();
  for (const Inversions& start : starts) {
    json.push_back(share_json(start, digits));
  }
  return json;
}

}  // namespace infoplane
