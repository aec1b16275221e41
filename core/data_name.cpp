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
    std::string changed;
    for (const std::string& file : array_files(name.substr(kArraysPrefix.size()))) {
      changed += (changed.empty() ? std::string(kArraysPrefix) : ",") + change(file);
    }
    return changed.empty() ? name : changed;
  }
  return name;
}

/// The text cut at every comma.
std::vector<std::string> all_parts(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t comma; (comma = text.find(',', begin)) != std::string::npos; begin = comma + 1) {
    parts.push_back(text.substr(begin, comma - begin));
  }
  parts.push_back(text.substr(begin));
  return parts;
}

/// The text cut at commas into `count` names of files that are there; none when it cannot be.
std::vector<std::string> existing_files(const std::string& text, int count) {
  std::error_code no_file;
  if (count == 1) {
    return std::filesystem::exists(text, no_file) ? std::vector{text} : std::vector<std::string>{};
  }
  for (std::size_t comma = text.find(','); comma != std::string::npos;
       comma = text.find(',', comma + 1)) {
    if (!std::filesystem::exists(text.substr(0, comma), no_file)) {
      continue;
    }
    std::vector<std::string> files = existing_files(text.substr(comma + 1), count - 1);
    if (!files.empty()) {
      files.insert(files.begin(), text.substr(0, comma));
      return files;
    }
  }
  return {};
}

}  // namespace

std::vector<std::string> array_files(const std::string& arrays) {
  std::vector<std::string> parts = all_parts(arrays);
  if (parts.size() == 2) {
    return parts;
  }
  for (const int count : {2, 4}) {
    if (std::vector<std::string> files = existing_files(arrays, count); !files.empty()) {
      return files;
    }
  }
  if (parts.size() != 4) {
    parts.clear();
  }
  return parts;
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

bool names_its_files(const std::string& name) {
  return name.starts_with(kFolderPrefix) || name.starts_with(kArraysPrefix);
}

bool is_drawn_from_seed(const std::string& name) {
  return name == kTishbyName || names_its_files(name);
}

}  // namespace infoplane
