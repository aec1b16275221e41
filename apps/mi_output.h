#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/information.h"
#include "analysis/joint_estimates.h"
#include "analysis/shuffled_labels.h"

namespace infoplane::apps {

/// What `infoplane mi` knows for one number of bins.
struct MiResult {
  Information information;
  Reliability reliability;
  std::vector<std::pair<Estimator, JointEstimate>> estimates;  ///< as asked for
  std::optional<ShuffledLabels> null;
};

/// One JSON object; for several numbers of bins, {"sweep": [one object each]}. What does not exist
/// (a hidden layer's accuracy, say) is null.
std::string mi_json(const std::string& convention, const std::vector<MiResult>& results);

/// A header, and a line for each number of bins. What does not exist is an empty cell.
std::string mi_csv(const std::string& convention, const std::vector<MiResult>& results);

/// For people: one page for one number of bins, else a table with a line each.
std::string mi_text(const std::string& convention, const std::vector<MiResult>& results);

}  // namespace infoplane::apps
