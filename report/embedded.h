#pragma once

#include <string_view>

namespace infoplane {

/// A file that CMake compiled into the program, by its name: those of report/page/, and
/// d3.min.js. Throws Error for one that is not there.
std::string_view embedded_file(std::string_view name);

}  // namespace infoplane
