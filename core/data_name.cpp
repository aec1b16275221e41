#include "core/data_name.h"

#include <filesystem>
#include <functional>

namespace infoplane {
namespace {

using ChangePath = std::function<std::string(const std::filesystem::path&)>;

std::string with_paths(const std::string& name, const ChangePath& change) {
  if (name.starts_with(kFolderPrefix)) {
    return std::string(kFolderPrefix) + change(name.substr(kFolderPrefix.size()));
  }
  const std::size_t comma = name.find(',');
  if (name.starts_with(kArraysPrefix) && comma != std::string::npos) {
    const std::size_t begin = kArraysPrefix.size();
    return std::string(kArraysPrefix) + change(name.substr(begin, comma - begin)) + ',' +
           change(name.substr(comma + 1));
  }
  return name;
}

}  // namespace

std::string absolute_data_name(const std::string& name) {
  return with_paths(name, [](const std::filesystem::path& path) {
    return path.empty() ? path.string()
                        : std::filesystem::absolute(path).lexically_normal().string();
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
