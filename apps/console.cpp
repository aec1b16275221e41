#include "apps/console.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "core/error.h"
#include "core/nearest.h"

namespace infoplane::apps {

Context open_device(const std::string& device, const ops::ContextOptions& options) {
  const Device chosen = find_device(device).value_or(ops::usual_device());
  if (const std::string why = ops::why_missing(chosen); !why.empty()) {
    throw DeviceMissing("--device " + device + ": " + why);
  }
  return ops::make_context(chosen, options);
}

void warn(const std::vector<std::string>& messages) {
  for (const std::string& message : messages) {
    std::fputs(("infoplane: warning: " + message + "\n").c_str(), stderr);
  }
}

std::string json_text(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

double as_written(float value) { return std::stod(fmt::format("{}", value)); }

int code_if_printed(int code) {
  std::cout.flush();
  const bool arrived = std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout.good();
  if (code == kDone && !arrived) {
    std::cerr << "infoplane: what it printed could not all be written; is the disk full, or the "
                 "reader gone?\n";
    return kFailed;
  }
  return code;
}

std::string parse_error_line(const CLI::App& app, int argc, const char* const* argv,
                             const std::string& reason) {
  const CLI::App* innermost = &app;  // of `infoplane bench mi`: mi
  std::string path = app.get_name();
  int depth = 1;
  for (; !innermost->get_subcommands().empty(); ++depth) {
    innermost = innermost->get_subcommands().front();
    path += " " + innermost->get_name();
  }
  const CLI::App& command = *innermost;
  const std::string help = "see `" + path + " --help`";
  std::vector<std::string> known;
  for (const CLI::App* subcommand : command.get_subcommands(nullptr)) {
    known.push_back(subcommand->get_name());
  }
  if (!known.empty() && argc > depth && argv[depth][0] != '-' &&
      std::find(known.begin(), known.end(), argv[depth]) == known.end()) {
    return fmt::format("unknown command '{}'; {}", argv[depth],
                       suggestion(argv[depth], known, help));
  }
  std::vector<std::string> flags;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      flags.push_back("--" + name);
    }
  }
  for (int i = 1; i < argc; ++i) {
    const std::string argument = std::string(argv[i]).substr(0, std::string(argv[i]).find('='));
    if (argument.rfind("--", 0) == 0 && argument.size() > 2 &&
        std::find(flags.begin(), flags.end(), argument) == flags.end()) {
      return fmt::format("unknown option '{}'; {}", argument, suggestion(argument, flags, help));
    }
  }
  std::string line = reason;
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line + "; " + help;
}

}  // namespace infoplane::apps
