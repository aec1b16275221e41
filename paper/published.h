#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace infoplane::paper {

/// What a cell of a table is about.
enum class Quantity {
  kPercentage,          ///< share of inversions that agree, of the first samples (section 4.1)
  kBeyondDrifts,        ///< that, less what drifts give; not in the paper
  kTransitionIty,       ///< I(T;Y) at the transition point, bits
  kTransitionIxt,       ///< I(X;T) there, bits
  kTransitionEpoch,     ///< epochs to it
  kTransitionAccuracy,  ///< of the validation split
  kConvergenceIty,      ///< the same at the convergence point
  kConvergenceIxt,
  kConvergenceEpoch,
  kConvergenceAccuracy,
  kFinalAccuracy,  ///< of the validation split
  kClassAccuracy,  ///< of one class, at the end
};

/// "percentage", "transition I(T;Y)" and so on.
const char* to_string(Quantity quantity);

/// Whether a number is far enough from the paper's to say that they differ: 0.02 of accuracy, 0.05
/// of a percentage and 0.05 bit of I(T;Y), 0.5 bit of I(X;T), five epochs. The paper has one run of
/// each network and gives no intervals.
double tolerance(Quantity quantity);

/// An interval over seeds says something from so many on: that of two holds nearly everything, or,
/// where they lie together by chance, too little.
constexpr std::size_t kLeastSeeds = 3;

/// With fewer inverted pairs than this a share of them says nothing.
constexpr std::int64_t kLeastInversions = 100;

/// The paper's number in an item's row (Cheng, Lian, Gao, Geng: Tables 1 to 5; the accuracies of
/// three classes beside Figure 7); none where it has none.
std::optional<double> published(const std::string& item, const std::string& row, Quantity quantity);

/// Whether the path of a row of the paper's Table 4 goes on after its transition (section 4.2);
/// none where the paper has no such row.
std::optional<bool> published_two_phases(const std::string& row);

}  // namespace infoplane::paper
