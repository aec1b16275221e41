#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "apps/commands.h"
#include "apps/console.h"
#include "core/data_name.h"
#include "core/error.h"
#include "core/version.h"
#include "data/catalog.h"
#include "data/locate.h"
#include "ops/context.h"

namespace infoplane::apps {
namespace {

using Json = nlohmann::ordered_json;

Json device_report(Device device) {
  Json report;
  report["device"] = to_string(device);
  const std::string why = ops::why_missing(device);
  report["available"] = why.empty();
  if (!why.empty()) {
    report["missing"] = why;
    return report;
  }
  report["name"] = ops::make_context(device).backend().describe();
  if (const std::string instructions = ops::instructions(device); !instructions.empty()) {
    report["instructions"] = instructions;
  }
  report["libraries"] = Json::object();
  for (const auto& [name, version] : ops::library_versions(device)) {
    report["libraries"][name] = version;
  }
  return report;
}

Json known_report(const KnownDataSet& known) {
  const std::optional<LocatedFiles> located = find_files(known, "");
  Json set = {{"name", known.name}, {"found", located.has_value()}, {"whole", false}};
  if (!located) {
    set["how"] = known.advice;
    return set;
  }
  const std::string flaw = flaw_of(*located, known, "");
  set["whole"] = flaw.empty();
  set["where"] = located->folder.string();
  if (!flaw.empty()) {
    set["how"] = flaw;
  }
  return set;
}

Json tishby_report() {
  const std::optional<std::filesystem::path> own = find_var_u("");
  return {{"name", kTishbyName},
          {"found", true},
          {"whole", true},
          {"where", own ? own->string() : "generated"}};
}

Json data_report() {
  Json report = Json::array();
  for (const std::string& name : dataset_names()) {
    try {
      const KnownDataSet* known = find_known(name);
      report.push_back(known != nullptr ? known_report(*known) : tishby_report());
    } catch (const DataError& error) {  // what keeps a run from its data is an answer, too
      report.push_back({{"name", name}, {"found", false}, {"whole", false}, {"how", error.what()}});
    }
  }
  return report;
}

void print(const Json& report) {
  fmt::print("infoplane {} ({})\n\ndevices\n", report["version"].get<std::string>(),
             report["commit"].get<std::string>());
  for (const Json& device : report["devices"]) {
    const auto name = device["device"].get<std::string>();
    if (!device["available"].get<bool>()) {
      fmt::print("  {:<14} missing: {}\n", name, device["missing"].get<std::string>());
      continue;
    }
    std::string libraries;
    for (const auto& [library, version] : device["libraries"].items()) {
      libraries += (libraries.empty() ? "" : ", ") + library + " " + version.get<std::string>();
    }
    fmt::print("  {:<14} {} ({})\n", name, device["name"].get<std::string>(), libraries);
    if (device.contains("instructions")) {
      fmt::print("  {:<14} instructions {}\n", "", device["instructions"].get<std::string>());
    }
  }
  fmt::print("\ndata sets\n");
  for (const Json& set : report["data"]) {
    const std::string where = set.value("where", "missing");
    const std::string how = set.value("how", "");
    fmt::print("  {:<14} {}{}{}\n", set["name"].get<std::string>(), where, how.empty() ? "" : ": ",
               how);
  }
}

}  // namespace

void add_doctor(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "doctor", "Says which devices, libraries and data sets are there, and how to get the rest");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "Print one JSON object");
  command->callback([json] {
    Json report;
    report["version"] = kVersion;
    report["commit"] = kCommit;
    report["devices"] = Json::array({device_report(Device::kCpu), device_report(Device::kCuda)});
    report["data"] = data_report();
    if (*json) {
      std::cout << json_text(report);
    } else {
      print(report);
    }
  });
}

}  // namespace infoplane::apps
