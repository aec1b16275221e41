#include "analysis/inversion_control.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "analysis/interval.h"
#include "core/error.h"
#include "core/permute.h"

namespace infoplane {
namespace {

InversionControl summary(std::vector<double> shares) {
  shares.erase(std::remove_if(shares.begin(), shares.end(), [](double x) { return std::isnan(x); }),
               shares.end());
  if (shares.empty()) {
    constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
    return {0, kUnknown, kUnknown, kUnknown};
  }
  std::sort(shares.begin(), shares.end());
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  return {static_cast<int>(shares.size()), sum / static_cast<double>(shares.size()),
          quantile(shares, 0.025), quantile(shares, 0.975)};
}

void require_repeats(int repeats) {
  if (repeats < 1) {
    throw UsageError("inversions: a control of " + std::to_string(repeats) +
                     " repeats; at least 1 is needed");
  }
}

}  // namespace

InversionControl control_dealt_out(std::span<const double> i_ty_bits,
                                   std::span<const double> accuracy,
                                   std::span<const double> i_xt_bits, int repeats,
                                   std::uint64_t seed) {
  require_repeats(repeats);
  std::vector<double> dealt(i_xt_bits.begin(), i_xt_bits.end());
  std::vector<double> shares;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    permute({seed, kNullStream, static_cast<std::uint32_t>(repeat)}, dealt);
    shares.push_back(count_inversions(i_ty_bits, accuracy, dealt).percentage());
  }
  return summary(std::move(shares));
}

InversionControl control_moved(std::span<const double> i_ty_bits, std::span<const double> accuracy,
                               std::span<const double> i_xt_bits, int most) {
  require_repeats(most);
  const std::size_t samples = i_xt_bits.size();
  const std::size_t moves = samples > 1 ? std::min<std::size_t>(samples - 1, most) : 0;
  std::vector<double> moved(samples);
  std::vector<double> shares;
  for (std::size_t i = 0; i < moves; ++i) {
    const std::size_t by = 1 + i * (samples - 1) / moves;
    std::rotate_copy(i_xt_bits.begin(), i_xt_bits.begin() + static_cast<std::ptrdiff_t>(by),
                     i_xt_bits.end(), moved.begin());
    shares.push_back(count_inversions(i_ty_bits, accuracy, moved).percentage());
  }
  return summary(std::move(shares));
}

double control_one_turn(std::span<const double> i_ty_bits, std::span<const double> accuracy,
                        int turns) {
  if (turns < 2) {
    throw UsageError("inversions: a control of " + std::to_string(turns) +
                     " turns; at least 2 are needed");
  }
  const auto samples = static_cast<double>(accuracy.size());
  std::vector<double> line(accuracy.size());
  double largest = std::numeric_limits<double>::quiet_NaN();
  for (int turn = 0; turn < turns; ++turn) {
    // A quarter beside a sample, so that no two lie equally far from it: what does not rise in an
    // inversion falls.
    const double place = std::floor(samples * turn / (turns - 1)) - 0.75;
    for (std::size_t i = 0; i < line.size(); ++i) {
      line[i] = std::abs(static_cast<double>(i) - place);
    }
    const double share = count_inversions(i_ty_bits, accuracy, line).percentage();
    largest = std::fmax(largest, std::fmax(share, 1.0 - share));
  }
  return largest;
}

double Drifts::largest() const { return std::max(moved.high, one_turn); }

Drifts drifts_of(std::span<const double> i_ty_bits, std::span<const double> accuracy,
                 std::span<const double> i_xt_bits) {
  constexpr int kTurns = 100;
  return {control_moved(i_ty_bits, accuracy, i_xt_bits, kMovesTried),
          control_one_turn(i_ty_bits, accuracy, kTurns)};
}

std::vector<Inversions> count_inversions_of_starts(std::span<const double> i_ty_bits,
                                                   std::span<const double> accuracy,
                                                   std::span<const double> i_xt_bits,
                                                   std::span<const std::size_t> lengths) {
  std::vector<Inversions> starts;
  for (const std::size_t length : lengths) {
    const auto start = [&](std::span<const double> column) {
      return column.first(std::min(length, column.size()));
    };
    starts.push_back(count_inversions(start(i_ty_bits), start(accuracy), start(i_xt_bits)));
  }
  return starts;
}

}  // namespace infoplane
