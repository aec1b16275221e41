#pragma once

#include "report/trace_json.h"

/// Single classes and hidden layers of a split, as JSON.
namespace infoplane {

/// Evenly spaced ones of `steps`, at most `most` (at least two), the first and the last among them.
std::vector<std::int64_t> thinned(std::vector<std::int64_t> steps, std::size_t most);

/// Every class at no more than `most` samples: a list a class of I(X;T), I(T;Y), accuracy, H(X) and
/// n, the last two shortened(). Null without class rows.
Json classes_json(const SplitRecord& split, std::size_t most);

/// The path of every hidden layer. Null without layer rows.
Json layers_json(const SplitRecord& split);

}  // namespace infoplane
