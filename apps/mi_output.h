#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/information.h"
#include "analysis/joint_estimates.h"
#include "analysis/shuffled_labels.h"
#include "core/tuples.h"

namespace infoplane::apps {

/// How a hidden layer was binned.
struct LayerRange {
  int units = 0;
  ValueRange range;
  bool found = false;    ///< the smallest and the largest value, rather than what was asked for
  bool clamped = false;  ///< values outside were counted in the end intervals
};

/// What `infoplane mi` knows for one number of bins.
struct MiResult {
  Information information;
  Reliability reliability;
  std::vector<std::pair<Estimator, JointEstimate>> estimates;  ///< as asked for
  std::optional<ShuffledLabels> null;
  std::optional<LayerRange> layer;  ///< of a hidden layer
};

/// One JSON object; for several numbers of bins, {"sweep": [one object each]}. What does not exist
/// (a hidden layer's accuracy, say) is null.
std::string mi_json(const std::string& convention, const std::vector<MiResult>& results);

/// A header, and a line for each number of bins. What does not exist is an empty cell; what only a
/// hidden layer has are the last columns.
std::string mi_csv(const std::string& convention, const std::vector<MiResult>& results);

/// For people: one page for one number of bins, else a table with a line each.
std::string mi_text(const std::string& convention, const std::vector<MiResult>& results);

}  // namespace infoplane::apps
