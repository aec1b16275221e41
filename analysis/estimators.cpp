#include "analysis/estimators.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "core/error.h"
#include "core/nearest.h"

namespace infoplane {
namespace {

constexpr std::array kAll = {
    Estimator::kMl,       Estimator::kMillerMadow, Estimator::kGrassberger2003,
    Estimator::kChaoShen, Estimator::kJackknife,   Estimator::kJamesStein};

/// x ln x, continued to 0.
double x_log_x(double x) { return x > 0.0 ? x * std::log(x) : 0.0; }

/// Sum over symbols of `term(count)`.
template <class Term>
double sum_over_symbols(const CountOfCounts& counts, const Term& term) {
  double sum = 0.0;
  for (const auto& [count, symbols] : counts) {
    sum += static_cast<double>(symbols) * term(static_cast<double>(count));
  }
  return sum;
}

double rows_of(const CountOfCounts& counts) {
  return sum_over_symbols(counts, [](double n) { return n; });
}

double symbols_of(const CountOfCounts& counts) {
  return sum_over_symbols(counts, [](double) { return 1.0; });
}

double plug_in(const CountOfCounts& counts) {
  const double rows = rows_of(counts);
  return std::log(rows) - sum_over_symbols(counts, x_log_x) / rows;
}

double grassberger(const CountOfCounts& counts) {
  // G(1) = -gamma - ln 2, G(2) = 2 + G(1), G(2k + 1) = G(2k), G(2k + 2) = G(2k) + 2 / (2k + 1).
  const double g1 = -std::numbers::egamma - std::numbers::ln2;
  const double rows = rows_of(counts);
  std::uint64_t even = 0;  // G has been summed up to this even number
  double g = g1;
  double sum = 0.0;
  for (const auto& [count, symbols] : counts) {
    for (; even + 2 <= count; even += 2) {
      g += 2.0 / static_cast<double>(even + 1);
    }
    sum += static_cast<double>(symbols) * static_cast<double>(count) * g;
  }
  return std::log(rows) - sum / rows;
}

double chao_shen(const CountOfCounts& counts) {
  const double rows = rows_of(counts);
  const auto once = counts.find(1);
  const double singletons = once == counts.end() ? 0.0 : static_cast<double>(once->second);
  // Were all symbols singletons, the coverage would be 0: then one of them is taken as seen twice.
  const double coverage = 1.0 - std::min(singletons, rows - 1.0) / rows;
  return sum_over_symbols(counts, [&](double n) {
    const double p = coverage * n / rows;
    // 1 - (1 - p)^N, the chance to see the symbol at all.
    return p < 1.0 ? x_log_x(p) / std::expm1(rows * std::log1p(-p)) : 0.0;
  });
}

double jackknife(const CountOfCounts& counts) {
  const double rows = rows_of(counts);
  if (rows < 2.0) {
    return 0.0;
  }
  const double sum = sum_over_symbols(counts, x_log_x);
  const double left_out = sum_over_symbols(counts, [&](double n) {
    const double rest = sum - x_log_x(n) + x_log_x(n - 1.0);
    return n * (std::log(rows - 1.0) - rest / (rows - 1.0));
  });
  return rows * plug_in(counts) - (rows - 1.0) / rows * left_out;
}

}  // namespace

const char* to_string(Estimator estimator) {
  switch (estimator) {
    case Estimator::kMl: return "ml";
    case Estimator::kMillerMadow: return "miller_madow";
    case Estimator::kGrassberger2003: return "grassberger2003";
    case Estimator::kChaoShen: return "chao_shen";
    case Estimator::kJackknife: return "jackknife";
    case Estimator::kJamesStein: return "james_stein";
  }
  return "";
}

std::span<const Estimator> all_estimators() { return kAll; }

Estimator parse_estimator(const std::string& name) {
  std::vector<std::string> known;
  for (const Estimator estimator : kAll) {
    if (name == to_string(estimator)) {
      return estimator;
    }
    known.emplace_back(to_string(estimator));
  }
  throw UsageError("unknown estimator '" + name + "'; " + suggestion(name, known));
}

double shrinkage(const CountOfCounts& counts, double alphabet) {
  const double rows = rows_of(counts);
  const double squares =
      sum_over_symbols(counts, [&](double n) { return (n / rows) * (n / rows); });
  const double distance = squares - 1.0 / alphabet;  // sum over the alphabet of (p - target)^2
  const double spread = (rows - 1.0) * distance;
  return spread > 0.0 ? std::clamp((1.0 - squares) / spread, 0.0, 1.0) : 1.0;
}

double shrunk_entropy_nats(const CountOfCounts& counts, double alphabet, double lambda) {
  const double rows = rows_of(counts);
  const double target = lambda / alphabet;
  const double unseen = alphabet - symbols_of(counts);
  return -sum_over_symbols(counts, [&](double n) {
    return x_log_x(target + (1.0 - lambda) * n / rows);
  }) - unseen * x_log_x(target);
}

double entropy_nats(Estimator estimator, const CountOfCounts& counts, double alphabet) {
  if (counts.empty()) {
    return 0.0;
  }
  switch (estimator) {
    case Estimator::kMl: return plug_in(counts);
    case Estimator::kMillerMadow:
      return plug_in(counts) + (symbols_of(counts) - 1.0) / (2.0 * rows_of(counts));
    case Estimator::kGrassberger2003: return grassberger(counts);
    case Estimator::kChaoShen: return chao_shen(counts);
    case Estimator::kJackknife: return jackknife(counts);
    case Estimator::kJamesStein:
      return shrunk_entropy_nats(counts, alphabet, shrinkage(counts, alphabet));
  }
  return 0.0;
}

}  // namespace infoplane
