#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "apps/command_tree.h"
#include "core/version.h"

namespace infoplane::apps {
namespace {

/// Text as roff reads it: no line begins a request, and hyphens are minus signs, as in options.
std::string roff(const std::string& text) {
  std::string result;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) {
      result += "\\&";
    }
    line_begins = c == '\n';
    switch (c) {
      case '\\': result += "\\e"; break;
      case '-': result += "\\-"; break;
      default: result += c;
    }
  }
  return result;
}

std::string bold(const std::string& text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(const std::string& text) { return "\\fI" + roff(text) + "\\fR"; }

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::string synopsis(const CommandInfo& command) {
  std::string text = bold(command.path);
  if (!command.subcommands.empty()) {
    return text + " " + italic("COMMAND") + " ...\n";
  }
  text += " [" + italic("OPTIONS") + "]";
  for (const OptionInfo& positional : command.positionals) {
    const std::string name = italic(upper(positional.name)) + (positional.repeated ? "..." : "");
    text += positional.required ? " " + name : " [" + name + "]";
  }
  return text + "\n";
}

std::string entry(const OptionInfo& option) {
  std::string head;
  for (const std::string& flag : option.flags) {
    head += (head.empty() ? "" : ", ") + bold(flag);
  }
  if (option.flags.empty()) {
    head = italic(upper(option.name));
  } else if (!option.value.empty()) {
    head += " " + italic(option.value);
  }
  std::string text = roff(option.description);
  text += text.empty() || text.back() == '.' ? "" : ".";
  if (option.kind == ValueKind::kWords && option.flags != std::vector<std::string>{"--set"} &&
      option.flags != std::vector<std::string>{"--sweep"}) {
    text += fmt::format("\nOne of {}.", roff(fmt::format("{}", fmt::join(option.words, ", "))));
  }
  if (!option.default_value.empty()) {
    text += "\nDefault: " + roff(option.default_value) + ".";
  }
  return ".TP\n" + head + "\n" + text + "\n";
}

}  // namespace

std::string man_name(const CommandInfo& command) {
  std::string name = command.path;
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::string man_page(const CommandInfo& root, const CommandInfo& command) {
  std::string page = fmt::format(".TH {} 1 \"\" \"{} {}\" \"{} manual\"\n",
                                 upper(man_name(command)), root.name, kVersion, root.name);
  page += fmt::format(".SH NAME\n{} \\- {}\n", roff(man_name(command)), roff(command.description));
  page += ".SH SYNOPSIS\n" + synopsis(command);
  if (!command.footer.empty() && command.footer != root.footer) {
    page += ".SH DESCRIPTION\n.nf\n" + roff(command.footer) + "\n.fi\n";  // its own lines
  }
  if (!command.positionals.empty()) {
    page += ".SH ARGUMENTS\n";
    for (const OptionInfo& positional : command.positionals) {
      page += entry(positional);
    }
  }
  page += ".SH OPTIONS\n";
  for (const OptionInfo& option : command.options) {
    page += entry(option);
  }
  if (!command.subcommands.empty()) {
    page += ".SH COMMANDS\n";
    for (const CommandInfo& subcommand : command.subcommands) {
      page += fmt::format(".TP\n{}(1)\n{}.\n", bold(man_name(subcommand)),
                          roff(subcommand.description));
    }
  }
  page +=
      ".SH EXIT STATUS\n.TP\n0\nDone.\n.TP\n1\nThe run failed.\n.TP\n2\nWrong use.\n.TP\n3\n"
      "Data or a device are missing.\n.TP\n130\nInterrupted.\n";
  if (&root != &command) {
    page += fmt::format(".SH SEE ALSO\n{}(1)\n", bold(root.name));
  }
  return page;
}

}  // namespace infoplane::apps
