#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "apps/command_tree.h"
#include "apps/commands.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/nearest.h"
#include "train/run_plan.h"

namespace infoplane::apps {
namespace {

const CommandInfo& find(const CommandInfo& root, const std::vector<std::string>& names) {
  const CommandInfo* command = &root;
  for (const std::string& name : names) {
    std::vector<std::string> known;
    for (const CommandInfo& subcommand : command->subcommands) {
      known.push_back(subcommand.name);
    }
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end()) {
      throw UsageError(known.empty() ? fmt::format("man: `{}` has no commands", command->path)
                                     : fmt::format("man: unknown command '{}'; {}", name,
                                                   suggestion(name, known)));
    }
    command = &command->subcommands[static_cast<std::size_t>(found - known.begin())];
  }
  return *command;
}

void write_pages(const CommandInfo& root, const CommandInfo& command,
                 const std::filesystem::path& folder) {
  write_file_atomically(folder / (man_name(command) + ".1"), man_page(root, command));
  for (const CommandInfo& subcommand : command.subcommands) {
    write_pages(root, subcommand, folder);
  }
}

}  // namespace

void add_completion(CLI::App& app) {
  CLI::App* command = app.add_subcommand("completion", "Prints a completion script for a shell");
  command->footer(
      "bash: source <(infoplane completion bash)\n"
      "zsh:  source <(infoplane completion zsh), after compinit\n"
      "`make install` puts both where the shells look.");
  auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "bash or zsh")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh"}));
  command->callback([shell, &app] {
    const CommandInfo root = describe_commands(app);
    std::cout << (*shell == "bash" ? bash_completion(root) : zsh_completion(root));
  });
}

void add_man(CLI::App& app) {
  CLI::App* command = app.add_subcommand("man", "Prints the manual page of a command, in roff");
  command->footer("infoplane man train | man -l -");
  auto names = std::make_shared<std::vector<std::string>>();
  auto out = std::make_shared<std::string>();
  command->add_option("command", *names, "The command, such as `bench mi`; none: infoplane itself");
  command->add_option("--out", *out, "Write all pages into this folder instead");
  command->callback([names, out, &app] {
    const CommandInfo root = describe_commands(app);
    if (out->empty()) {
      const CommandInfo& found = find(root, *names);
      std::cout << man_page(root, found);
      return;
    }
    if (!names->empty()) {
      throw UsageError("man: --out writes all pages; name no command");
    }
    create_folder(*out);
    write_pages(root, root, *out);
  });
}

}  // namespace infoplane::apps
