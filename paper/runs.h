#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "paper/experiments.h"
#include "paper/traces.h"

namespace infoplane::paper {

/// The same row about all samples of its runs, which then must be done.
Row whole(const Row& row);

/// "epoch 12.8 of 77", of a run that has samples.
std::string how_far(const TracedRun& run);

/// The runs of a study by the rows that they serve, in the order of their seeds. A row about a
/// whole run is served by runs that are done, one about the first samples of a run by those that
/// have them.
class Runs {
 public:
  /// Reads those in `folder` that serve a row of `items`. `failed` says by run why one is not done.
  Runs(const std::filesystem::path& folder, const std::vector<Item>& items,
       const std::map<std::string, std::string>& failed);
  Runs(const Runs&) = delete;
  Runs& operator=(const Runs&) = delete;

  const std::vector<const TracedRun*>& of(const Row& row) const;
  /// The first run of the row's experiment that is not done and has samples; null: none.
  const TracedRun* begun(const Row& row) const;
  /// All that serve a row, and those of begun().
  std::vector<const TracedRun*> all() const;
  /// Why no run serves a row, or not all that were asked for.
  const std::string& why_not_run(const Row& row) const;

 private:
  void find(const std::filesystem::path& folder, const Row& row,
            const std::map<std::string, std::string>& failed);
  const TracedRun& read(const std::filesystem::path& folder, const std::string& name);
  static std::string key(const Row& row);

  std::map<std::string, TracedRun> traced_;
  std::map<std::string, std::vector<const TracedRun*>> of_rows_;
  std::map<std::string, std::string> why_not_;
  std::map<std::string, const TracedRun*> begun_;  ///< by experiment
};

}  // namespace infoplane::paper
