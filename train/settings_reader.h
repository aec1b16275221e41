#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "train/settings.h"

namespace infoplane {

/// Reads typed values out of those of a Config, which must outlive it. All throw UsageError, naming
/// key, source and what is allowed, when a value is wrong; a key that is not there has the
/// fallback.
class SettingsReader {
 public:
  explicit SettingsReader(const std::map<std::string, Config::Value>& values) : values_(values) {}

  bool has(const std::string& key) const { return values_.count(key) != 0; }

  std::string text(const std::string& key, const std::string& fallback) const;
  std::int64_t integer(const std::string& key, std::int64_t fallback, std::int64_t least) const;
  float number(const std::string& key, float fallback, bool zero_allowed) const;
  bool boolean(const std::string& key, bool fallback) const;
  std::string choice(const std::string& key, const std::string& fallback,
                     const std::vector<std::string>& allowed) const;

  /// Throws unless `text`, which was made of the key's value, is UTF-8.
  void require_utf8(const std::string& key, const std::string& text) const;

  /// Throws where the command line says the key although, as things are set, nothing heeds it;
  /// `needs` says what would have to be set. A file may keep what another setting made idle.
  void require_heeded(const std::string& key, bool heeded, const std::string& needs) const;

  [[noreturn]] void wrong(const std::string& key, const std::string& expected) const;

 private:
  const std::map<std::string, Config::Value>& values_;
};

}  // namespace infoplane
