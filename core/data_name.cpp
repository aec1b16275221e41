#include "core/data_name.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <system_error>

namespace infoplane {
namespace {

using ChangePath = std::function<std::string(const std::filesystem::path&)>;

std::string with_paths(const std::string& name, const ChangePath& change) {
  if (name.starts_with(kFolderPrefix)) {
    return std::string(kFolderPrefix) + change(name.substr(kFolderPrefix.size()));
  }
  if (name.starts_with(kArraysPrefix)) {
    const std::string arrays = name.substr(kArraysPrefix.size());
    if (const std::size_t comma = comma_between(arrays); comma != std::string::npos) {
      return std::string(kArraysPrefix) + change(arrays.substr(0, comma)) + ',' +
             change(arrays.substr(comma + 1));
    }
  }
  return name;
}

}  // namespace

std::size_t comma_between(const std::string& arrays) {
  std::size_t comma = arrays.find(',');
  if (comma == arrays.rfind(',')) {
    return comma;
  }
  std::error_code no_file;
  while (comma != std::string::npos &&
         !(std::filesystem::exists(arrays.substr(0, comma), no_file) &&
           std::filesystem::exists(arrays.substr(comma + 1), no_file))) {
    comma = arrays.find(',', comma + 1);
  }
  return comma;
}

std::filesystem::path absolute_path(const std::filesystem::path& path) {
  const std::filesystem::path whole = std::filesystem::absolute(path);
  const bool leads_up = std::find(whole.begin(), whole.end(), "..") != whole.end();
  return leads_up ? std::filesystem::weakly_canonical(whole) : whole.lexically_normal();
}

std::string absolute_data_name(const std::string& name) {
  return with_paths(name, [](const std::filesystem::path& path) {
    return path.empty() ? path.string() : absolute_path(path).string();
  });
}

std::string data_label(const std::string& name) {
  return with_paths(name, [](const std::filesystem::path& path) {
    return (path.has_filename() ? path : path.parent_path()).filename().string();
  });
}

bool is_drawn_from_seed(const std::string& name) {
  return name == kTishbyName || name.starts_with(kFolderPrefix) || name.starts_with(kArraysPrefix);
}

}  // namespace infoplane
