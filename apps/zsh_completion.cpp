#include <fmt/format.h>

#include <algorithm>

#include "apps/command_tree.h"

namespace infoplane::apps {
namespace {

/// Within single quotes, with `marks` escaped as _arguments and _describe want it.
std::string quoted(const std::string& text, const std::string& marks) {
  std::string result;
  for (const char c : text) {
    if (c == '\'') {
      result += "'\\''";
      continue;
    }
    if (marks.find(c) != std::string::npos || c == '\\') {
      result += '\\';
    }
    result += c == '\n' ? ' ' : c;
  }
  return result;
}

std::string action(const OptionInfo& option) {
  switch (option.kind) {
    case ValueKind::kWords:
      return fmt::format("({})", quoted(fmt::format("{}", fmt::join(option.words, " ")), ":"));
    case ValueKind::kFile: return "_files";
    case ValueKind::kFolder: return "_files -/";
    case ValueKind::kNone: return " ";
  }
  return " ";
}

std::string function_name(const CommandInfo& command) {
  std::string name = "_" + command.path;
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

void append_function(std::string& script, const CommandInfo& command) {
  std::string arguments;
  const auto add = [&](const std::string& specification) {
    arguments += " \\\n    '" + specification + "'";
  };
  for (const OptionInfo& option : command.options) {
    for (const std::string& flag : option.flags) {
      std::string specification = fmt::format("{}[{}]", flag, quoted(option.description, "[]"));
      if (!option.value.empty()) {
        specification =
            "*" + specification + ":" + quoted(option.value, ":") + ":" + action(option);
      }
      add(specification);
    }
  }
  int place = 1;
  for (const OptionInfo& positional : command.positionals) {
    const std::string which = positional.repeated ? "*" : std::to_string(place++);
    add(which + ":" + quoted(positional.name, ":") + ":" + action(positional));
  }
  if (command.subcommands.empty()) {
    script += fmt::format("{}() {{\n  _arguments{}\n}}\n\n", function_name(command), arguments);
    return;
  }
  std::string described;
  std::string cases;
  for (const CommandInfo& subcommand : command.subcommands) {
    described +=
        fmt::format(" \\\n        '{}:{}'", subcommand.name, quoted(subcommand.description, ":"));
    cases += fmt::format("        {}) {} ;;\n", subcommand.name, function_name(subcommand));
  }
  add("1:command:->command");
  add("*::argument:->argument");
  script += fmt::format(R"({}() {{
  local curcontext="$curcontext" state line
  local -a commands
  _arguments -C{}
  case $state in
    command)
      commands=({})
      _describe command commands
      ;;
    argument)
      case $words[1] in
{}      esac
      ;;
  esac
}}

)",
                        function_name(command), arguments, described, cases);
  for (const CommandInfo& subcommand : command.subcommands) {
    append_function(script, subcommand);
  }
}

}  // namespace

std::string zsh_completion(const CommandInfo& program) {
  std::string script = fmt::format(
      "#compdef {0}\n# Completes {0} in zsh. Made by `{0} completion zsh`.\n\n", program.name);
  append_function(script, program);
  // Autoloaded as a function's body, or sourced.
  return script + fmt::format(
                      "if [[ $funcstack[1] == _{0} ]]; then\n  _{0} \"$@\"\nelse\n"
                      "  compdef _{0} {0}\nfi\n",
                      program.name);
}

}  // namespace infoplane::apps
