#include <fmt/format.h>

#include "apps/command_tree.h"

namespace infoplane::apps {
namespace {

/// Statements that offer the values of an option or a positional.
std::string offer(const OptionInfo& option) {
  switch (option.kind) {
    case ValueKind::kWords: return fmt::format("words='{}'", fmt::join(option.words, " "));
    case ValueKind::kFile: return "files=-f";
    case ValueKind::kFolder: return "files=-d";
    case ValueKind::kNone: return ":";
  }
  return ":";
}

void append_commands(std::string& paths, std::string& values, std::string& commands,
                     const CommandInfo& command) {
  std::string words;
  std::string statements;
  for (const CommandInfo& subcommand : command.subcommands) {
    words += (words.empty() ? "" : " ") + subcommand.name;
    paths += fmt::format("{}\"{}\"", paths.empty() ? "" : " | ", subcommand.path);
  }
  for (const OptionInfo& positional : command.positionals) {
    // Positionals that are words come first everywhere; what follows them is a file.
    if (positional.kind == ValueKind::kWords) {
      words += fmt::format("{}{}", words.empty() ? "" : " ", fmt::join(positional.words, " "));
    } else {
      statements += "; " + offer(positional);
    }
  }
  std::string flags;
  for (const OptionInfo& option : command.options) {
    flags += fmt::format("{}{}", flags.empty() ? "" : " ", fmt::join(option.flags, " "));
    if (!option.value.empty()) {
      for (const std::string& flag : option.flags) {
        values += fmt::format("    \"{} {}\") {} ;;\n", command.path, flag, offer(option));
      }
    }
  }
  commands += fmt::format("    \"{}\") flags='{}' words='{}'{} ;;\n", command.path, flags, words,
                          statements);
  for (const CommandInfo& subcommand : command.subcommands) {
    append_commands(paths, values, commands, subcommand);
  }
}

}  // namespace

std::string bash_completion(const CommandInfo& program) {
  std::string paths;
  std::string values;
  std::string commands;
  append_commands(paths, values, commands, program);
  return fmt::format(R"(# Completes {0} in bash. Made by `{0} completion bash`.
_{0}() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD - 1]}}"
  local command='{0}' flags='' words='' files='' i
  if [[ $current == = ]]; then  # --option=
    current=''
  elif [[ $previous == = ]]; then
    previous="${{COMP_WORDS[COMP_CWORD - 2]}}"
  fi
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case "$command ${{COMP_WORDS[i]}}" in
    {1}) command="$command ${{COMP_WORDS[i]}}" ;;
    esac
  done
  case "$command $previous" in
{2}    *)
      case "$command" in
{3}      esac
      ;;
  esac
  if [[ $current == -* ]]; then
    words="$flags"
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ $files && $current != -* ]]; then
    local IFS=$'\n'
    COMPREPLY+=($(compgen $files -- "$current"))
    compopt -o filenames 2>/dev/null
  fi
  if [[ ${{#COMPREPLY[@]}} == 1 && ${{COMPREPLY[0]}} == *= ]]; then
    compopt -o nospace 2>/dev/null
  fi
}}
complete -F _{0} {0}
)",
                     program.name, paths, values, commands);
}

}  // namespace infoplane::apps
