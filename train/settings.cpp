#include "train/settings.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <system_error>

#include "core/data_name.h"
#include "core/error.h"
#include "core/nearest.h"
#include "core/toml_text.h"
#include "nn/models.h"
#include "train/settings_reader.h"

namespace infoplane {
namespace {

int read_bins(const SettingsReader& read, const std::string& key, std::int64_t fallback) {
  const std::int64_t bins = read.integer(key, fallback, 2);
  if (bins > 256) {
    read.wrong(key, "a whole number from 2 to 256");
  }
  return static_cast<int>(bins);
}

/// What is sampled of hidden layers.
void read_layer_plan(const SettingsReader& read, SamplePlan& plan) {
  plan.layers = read.boolean("sample.layers", false);
  plan.layer_bins = read_bins(read, "sample.layer_bins", 30);
  const std::string range = read.text("sample.layer_range", "auto");
  plan.layer_range = parse_range(range);
  if (range != "auto" && !plan.layer_range) {
    read.wrong("sample.layer_range", "auto, or two finite numbers LO,HI with LO below HI");
  }
  for (const char* key : {"sample.layer_bins", "sample.layer_range"}) {
    read.require_heeded(key, plan.layers, "sample.layers=true");
  }
}

/// "50", "epoch" or "log:270". Returns whether iterations are counted.
bool read_spacing(const SettingsReader& read, bool full_batch, SamplePlan& plan) {
  const std::string every = read.text("sample.every", full_batch ? "10" : "50");
  if (every == "epoch") {
    plan.spacing = SamplePlan::Spacing::kEpochs;
    return false;
  }
  if (every.rfind("log:", 0) == 0) {
    plan.spacing = SamplePlan::Spacing::kLogarithmic;
    const std::string count = every.substr(4);
    const auto [end, error] =
        std::from_chars(count.data(), count.data() + count.size(), plan.count);
    if (error != std::errc() || end != count.data() + count.size() || plan.count < 2 ||
        plan.count > 1'000'000) {
      read.wrong("sample.every", "log:COUNT with a count of 2 to 1000000");
    }
    return false;
  }
  if (read.has("sample.every") &&
      (every.empty() ||
       !std::all_of(every.begin(), every.end(), [](char c) { return c >= '0' && c <= '9'; }))) {
    read.wrong("sample.every", "a number of iterations, epoch, or log:COUNT");
  }
  plan.every = read.integer("sample.every", full_batch ? 10 : 50, 1);
  return true;
}

SamplePlan read_sample_plan(const SettingsReader& read, const std::string& data, bool full_batch) {
  SamplePlan plan;
  plan.train = read.boolean("sample.train", false);
  plan.train_images = read.integer("sample.train_images", 0, 0);
  read.require_heeded("sample.train_images", plan.train, "sample.train=true");
  plan.readings = read.boolean("sample.readings", false);
  read_layer_plan(read, plan);
  const bool counted = read_spacing(read, full_batch, plan);
  // The released code samples MNIST's first epoch, where the fitting phase lies, more often.
  const bool fits_fast = counted && !full_batch && (data == "mnist" || data == "fashion-mnist");
  plan.first_epoch_every =
      read.integer("sample.first_epoch_every",
                   fits_fast ? std::min<std::int64_t>(10, plan.every) : plan.every, 1);
  read.require_heeded("sample.first_epoch_every", counted,
                      "a number of iterations as sample.every");
  return plan;
}

std::string to_text(const SamplePlan& plan) {
  switch (plan.spacing) {
    case SamplePlan::Spacing::kIterations: return std::to_string(plan.every);
    case SamplePlan::Spacing::kEpochs: return "epoch";
    case SamplePlan::Spacing::kLogarithmic: return "log:" + std::to_string(plan.count);
  }
  return "";
}

/// As set, else the usual one of the device.
Precision read_precision(const SettingsReader& read, const std::string& device) {
  if (read.has("precision")) {
    return *find_precision(read.choice("precision", "", precision_names()));
  }
  return ops::usual_precision(*find_device(device));
}

/// As a basic string of TOML.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      result += fmt::format("\\u{:04X}", byte);
      continue;
    }
    if (c == '"' || c == '\\') {
      result += '\\';
    }
    result += c;
  }
  return result + "\"";
}

std::string to_text(const toml::node& node, const std::string& where) {
  if (const auto* text = node.as_string()) {
    return text->get();
  }
  if (const auto* integer = node.as_integer()) {
    return std::to_string(integer->get());
  }
  if (const auto* number = node.as_floating_point()) {
    return fmt::format("{}", number->get());
  }
  if (const auto* boolean = node.as_boolean()) {
    return boolean->get() ? "true" : "false";
  }
  throw UsageError(where + ": expected a string, a number or true/false");
}

void take(Config& config, const toml::table& table, const std::string& prefix,
          const std::string& file) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    const std::string where = fmt::format("{}:{}", file, node.source().begin.line);
    if (const toml::table* inner = node.as_table()) {
      take(config, *inner, name + ".", file);
    } else {
      config.set(name, to_text(node, where), where);
    }
  }
}

/// Why there is no regular file of that name; empty when there is one.
std::string why_no_file(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_regular_file(file, error)) {
    return "";
  }
  return !error                                          ? "it is no file"
         : error == std::errc::no_such_file_or_directory ? "no such file"
                                                         : error.message();
}

}  // namespace

ops::ContextOptions context_options(const RunSettings& settings) {
  return {settings.threads, settings.pin, settings.precision, settings.determinism};
}

float usual_momentum(const std::string& optimizer) { return optimizer == "sgd" ? 0.9f : 0.0f; }

DataOptions data_options(const RunSettings& settings) {
  return {settings.data_dir, settings.limit, settings.classes, settings.seed};
}

std::string environment_name(const std::string& key) {
  if (key == "data") {
    return "INFOPLANE_DATASET";
  }
  std::string name = "INFOPLANE_";
  for (const char c : key) {
    name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

std::vector<std::string> mistyped_environment() {
  constexpr int kMostEdits = 2;
  std::vector<std::string> names;
  for (const ConfigKey& key : config_keys()) {
    names.push_back(environment_name(key.name));
  }
  std::vector<std::string> warnings;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::string name = text.substr(0, text.find('='));
    const std::string near = nearest(name, names);
    if (name.starts_with("INFOPLANE_") && name != near && edit_distance(name, near) <= kMostEdits) {
      warnings.push_back(
          fmt::format("{} is in the environment and sets nothing; did you mean {}?", name, near));
    }
  }
  return warnings;
}

const std::vector<ConfigKey>& config_keys() {
  static const std::vector<ConfigKey> keys = {
      {"model", "network, by name, or 'NAME: LAYER, LAYER, ...'"},
      {"data", "data set, by name"},
      {"data_dir", "folder to look for data in first"},
      {"limit",
       "take N images of each split: the first, or of folder: and npy: N that are drawn; 0: all"},
      {"classes", "only the images of the first C classes; 0: all"},
      {"optimizer", "sgd, bgd (the whole training set a step) or adam"},
      {"epochs", "passes over the training set"},
      {"batch", "images a step"},
      {"micro_batch", "images a pass within a step; 0: the whole batch"},
      {"lr", "learning rate"},
      {"momentum", "momentum of sgd and bgd"},
      {"weight_decay", "L2 penalty on all parameters"},
      {"lr_factor", "the learning rate is multiplied by this"},
      {"lr_every", "epochs between two such multiplications"},
      {"seed", "of all random numbers"},
      {"device", "auto, cpu or cuda"},
      {"threads", "host threads; 0: the physical cores"},
      {"pin", "keep each host thread on a core of its own"},
      {"cuda_graphs", "on cuda, launch a training step as one graph"},
      {"precision",
       "fp32, or tf32, bf16: matrix products and convolutions of numbers rounded to 10 or 7 bits "
       "behind the point; else tf32 on cuda, and fp32 on cpu, which has no tf32"},
      {"determinism",
       "bitwise, or fast: on cuda what timing finds the fastest, though repeats differ in last "
       "bits"},
      {"bins", "intervals of [0, 1] a softmax output is binned into"},
      {"checkpoint_every", "epochs between two checkpoints"},
      {"stop_after_transition", "end so many epochs after the transition point; 0: never"},
      {"sample.every", "iterations between two samples of the plane, epoch, or log:COUNT"},
      {"sample.first_epoch_every", "iterations between two samples in the first epoch"},
      {"sample.train", "sample the training split, too"},
      {"sample.train_images", "its first N images; 0: all"},
      {"sample.readings", "measure each sample under changed conditions, too"},
      {"sample.layers", "sample the hidden layers, too"},
      {"sample.layer_bins", "intervals that a hidden layer's range is divided into"},
      {"sample.layer_range",
       "LO,HI, values outside in the end intervals; auto: -1,1 for tanh, else "
       "from the smallest to the largest value of a sample"},
  };
  return keys;
}

void Config::set(const std::string& key, const std::string& value, const std::string& source) {
  std::vector<std::string> names;
  for (const ConfigKey& known : config_keys()) {
    names.push_back(known.name);
  }
  if (std::find(names.begin(), names.end(), key) == names.end()) {
    throw UsageError(fmt::format("{}: unknown key '{}'; {}", source, key, suggestion(key, names)));
  }
  values_[key] = {value, source};
}

void Config::set_assignment(const std::string& assignment, const std::string& source) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string::npos) {
    throw UsageError(fmt::format("{}: '{}' is not key=value", source, assignment));
  }
  set(assignment.substr(0, equals), assignment.substr(equals + 1), source);
}

void Config::set_all(const Config& other) {
  for (const auto& [key, value] : other.values_) {
    values_[key] = value;
  }
}

void Config::read_toml(const std::filesystem::path& file) {
  if (const std::string why = why_no_file(file); !why.empty()) {
    throw DataError("configuration " + file.string() + ": " + why + "; check --config");
  }
  try {
    take(*this, toml::parse(read_toml_text(file)), "", file.string());
  } catch (const toml::parse_error& error) {
    throw UsageError(fmt::format("{}:{}: {}; correct the TOML", file.string(),
                                 error.source().begin.line, error.description()));
  }
}

void Config::read_run(const std::filesystem::path& file) {
  if (const std::string why = why_no_file(file); !why.empty()) {
    throw DataError(file.string() + ": " + why + "; the settings of a run belong there");
  }
  set("precision", "fp32", file.string());
  read_toml(file);
}

void Config::read_environment() {
  for (const ConfigKey& key : config_keys()) {
    const std::string name = environment_name(key.name);
    if (const char* value = std::getenv(name.c_str())) {
      set(key.name, value, name);
    }
  }
}

std::string Config::source_of(const std::string& key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? std::string() : found->second.source;
}

RunSettings Config::resolve() const {
  const SettingsReader read(values_);
  for (const char* key : {"model", "data"}) {
    if (!read.has(key)) {
      throw UsageError(fmt::format("no {} was given; see `infoplane train --help`", key));
    }
  }
  RunSettings settings;
  settings.model = read.text("model", "");
  settings.data = absolute_data_name(read.text("data", ""));
  read.require_utf8("data", settings.data);
  const ModelDefaults preset = model_defaults(settings.model);
  settings.optimizer = read.choice("optimizer", preset.optimizer, {"sgd", "bgd", "adam"});
  const bool full_batch = settings.optimizer == "bgd";
  if (const std::string folder = read.text("data_dir", ""); !folder.empty()) {
    settings.data_dir = absolute_path(folder);
    read.require_utf8("data_dir", settings.data_dir.string());
    read.require_heeded("data_dir", !names_its_files(settings.data),
                        "a data set that is looked for; the name of this one says where it is");
  }
  if (const std::int64_t limit = read.integer("limit", 0, 0); limit > 0) {
    settings.limit = limit;
  }
  if (const std::int64_t classes = read.integer("classes", 0, 0); classes > 0) {
    settings.classes = static_cast<int>(std::min<std::int64_t>(classes, 1 << 30));
  }
  settings.epochs = read.integer("epochs", full_batch ? 6000 : preset.epochs, 1);
  if (settings.epochs > 1'000'000'000) {
    read.wrong("epochs", "at most 1000000000");
  }
  if (full_batch && read.integer("batch", 0, 0) != 0) {
    read.wrong("batch", "no batch with bgd, which takes all images a step; see micro_batch");
  }
  settings.batch = full_batch ? 0 : read.integer("batch", preset.batch, 1);
  settings.micro_batch = read.integer("micro_batch", 0, 0);
  if (!full_batch && settings.micro_batch > settings.batch) {  // of bgd the trainer knows
    read.wrong("micro_batch", fmt::format("at most the batch of {}", settings.batch));
  }
  settings.lr = read.number("lr", preset.lr, false);
  settings.momentum = read.number("momentum", usual_momentum(settings.optimizer), true);
  if (settings.optimizer == "adam" && settings.momentum != 0.0f) {
    read.wrong("momentum", "no momentum with adam");
  }
  if (settings.momentum >= 1.0f) {
    read.wrong("momentum", "a number of at least 0 and below 1: else updates grow without end");
  }
  settings.weight_decay = read.number("weight_decay", preset.weight_decay, true);
  settings.lr_factor = read.number("lr_factor", full_batch ? 1.0f : preset.lr_factor, false);
  settings.lr_every = read.integer("lr_every", preset.lr_every, 1);
  settings.seed = static_cast<std::uint64_t>(read.integer("seed", 1, 0));
  settings.device = read.choice("device", "auto", {"auto", "cpu", "cuda"});
  if (settings.device == "auto") {
    settings.device = to_string(ops::usual_device());
  }
  const std::int64_t threads = read.integer("threads", 0, 0);
  if (threads > 4096) {
    read.wrong("threads", "0 to 4096");
  }
  settings.threads = static_cast<int>(threads);
  settings.pin = read.boolean("pin", false);
  settings.cuda_graphs = read.boolean("cuda_graphs", true);
  settings.precision = read_precision(read, settings.device);
  settings.determinism =
      *find_determinism(read.choice("determinism", "bitwise", determinism_names()));
  settings.bins = read_bins(read, "bins", 10);
  settings.checkpoint_every = read.integer("checkpoint_every", 10, 1);
  settings.stop_after_transition = read.integer("stop_after_transition", 0, 0);
  settings.sample = read_sample_plan(read, settings.data, full_batch);
  return settings;
}

std::string to_toml(const RunSettings& settings) {
  std::string text = "# infoplane train --config on this file repeats the run.\n";
  const auto line = [&](const char* key, const std::string& value) {
    text += fmt::format("{} = {}\n", key, value);
  };
  // A float's shortest text may look like a whole number, which TOML would read as one: harmless.
  line("model", quoted(settings.model));
  line("data", quoted(settings.data));
  line("data_dir", quoted(settings.data_dir.string()));
  line("limit", std::to_string(settings.limit.value_or(0)));
  line("classes", std::to_string(settings.classes.value_or(0)));
  line("optimizer", quoted(settings.optimizer));
  line("epochs", std::to_string(settings.epochs));
  line("batch", std::to_string(settings.batch));
  line("micro_batch", std::to_string(settings.micro_batch));
  line("lr", fmt::format("{}", settings.lr));
  line("momentum", fmt::format("{}", settings.momentum));
  line("weight_decay", fmt::format("{}", settings.weight_decay));
  line("lr_factor", fmt::format("{}", settings.lr_factor));
  line("lr_every", std::to_string(settings.lr_every));
  line("seed", std::to_string(settings.seed));
  line("device", quoted(settings.device));
  line("threads", std::to_string(settings.threads));
  line("pin", settings.pin ? "true" : "false");
  line("cuda_graphs", settings.cuda_graphs ? "true" : "false");
  line("precision", quoted(to_string(settings.precision)));
  line("determinism", quoted(to_string(settings.determinism)));
  line("bins", std::to_string(settings.bins));
  line("checkpoint_every", std::to_string(settings.checkpoint_every));
  line("stop_after_transition", std::to_string(settings.stop_after_transition));
  text += "\n[sample]\n";
  line("every", quoted(to_text(settings.sample)));
  if (settings.sample.spacing == SamplePlan::Spacing::kIterations) {
    line("first_epoch_every", std::to_string(settings.sample.first_epoch_every));
  }
  line("train", settings.sample.train ? "true" : "false");
  line("train_images", std::to_string(settings.sample.train_images));
  line("readings", settings.sample.readings ? "true" : "false");
  line("layers", settings.sample.layers ? "true" : "false");
  line("layer_bins", std::to_string(settings.sample.layer_bins));
  const std::optional<ValueRange>& range = settings.sample.layer_range;
  line("layer_range", quoted(range ? fmt::format("{},{}", range->low, range->high) : "auto"));
  return text;
}

}  // namespace infoplane
