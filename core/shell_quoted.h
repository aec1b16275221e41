#pragma once

#include <string>

namespace infoplane {

/// A word of a command line for a user to copy, in single quotes where a shell would read it
/// otherwise.
std::string shell_quoted(const std::string& word);

}  // namespace infoplane
