#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "ops/context.h"

namespace CLI {
class App;
}

namespace infoplane::apps {

/// A context for --device auto, cpu or cuda: auto takes CUDA where it works, else the CPU. Throws
/// DeviceMissing, saying what is missing, for cuda without one.
Context open_device(const std::string& device, const ops::ContextOptions& options = {});

/// A line each on stderr, "infoplane: warning: ...": what a reader of results should know.
void warn(const std::vector<std::string>& messages);

/// A document as it is printed, with a line's end. What is not UTF-8 in a name, as in those of old
/// folders, becomes replacement characters.
std::string json_text(const nlohmann::ordered_json& json);

/// The number that the value's shortest text names: 0.1, not the float that is nearest to it.
double as_written(float value);

enum ExitCode { kDone = 0, kFailed = 1, kWrongUse = 2, kMissing = 3 };

/// The exit code of a command whose result is what it printed: a failure, which it says, if not all
/// of that arrived.
int code_if_printed(int code);

/// The line for a command line that CLI11 refused: what is wrong, the nearest known subcommand or
/// flag, where to look.
std::string parse_error_line(const CLI::App& app, int argc, const char* const* argv,
                             const std::string& reason);

}  // namespace infoplane::apps
