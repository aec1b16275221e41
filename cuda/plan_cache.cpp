#include "cuda/plan_cache.h"

#include <cstdlib>
#include <fstream>
#include <utility>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/user_cache.h"

namespace infoplane::cuda {

namespace fs = std::filesystem;

PlanCache::PlanCache(fs::path file, std::string machine)
    : file_(std::move(file)), machine_(std::move(machine)) {
  read();
}

std::optional<std::string> PlanCache::find(const std::string& plan) const {
  const auto found = choices_.find(machine_ + '\t' + plan);
  return found == choices_.end() ? std::nullopt : std::optional(found->second);
}

void PlanCache::keep(const std::string& plan, const std::string& choice) {
  read();
  choices_[machine_ + '\t' + plan] = choice;
  if (file_.empty()) {
    return;
  }
  std::string content;
  for (const auto& [key, value] : choices_) {
    content += key + '\t' + value + '\n';
  }
  std::error_code error;
  fs::create_directories(file_.parent_path(), error);
  try {
    write_file_atomically(file_, content);
  } catch (const Error&) {
    file_.clear();
  }
}

fs::path PlanCache::users_file() {
  if (std::getenv("INFOPLANE_PLAN_CACHE") != nullptr) {
    return path_from_environment("INFOPLANE_PLAN_CACHE");
  }
  const fs::path folder = user_cache();
  return folder.empty() ? fs::path() : folder / "cuda_plans.tsv";
}

void PlanCache::read() {
  std::ifstream stream(file_);
  for (std::string line; std::getline(stream, line);) {
    const std::size_t choice = line.rfind('\t');
    if (choice != std::string::npos && line.find('\t') != choice) {
      choices_[line.substr(0, choice)] = line.substr(choice + 1);
    }
  }
}

}  // namespace infoplane::cuda
