#include "paper/published.h"

#include <algorithm>
#include <iterator>

namespace infoplane::paper {
namespace {

struct Number {
  const char* item;
  const char* row;
  Quantity quantity;
  double value;
};

constexpr Number kNumbers[] = {
    {"table1", "cnn-9 sgd", Quantity::kPercentage, 0.865},
    {"table1", "cnn-9 bgd", Quantity::kPercentage, 0.821},
    {"table1", "linear sgd", Quantity::kPercentage, 0.755},
    {"table1", "linear bgd", Quantity::kPercentage, 0.594},
    {"table2", "cnn-2", Quantity::kPercentage, 0.56},
    {"table2", "cnn-4", Quantity::kPercentage, 0.68},
    {"table2", "cnn-9", Quantity::kPercentage, 0.87},
    {"table2", "cnn-16", Quantity::kPercentage, 0.96},
    {"table3", "100 samples", Quantity::kPercentage, 0.905},
    {"table3", "200 samples", Quantity::kPercentage, 0.921},
    {"table3", "300 samples", Quantity::kPercentage, 0.912},
    {"table3", "400 samples", Quantity::kPercentage, 0.924},
    {"table3", "500 samples", Quantity::kPercentage, 0.924},
    {"table3", "600 samples", Quantity::kPercentage, 0.924},
    {"table5", "cnn-2", Quantity::kPercentage, 0.56},
    {"table5", "cnn-4", Quantity::kPercentage, 0.68},
    {"table5", "cnn-9", Quantity::kPercentage, 0.87},
    {"table5", "cnn-16", Quantity::kPercentage, 0.96},
    {"table5", "cnn-2", Quantity::kFinalAccuracy, 0.45},
    {"table5", "cnn-4", Quantity::kFinalAccuracy, 0.70},
    {"table5", "cnn-9", Quantity::kFinalAccuracy, 0.77},
    {"table5", "cnn-16", Quantity::kFinalAccuracy, 0.89},
    {"fig7", "airplane", Quantity::kClassAccuracy, 0.921},
    {"fig7", "automobile", Quantity::kClassAccuracy, 0.961},
    {"fig7", "bird", Quantity::kClassAccuracy, 0.825},
};

/// A row of Table 4: I(T;Y), I(X;T), epochs and accuracy at both points.
struct Path {
  const char* row;
  double values[8];
};

constexpr Path kPaths[] = {
    {"fc-3 mnist", {2.96, 7.183, 1, 0.836, 3.259, 4.358, 51, 0.983}},
    {"fc-6 mnist", {2.962, 7.532, 1, 0.846, 3.249, 3.746, 56, 0.988}},
    {"fc-9 mnist", {2.803, 7.166, 1, 0.774, 3.214, 3.647, 54, 0.988}},
    {"cnn-2 mnist", {2.952, 7.898, 1, 0.75, 3.282, 3.916, 50, 0.99}},
    {"cnn-4 mnist", {2.286, 7.683, 1, 0.451, 3.284, 3.621, 53, 0.994}},
    {"cnn-6 mnist", {2.236, 6.184, 1, 0.515, 3.275, 3.592, 54, 0.994}},
    {"fc-3 cifar10", {2.671, 10.085, 65, 0.534, 2.671, 10.085, 65, 0.534}},
    {"fc-6 cifar10", {2.604, 9.321, 20, 0.537, 2.218, 7.197, 66, 0.575}},
    {"fc-9 cifar10", {2.55, 9.02, 21, 0.555, 2.218, 7.197, 66, 0.56}},
    {"cnn-2 cifar10", {1.816, 8.133, 63, 0.451, 1.816, 8.133, 63, 0.451}},
    {"cnn-4 cifar10", {2.840, 8.761, 67, 0.705, 2.840, 8.761, 67, 0.705}},
    {"cnn-6 cifar10", {2.301, 8.891, 5, 0.52, 2.472, 4.862, 66, 0.781}},
};

}  // namespace

const char* to_string(Quantity quantity) {
  switch (quantity) {
    case Quantity::kPercentage: return "percentage";
    case Quantity::kBeyondDrifts: return "percentage less drifts";
    case Quantity::kTransitionIty: return "transition I(T;Y)";
    case Quantity::kTransitionIxt: return "transition I(X;T)";
    case Quantity::kTransitionEpoch: return "transition epoch";
    case Quantity::kTransitionAccuracy: return "transition accuracy";
    case Quantity::kConvergenceIty: return "convergence I(T;Y)";
    case Quantity::kConvergenceIxt: return "convergence I(X;T)";
    case Quantity::kConvergenceEpoch: return "convergence epoch";
    case Quantity::kConvergenceAccuracy: return "convergence accuracy";
    case Quantity::kFinalAccuracy: return "final accuracy";
    case Quantity::kClassAccuracy: return "class accuracy";
  }
  return "";
}

double tolerance(Quantity quantity) {
  switch (quantity) {
    case Quantity::kPercentage:
    case Quantity::kBeyondDrifts:
    case Quantity::kTransitionIty:
    case Quantity::kConvergenceIty: return 0.05;
    case Quantity::kTransitionIxt:
    case Quantity::kConvergenceIxt: return 0.5;
    case Quantity::kTransitionEpoch:
    case Quantity::kConvergenceEpoch: return 5.0;
    case Quantity::kTransitionAccuracy:
    case Quantity::kConvergenceAccuracy:
    case Quantity::kFinalAccuracy:
    case Quantity::kClassAccuracy: return 0.02;
  }
  return 0.0;
}

std::optional<double> published(const std::string& item, const std::string& row,
                                Quantity quantity) {
  if (item == "table4" && quantity >= Quantity::kTransitionIty &&
      quantity <= Quantity::kConvergenceAccuracy) {
    for (const Path& path : kPaths) {
      if (row == path.row) {
        return path.values[static_cast<int>(quantity) - static_cast<int>(Quantity::kTransitionIty)];
      }
    }
    return std::nullopt;
  }
  const auto* found =
      std::find_if(std::begin(kNumbers), std::end(kNumbers), [&](const Number& number) {
        return item == number.item && row == number.row && quantity == number.quantity;
      });
  return found == std::end(kNumbers) ? std::nullopt : std::optional(found->value);
}

std::optional<bool> published_two_phases(const std::string& row) {
  const auto transition = published("table4", row, Quantity::kTransitionEpoch);
  const auto convergence = published("table4", row, Quantity::kConvergenceEpoch);
  return transition && convergence ? std::optional(*transition < *convergence) : std::nullopt;
}

}  // namespace infoplane::paper
