// `infoplane outputs`: what a trained network makes of a split, for whoever wants to measure it.
#include "train/outputs.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <filesystem>
#include <iostream>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "apps/commands.h"
#include "apps/console.h"
#include "apps/run_folders.h"
#include "apps/signals.h"
#include "core/error.h"
#include "core/shell_quoted.h"
#include "train/run_directory.h"
#include "train/run_plan.h"
#include "train/trainer.h"

namespace infoplane::apps {
namespace {

namespace fs = std::filesystem;

struct OutputsOptions {
  fs::path run;
  std::string split = "validation";
  std::int64_t images = 0;
  bool layers = false;
  std::string device;
  fs::path out;
  bool json = false;
};

/// Rows of the split that are written: as many as were asked for, else those that the run samples.
std::int64_t rows_of(const OutputsOptions& options, const RunSettings& settings,
                     const DeviceSplit& split) {
  if (options.images > split.size()) {
    throw UsageError(fmt::format("--images is {}, but the {} split has {}", options.images,
                                 options.split, split.size()));
  }
  if (options.images > 0) {
    return options.images;
  }
  const std::int64_t sampled =
      options.split == "train" ? settings.sample.train_rows(split.size()) : split.size();
  return sampled > 0 ? sampled : split.size();
}

/// Returns the exit code.
int run(const OutputsOptions& options) {
  const std::atomic<bool>& stop = stop_on_signals();
  if (has_plan(options.run)) {
    throw UsageError(options.run.string() + " is a sweep; name one of its runs");
  }
  const fs::path own = options.run / "outputs";
  const fs::path into = options.out.empty() ? own : options.out;
  std::error_code none;
  if (fs::exists(into, none) && !fs::equivalent(into, own, none) && !fs::is_empty(into, none)) {
    throw UsageError("--out " + into.string() + ": not an empty folder; choose another");
  }
  const fs::path file = checkpoint_file(options.run);
  if (!fs::exists(file)) {
    throw DataError(options.run.string() +
                    ": there is no checkpoint; name the folder of a run that has one");
  }
  const Checkpoint checkpoint = read_checkpoint(file);
  Config config = begun_settings(options.run);
  if (!options.device.empty()) {
    config.set("device", options.device, "--device");
  }
  const RunSettings settings = config.resolve();
  Context ctx = open_device(settings.device, context_options(settings));
  DataSet data = load_dataset(settings.data, data_options(settings));
  require_same_data(options.run, data);
  const Sources sources =  // the trainer frees the images and what belongs to them
      std::move((options.split == "train" ? data.train : data.validation).sources);
  Trainer trainer(ctx, settings, data);
  restore(trainer, checkpoint, options.run);

  const DeviceSplit& split =
      options.split == "train" ? trainer.train_split() : trainer.validation_split();
  const std::int64_t rows = rows_of(options, settings, split);
  create_folder(into);
  std::vector<fs::path> files =
      write_outputs(ctx, trainer.network(), split, rows, options.layers, into, stop);
  if (stop) {
    return kInterrupted;
  }
  files.push_back(write_sources(sources, rows, into));
  if (options.json) {
    nlohmann::ordered_json json{{"run", options.run.string()},
                                {"epoch", checkpoint.position.epoch},
                                {"step", checkpoint.position.steps},
                                {"split", options.split},
                                {"n", rows},
                                {"files", nlohmann::ordered_json::array()}};
    for (const fs::path& each : files) {
      json["files"].push_back(each.string());
    }
    std::cout << json_text(json);
    return 0;
  }
  fmt::print("{} rows of the {} split at step {}, after {} epochs\n", rows, options.split,
             checkpoint.position.steps, checkpoint.position.epoch);
  for (const fs::path& each : files) {
    fmt::print("{}\n", each.string());
  }
  fmt::print("\nnext\n  infoplane mi {} {}\n", shell_quoted(files[0].string()),
             shell_quoted(files[1].string()));
  return 0;
}

}  // namespace

void add_outputs(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "outputs", "Writes what a run's network makes of its images, as .npy, for `infoplane mi`");
  command->footer(
      "logits.npy, float32 (N, C), and labels.npy, int32 (N), of the network of the run's last\n"
      "checkpoint; with --layers also layer-1.npy, ..., the hidden layers as layers.csv numbers\n"
      "them. rows.npy, int64 (N), says which image each row is of: its row, from 0, in the\n"
      "official files or the npy: array; of folder: data files.txt does, a path a line.");
  auto options = std::make_shared<OutputsOptions>();
  command->add_option("run", options->run, "The folder of a run with a checkpoint")->required();
  command->add_option("--split", options->split, "Which images")
      ->check(CLI::IsMember({"validation", "train"}))
      ->capture_default_str();
  command
      ->add_option("--images", options->images,
                   "The first N images (default: those that the run samples, else all)")
      ->check(CLI::Range(std::int64_t{1}, std::numeric_limits<std::int64_t>::max()));
  command->add_flag("--layers", options->layers, "The hidden layers, too");
  command->add_option("--device", options->device, "auto, cpu or cuda (default: the run's)");
  command->add_option("--out", options->out,
                      "A new or an empty folder (default: RUN/outputs, in the place of what an "
                      "earlier call has left there)");
  command->add_flag("--json", options->json, "Print one JSON object");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace infoplane::apps
