#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace infoplane::cuda {

/// Which of a library's algorithms was the fastest for a plan, kept in a file from run to run.
///
/// A line of the file is "machine<TAB>plan<TAB>choice"; lines of other machines stay as they are.
/// What cannot be read counts as not there, and what cannot be written is forgotten with the
/// process: all that is lost is time.
class PlanCache {
 public:
  /// Keeps nothing on disk when `file` is empty. `machine` is the GPU and the libraries' versions.
  PlanCache(std::filesystem::path file, std::string machine);

  std::optional<std::string> find(const std::string& plan) const;
  /// Writes the file anew, with what other processes have put there meanwhile.
  void keep(const std::string& plan, const std::string& choice);

  /// $INFOPLANE_PLAN_CACHE, empty for none, else cuda_plans.tsv in the user's cache folder.
  static std::filesystem::path users_file();

 private:
  void read();

  std::filesystem::path file_;
  std::string machine_;
  std::map<std::string, std::string> choices_;  ///< by "machine<TAB>plan"
};

}  // namespace infoplane::cuda
