#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace infoplane::apps {

/// What a shell may complete a value with.
enum class ValueKind {
  kFile,
  kFolder,
  kWords,  ///< one of OptionInfo::words
  kNone    ///< a number or a name that nobody can guess
};

/// An option or, without flags, a positional argument.
struct OptionInfo {
  std::vector<std::string> flags;  ///< "-h", "--help"
  std::string name;                ///< of a positional
  std::string value;               ///< what stands for the value; empty for a flag alone
  std::string description;
  std::string default_value;
  ValueKind kind = ValueKind::kNone;
  std::vector<std::string> words;
  bool required = false;
  bool repeated = false;  ///< takes several values in a row
};

/// A command as completion scripts and manual pages describe it.
struct CommandInfo {
  std::string name;
  std::string path;  ///< "infoplane bench mi"
  std::string description;
  std::string footer;
  std::vector<OptionInfo> options;
  std::vector<OptionInfo> positionals;
  std::vector<CommandInfo> subcommands;
};

/// Reads the tree of a CLI11 application.
CommandInfo describe_commands(const CLI::App& app);

/// Shell scripts that complete commands, options and their values.
std::string bash_completion(const CommandInfo& program);
std::string zsh_completion(const CommandInfo& program);

/// A manual page in roff. `root` is the program itself, for what all pages share.
std::string man_page(const CommandInfo& root, const CommandInfo& command);
/// The name of its file, without the section: "infoplane-bench-mi".
std::string man_name(const CommandInfo& command);

}  // namespace infoplane::apps
