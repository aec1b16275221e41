#pragma once

#include <string>
#include <vector>

#include "analysis/interval.h"
#include "report/run_record.h"

namespace infoplane {

/// Runs of one configuration: they differ in their seed, and in where and how fast they ran.
struct SeedGroup {
  std::string label;               ///< "fc-3 on mnist", with the settings that tell groups apart
  std::vector<std::size_t> runs;   ///< places in the list of runs
  std::vector<std::size_t> seeds;  ///< of them, the first of each seed: independent repeats
};

/// The groups, in the order of their first runs. A run without a config.toml is its own group.
std::vector<SeedGroup> group_by_configuration(const std::vector<RunRecord>& runs);

/// What tells a run from the others of its group: "seed 2", or its path; with both where another
/// has the same seed.
std::string name_in_group(std::size_t run, const SeedGroup& group,
                          const std::vector<RunRecord>& runs);

/// The labels without the parts, up to a comma, that all of them begin with: as paths.js of the
/// page leaves them out. None becomes empty, but that of a single group.
std::vector<std::string> labels_without_common_part(const std::vector<SeedGroup>& groups);

/// The split's records of a group's seeds that have samples of it, in their order.
std::vector<const SplitRecord*> splits_of_seeds(const SeedGroup& group,
                                                const std::vector<RunRecord>& runs,
                                                const std::string& split);

/// What to know of the means over a group's seeds: which runs are not in them, as they repeat a
/// seed or have no sample, and where a mean ends before the others do. Nothing of a group with one
/// seed.
std::vector<std::string> notes_of_means(const SeedGroup& group, const std::vector<RunRecord>& runs);

/// A quantity over seeds, at the steps where all of them have a sample. Where one of them is not
/// finite there, mean and half width are NaN.
struct SeedCurve {
  std::vector<std::int64_t> steps;
  std::vector<double> epochs;
  std::vector<MeanInterval> values;
};

/// A column of values, one for each row of a split.
using Columns = std::vector<std::vector<double>>;

/// `columns` has a column for each of `splits`. All must be there; steps are taken to ascend.
SeedCurve over_seeds(const std::vector<const SplitRecord*>& splits, const Columns& columns);

}  // namespace infoplane
