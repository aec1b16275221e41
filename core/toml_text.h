#pragma once

#include <filesystem>
#include <string>

namespace infoplane {

/// The text of a TOML file, fit to be parsed. toml++ takes stack for each level of a dotted key
/// (a.a.a...), without a bound, and its class of a character outside ASCII may be undefined. So:
///
/// Errors   DataError naming the file, and the line where there is one: it cannot be read, has more
///          than a mebibyte, or has, outside strings and comments, more than a hundred dots or a
///          character that is not ASCII. Strings of several lines are refused, too, and a string
///          with such a character that has no blank before it.
std::string read_toml_text(const std::filesystem::path& file);

}  // namespace infoplane
