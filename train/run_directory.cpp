#include "train/run_directory.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <fstream>
#include <system_error>

#include "core/data_name.h"
#include "core/error.h"
#include "core/model_name.h"
#include "core/version.h"
#include "ops/context.h"
#include "train/run_plan.h"
#include "train/utc_time.h"

namespace infoplane {
namespace {

using Json = nlohmann::ordered_json;

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

/// What a run wrote about itself.
Json read_run_json(const std::filesystem::path& path) {
  std::ifstream stream(path / "run.json");
  Json json = Json::parse(stream, nullptr, false);
  if (!json.is_object() || !json.contains("data") || !json.contains("started") ||
      !json["started"].is_string() || !json["data"].contains("sha256")) {
    throw DataError((path / "run.json").string() + ": cannot be read; is this a run folder?");
  }
  return json;
}

std::filesystem::path tensorboard_file(const std::filesystem::path& run) {
  return run / "tensorboard" / "events.out.tfevents.infoplane";
}

/// Creates an empty folder, or takes one that is empty.
const std::filesystem::path& prepared(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::exists(path, error) &&
      !(std::filesystem::is_directory(path, error) && std::filesystem::is_empty(path, error))) {
    throw UsageError("run folder " + path.string() + " is already there; choose another --out");
  }
  std::filesystem::create_directories(path / "tensorboard", error);
  if (error) {
    throw Error("cannot create the run folder " + path.string() + ": " + error.message() +
                "; check its parent's permissions or choose another --out");
  }
  return path;
}

/// The program, and what it computes with.
Json describe_program(const Context& ctx) {
  Json json;
  json["version"] = kVersion;
  json["commit"] = kCommit;
  json["host"] = host_name();
  json["device"] = {{"kind", to_string(ctx.device())}, {"name", ctx.backend().describe()}};
  if (const std::string instructions = ops::instructions(ctx.device()); !instructions.empty()) {
    json["instructions"] = instructions;
  }
  for (const auto& [name, version] : ops::library_versions(ctx.device())) {
    json["libraries"][name] = version;
  }
  return json;
}

Json describe(const RunSettings& settings, const std::vector<std::string>& argv, const Context& ctx,
              const DataSet& data, std::int64_t train_rows, std::int64_t validation_rows) {
  Json json;
  json["command"] = argv;
  json.update(describe_program(ctx));
  json["pin"] = settings.pin;
  json["precision"] = to_string(ctx.backend().numerics().precision);
  json["determinism"] = to_string(ctx.backend().numerics().determinism);
  json["cuda_graphs"] = settings.cuda_graphs;
  json["model"] = model_label(settings.model);
  json["data"] = {{"name", data.name},
                  {"sha256", data.sha256},
                  {"image", data.image.to_string()},
                  {"classes", data.classes},
                  {"class_names", data.class_names},
                  {"train", train_rows},
                  {"validation", validation_rows}};
  json["data"]["files"] = Json::array();
  for (const std::filesystem::path& file : data.files) {
    json["data"]["files"].push_back(file.string());
  }
  return json;
}

/// A row of layers.csv. A layer without a finite value has no range: two empty cells.
std::string layer_row(const Sample& sample, const LayerSample& layer) {
  const Information& info = layer.information;
  return fmt::format("{},{:.6f},{},{},{},{:.12g},{:.12g},{},{},{},{},{}\n", sample.step,
                     sample.epoch, sample.split, layer.layer, layer.units, info.i_xt_bits,
                     info.i_ty_bits, info.symbols, info.singletons, info.rows, info.rejected,
                     layer.range.low <= layer.range.high
                         ? fmt::format("{:.9g},{:.9g}", layer.range.low, layer.range.high)
                         : ",");
}

/// The description, once it is sure that the run can go on: before any file of it is touched.
Json checked(const std::filesystem::path& run, const Checkpoint& checkpoint, const DataSet& data) {
  Json description = require_same_data(run, data);
  for (const auto& [file, bytes] : {std::pair(run / "metrics.csv", checkpoint.metrics_bytes),
                                    std::pair(run / "per_class.csv", checkpoint.per_class_bytes),
                                    std::pair(run / "layers.csv", checkpoint.layers_bytes),
                                    std::pair(run / "readings.csv", checkpoint.readings_bytes)}) {
    std::error_code error;
    const auto length = static_cast<std::int64_t>(std::filesystem::file_size(file, error));
    if (bytes > 0 && (error || length < bytes)) {
      throw DataError(
          fmt::format("{}: {} bytes long, expected at least {}; it was cut after its "
                      "checkpoint",
                      file.string(), error ? 0 : length, bytes));
    }
  }
  return description;
}

}  // namespace

std::string metrics_row(const Sample& sample) {
  const Information& info = sample.information;
  return fmt::format("{},{:.6f},{},{:.9g},{:.9g},{:.12g},{:.12g},{:.12g},{},{},{},{}\n",
                     sample.step, sample.epoch, sample.split, info.loss_nats, info.accuracy,
                     info.i_xt_bits, info.i_ty_bits, info.h_y_bits, info.symbols, info.singletons,
                     info.rows, info.rejected);
}

Json require_same_data(const std::filesystem::path& run, const DataSet& data) {
  Json description = read_run_json(run);
  const Json& sha256 = description["data"]["sha256"];
  if (sha256 != data.sha256) {
    throw DataError(
        fmt::format("{}: the data set '{}' is not the one the run began with; bring "
                    "back the files of SHA-256 {}",
                    run.string(), data.name, sha256.dump()));
  }
  return description;
}

std::filesystem::path RunDirectory::make_default(const RunSettings& settings) {
  std::string name =
      fmt::format("{}_{}-{}_s{}", utc(std::chrono::system_clock::now(), "{:%Y%m%dT%H%M%SZ}"),
                  model_label(settings.model), data_label(settings.data), settings.seed);
  std::replace_if(
      name.begin(), name.end(),
      [](unsigned char c) { return std::isalnum(c) == 0 && c != '-' && c != '_' && c != '.'; },
      '-');
  return create_numbered_folder(std::filesystem::path("runs") / name);
}

bool RunDirectory::writes(const std::string& name) {
  constexpr std::array kNames = {"config.toml",   "run.json",    "metrics.csv",
                                 "per_class.csv", "layers.csv",  "readings.csv",
                                 "events.jsonl",  "tensorboard", "checkpoint.safetensors",
                                 "plane.svg",     "plane.png",   "report.html"};
  return std::any_of(kNames.begin(), kNames.end(), [&](const std::string& known) {
    return name == known || name.rfind(known + ".tmp", 0) == 0;
  });
}

RunDirectory::RunDirectory(const std::filesystem::path& path, const RunSettings& settings,
                           const std::vector<std::string>& argv, const Context& ctx,
                           const DataSet& data, std::int64_t train_rows,
                           std::int64_t validation_rows)
    : path_(prepared(path)),
      lock_(path_),
      description_(describe(settings, argv, ctx, data, train_rows, validation_rows)),
      started_(utc_now()),
      metrics_(path_ / "metrics.csv"),
      per_class_(path_ / "per_class.csv"),
      tensorboard_(tensorboard_file(path_)),
      events_(path_ / "events.jsonl") {
  write_file_atomically(path_ / "config.toml", to_toml(settings));
  write_run_json("running", "");
  metrics_.append(std::string(kMetricsHeader) + "\n");
  per_class_.append(std::string(kPerClassHeader) + "\n");
  if (settings.sample.layers) {
    layers_.emplace(path_ / "layers.csv");
    layers_->append(std::string(kLayersHeader) + "\n");
  }
  if (settings.sample.readings) {
    readings_.emplace(path_ / "readings.csv");
    readings_->append(std::string(kReadingsHeader) + "\n");
  }
}

RunDirectory::RunDirectory(FolderLock lock, const std::filesystem::path& path,
                           const Checkpoint& checkpoint, const Context& ctx, const DataSet& data)
    : path_(path),
      lock_(std::move(lock)),
      resumed_(true),
      description_(checked(path, checkpoint, data)),
      started_(description_["started"].get<std::string>()),
      metrics_(path_ / "metrics.csv", checkpoint.metrics_bytes),
      per_class_(path_ / "per_class.csv", checkpoint.per_class_bytes),
      tensorboard_(tensorboard_file(path_), checkpoint.tensorboard_bytes),
      events_(path_ / "events.jsonl", checkpoint.position.steps) {
  if (checkpoint.layers_bytes > 0) {
    layers_.emplace(path_ / "layers.csv", checkpoint.layers_bytes);
  }
  if (checkpoint.readings_bytes > 0) {
    readings_.emplace(path_ / "readings.csv", checkpoint.readings_bytes);
  }
  remove_unfinished(path_);
  for (const char* key : {"status", "reason", "started", "ended"}) {
    description_.erase(key);
  }
  Json resumed = {{"time", utc_now()}};
  resumed.update(describe_program(ctx));
  description_["resumed"].push_back(std::move(resumed));
  write_run_json("running", "");
}

void RunDirectory::append(const std::vector<Sample>& samples) {
  std::string metrics;
  std::string per_class;
  std::string layers;
  std::string readings;
  for (const Sample& sample : samples) {
    const Information& info = sample.information;
    metrics += metrics_row(sample);
    for (const ClassInformation& c : info.per_class) {
      per_class +=
          fmt::format("{},{},{},{},{:.12g},{:.12g},{:.12g},{:.9g}\n", sample.step, sample.split,
                      c.class_index, c.n, c.h_x_bits, c.i_xt_bits, c.i_ty_bits, c.accuracy);
    }
    for (const LayerSample& layer : sample.layers) {
      layers += layer_row(sample, layer);
    }
    for (const Reading& reading : sample.readings) {
      readings += fmt::format("{},{:.6f},{},{},{:.12g},{:.12g},{:.9g},{},{}\n", sample.step,
                              sample.epoch, sample.split, reading.name, reading.i_xt_bits,
                              reading.i_ty_bits, info.accuracy, reading.symbols, reading.n);
    }
  }
  metrics_.append(metrics);
  per_class_.append(per_class);
  if (layers_) {
    layers_->append(layers);
  }
  if (readings_) {
    readings_->append(readings);
  }
  for (const Sample& sample : samples) {
    const Information& info = sample.information;
    tensorboard_.add_scalars(sample.step, {{"loss_nats/" + sample.split, info.loss_nats},
                                           {"accuracy/" + sample.split, info.accuracy},
                                           {"i_xt_bits/" + sample.split, info.i_xt_bits},
                                           {"i_ty_bits/" + sample.split, info.i_ty_bits}});
  }
}

void RunDirectory::add_training_loss(std::int64_t step, double loss_nats) {
  tensorboard_.add_scalars(step, {{"loss_nats/epoch", loss_nats}});
}

void RunDirectory::add_picture(std::int64_t step, std::string_view png) {
  tensorboard_.add_png(step, "information_plane", png);
}

void RunDirectory::log(const std::string& event, std::int64_t step, double epoch,
                       const Json& details) {
  events_.add(event, step, epoch, details);
}

void RunDirectory::save(Checkpoint checkpoint) {
  metrics_.flush();
  per_class_.flush();
  tensorboard_.flush();
  events_.flush();
  checkpoint.metrics_bytes = metrics_.size();
  checkpoint.per_class_bytes = per_class_.size();
  if (layers_) {
    layers_->flush();
    checkpoint.layers_bytes = layers_->size();
  }
  if (readings_) {
    readings_->flush();
    checkpoint.readings_bytes = readings_->size();
  }
  checkpoint.tensorboard_bytes = tensorboard_.size();
  write_checkpoint(checkpoint_file(path_), checkpoint);
}

void RunDirectory::finish(const std::string& status, const std::string& reason) {
  write_run_json(status, reason);
}

void RunDirectory::write_run_json(const std::string& status, const std::string& reason) const {
  Json json;
  json["status"] = status;
  if (!reason.empty()) {
    json["reason"] = reason;
  }
  json.update(description_);
  json["started"] = started_;
  if (status != "running") {
    json["ended"] = utc_now();
  }
  write_file_atomically(path_ / "run.json",
                        json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace infoplane
