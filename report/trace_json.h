#pragma once

#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "report/run_record.h"
#include "report/seed_groups.h"

/// A report's traces as JSON: an array a column, which is smaller than an object a row and what the
/// page draws from.
namespace infoplane {

using Json = nlohmann::ordered_json;

/// The quantities with a panel of their own.
struct Quantity {
  const char* name;
  double TraceRow::*value;
  int decimals;  ///< kept in a report: more than can be seen, and no more than is known
};
inline constexpr std::array kQuantities = {
    Quantity{"loss_nats", &TraceRow::loss_nats, 5}, Quantity{"accuracy", &TraceRow::accuracy, 5},
    Quantity{"i_xt_bits", &TraceRow::i_xt_bits, 4}, Quantity{"i_ty_bits", &TraceRow::i_ty_bits, 4}};

/// The value with so many decimals; null when it is not finite.
Json rounded(double value, int decimals);
Json rounded(const std::vector<double>& values, int decimals);

/// A column, or its one value where all are the same: counts seldom change over a run.
Json shortened(Json column);

/// One split of one run: every quantity raw and, for display, as its moving mean over `window`
/// samples.
Json series_json(const SplitRecord& split, int window);

/// The seeds' mean of every quantity, raw and smoothed, with the half width of its 95% interval.
Json seeds_json(const std::vector<const SplitRecord*>& splits, int window);

}  // namespace infoplane
