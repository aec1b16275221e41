#include "core/toml_text.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string_view>
#include <system_error>

#include "core/error.h"

namespace infoplane {
namespace {

bool is_outside_ascii(char c) { return static_cast<unsigned char>(c) > 0x7f; }

/// The place behind the string that begins at `begin`: at the end of its line if it does not end.
std::size_t skip_string(std::string_view text, std::size_t begin) {
  const char quote = text[begin];
  for (std::size_t i = begin + 1; i < text.size() && text[i] != '\n'; ++i) {
    if (text[i] == quote) {
      return i + 1;
    }
    if (quote == '"' && text[i] == '\\' && i + 1 < text.size() && text[i + 1] != '\n') {
      ++i;
    }
  }
  return std::min(text.find('\n', begin), text.size());
}

/// Throws DataError for what lies outside strings and comments and toml++ should not get.
void check_bare_text(std::string_view text, const std::string& file) {
  constexpr int kMostDots = 100;
  int dots = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto refuse = [&](const char* what) {
      throw DataError(
          file + ":" +
          std::to_string(
              1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(i), '\n')) +
          ": " + what + "; correct the TOML");
    };
    if (text[i] == '#') {
      i = std::min(text.find('\n', i), text.size());
    } else if (text[i] == '"' || text[i] == '\'') {
      if (text.substr(i, 3) == std::string(3, text[i])) {
        refuse("a string of several lines, which no key takes");
      }
      const std::size_t end = skip_string(text, i);
      // A string right behind a number is read as part of it.
      if (i > 0 && std::string_view(" \t\n,").find(text[i - 1]) == std::string_view::npos &&
          std::any_of(text.begin() + static_cast<std::ptrdiff_t>(i),
                      text.begin() + static_cast<std::ptrdiff_t>(end), is_outside_ascii)) {
        refuse("a string with a character outside ASCII, and no blank before it");
      }
      i = end;
    } else {
      if (is_outside_ascii(text[i])) {
        refuse("a character outside ASCII that is not in a string");
      }
      dots += text[i] == '.' ? 1 : 0;
      if (dots > kMostDots) {
        refuse("more than a hundred dots: no configuration nests so deep");
      }
      ++i;
    }
  }
}

}  // namespace

std::string read_toml_text(const std::filesystem::path& file) {
  constexpr std::uintmax_t kMostBytes = 1 << 20;
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(file, error);  // an error for a folder
  std::ifstream stream(file, std::ios::binary);
  std::string text(error ? 0 : std::min(size, kMostBytes + 1), '\0');
  if (error || !stream.read(text.data(), static_cast<std::streamsize>(text.size()))) {
    throw DataError(file.string() + ": cannot be read; check the path and its permissions");
  }
  if (text.size() > kMostBytes) {
    throw DataError(file.string() + ": longer than a mebibyte; that is no configuration");
  }
  check_bare_text(text, file.string());
  return text;
}

}  // namespace infoplane
