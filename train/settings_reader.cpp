#include "train/settings_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/error.h"

namespace infoplane {
namespace {

bool is_utf8(const std::string& text) {
  try {
    return !nlohmann::json(text).dump().empty();
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

}  // namespace

std::string SettingsReader::text(const std::string& key, const std::string& fallback) const {
  const auto found = values_.find(key);
  if (found == values_.end()) {
    return fallback;
  }
  require_utf8(key, found->second.text);
  return found->second.text;
}

void SettingsReader::require_utf8(const std::string& key, const std::string& text) const {
  if (!is_utf8(text)) {
    wrong(key, "a name in UTF-8, as config.toml must be, with all folders above; rename them");
  }
}

std::int64_t SettingsReader::integer(const std::string& key, std::int64_t fallback,
                                     std::int64_t least) const {
  const auto found = values_.find(key);
  if (found == values_.end()) {
    return fallback;
  }
  const std::string& text = found->second.text;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) {
    wrong(key, fmt::format("a whole number from {} to {}", least,
                           std::numeric_limits<std::int64_t>::max()));
  }
  if (error != std::errc() || end != text.data() + text.size() || value < least) {
    wrong(key, fmt::format("a whole number of at least {}", least));
  }
  return value;
}

float SettingsReader::number(const std::string& key, float fallback, bool zero_allowed) const {
  const auto found = values_.find(key);
  if (found == values_.end()) {
    return fallback;
  }
  const std::string& text = found->second.text;
  float value = 0.0f;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) {
    wrong(key, fmt::format("a number from {} to 3.4e38", zero_allowed ? "0" : "1.2e-38"));
  }
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value) ||
      value < 0.0f || (value == 0.0f && !zero_allowed)) {
    wrong(key, zero_allowed ? "a number of at least 0" : "a number above 0");
  }
  return value;
}

bool SettingsReader::boolean(const std::string& key, bool fallback) const {
  const auto found = values_.find(key);
  if (found == values_.end()) {
    return fallback;
  }
  if (found->second.text != "true" && found->second.text != "false") {
    wrong(key, "true or false");
  }
  return found->second.text == "true";
}

std::string SettingsReader::choice(const std::string& key, const std::string& fallback,
                                   const std::vector<std::string>& allowed) const {
  const std::string value = text(key, fallback);
  if (std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
    wrong(key, fmt::format("one of {}", fmt::join(allowed, ", ")));
  }
  return value;
}

void SettingsReader::require_heeded(const std::string& key, bool heeded,
                                    const std::string& needs) const {
  const auto found = values_.find(key);
  if (!heeded && found != values_.end() && found->second.source.starts_with("--")) {
    throw UsageError(fmt::format("{}: {} is '{}', which changes nothing without {}",
                                 found->second.source, key, found->second.text, needs));
  }
}

void SettingsReader::wrong(const std::string& key, const std::string& expected) const {
  const Config::Value& value = values_.at(key);
  throw UsageError(
      fmt::format("{}: {} is '{}', expected {}", value.source, key, value.text, expected));
}

}  // namespace infoplane
