#include "apps/command_tree.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "analysis/conventions.h"
#include "analysis/estimators.h"
#include "apps/help_format.h"
#include "data/catalog.h"
#include "nn/models.h"
#include "report/figure.h"
#include "train/settings.h"

namespace infoplane::apps {
namespace {

std::vector<std::string> keys_to_set() {
  std::vector<std::string> words;
  for (const ConfigKey& key : config_keys()) {
    words.push_back(key.name + "=");
  }
  return words;
}

std::vector<std::string> estimators() {
  std::vector<std::string> words;
  for (const Estimator estimator : all_estimators()) {
    words.emplace_back(to_string(estimator));
  }
  words.emplace_back("all");
  return words;
}

/// Words for the values that CLI11 knows no list of: their errors name the nearest, which says more
/// than a check could.
const std::map<std::string, std::vector<std::string>>& known_words() {
  static const std::map<std::string, std::vector<std::string>> words = {
      {"model", model_names()},
      {"models", model_names()},
      {"--data", dataset_names()},
      {"data-set", known_names()},
      {"--set", keys_to_set()},
      {"--sweep", keys_to_set()},
      {"--optimizer", {"sgd", "bgd", "adam"}},
      {"--device", {"auto", "cpu", "cuda"}},
      {"--precision", precision_names()},
      {"--determinism", determinism_names()},
      {"--split", {"validation", "train"}},
      {"panel", figure_panels()},
      {"--convention", convention_names()},
      {"--estimator", estimators()}};
  return words;
}

const std::map<std::string, ValueKind>& known_paths() {
  static const std::map<std::string, ValueKind> paths = {
      {"run", ValueKind::kFolder},
      {"runs", ValueKind::kFile},
      {"--out", ValueKind::kFile},  // or a folder
      {"--data-dir", ValueKind::kFolder},
      {"--from", ValueKind::kFile},
      {"--config", ValueKind::kFile},
      {"--json", ValueKind::kFile},
      {"--trace", ValueKind::kFile},
      {"--start", ValueKind::kFile},
      {"A", ValueKind::kFile},
      {"B", ValueKind::kFile},
      {"LABELS", ValueKind::kFile},
      {"LOGITS", ValueKind::kFile},
      {"TRACE", ValueKind::kFile}};
  return paths;
}

/// "TEXT:{auto,cpu,cuda}" lists what is allowed.
std::vector<std::string> listed(const std::string& type) {
  std::vector<std::string> words;
  const std::size_t open = type.find('{');
  const std::size_t close = type.find('}');
  if (open == std::string::npos || close == std::string::npos) {
    return words;
  }
  for (std::size_t at = open + 1; at < close;) {
    const std::size_t comma = std::min(type.find(',', at), close);
    words.push_back(type.substr(at, comma - at));
    at = comma + 1;
  }
  return words;
}

OptionInfo describe(const CLI::Option& option) {
  OptionInfo info;
  for (const std::string& name : option.get_snames()) {
    info.flags.push_back("-" + name);
  }
  for (const std::string& name : option.get_lnames()) {
    info.flags.push_back("--" + name);
  }
  if (info.flags.empty()) {
    info.name = option.get_name(true);
  }
  info.description = option.get_description();
  info.required = option.get_required();
  if (option.get_type_size_max() == 0) {
    return info;  // a flag
  }
  const std::string type = option.get_type_name();
  info.value = value_of(option, type.substr(0, type.find(':')));
  info.default_value = option.get_default_str();
  info.repeated = option.get_expected_max() > 1 && option.get_allow_extra_args();
  const std::string key = info.flags.empty() ? info.name : info.flags.back();
  if (info.words = listed(type); info.words.empty() && known_words().count(key) != 0) {
    info.words = known_words().at(key);
  }
  if (!info.words.empty()) {
    info.kind = ValueKind::kWords;
  } else if (known_paths().count(key) != 0) {
    info.kind = known_paths().at(key);
  }
  return info;
}

CommandInfo describe(const CLI::App& app, const std::string& parent) {
  CommandInfo info;
  info.name = app.get_name();
  info.path = parent.empty() ? info.name : parent + " " + info.name;
  info.description = app.get_description();
  info.footer = app.get_footer();
  for (const CLI::Option* option : app.get_options()) {
    OptionInfo described = describe(*option);
    (described.flags.empty() ? info.positionals : info.options).push_back(std::move(described));
  }
  for (const CLI::App* subcommand : app.get_subcommands(nullptr)) {
    info.subcommands.push_back(describe(*subcommand, info.path));
  }
  return info;
}

}  // namespace

CommandInfo describe_commands(const CLI::App& app) { return describe(app, ""); }

}  // namespace infoplane::apps
