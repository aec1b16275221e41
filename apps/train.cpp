#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "apps/commands.h"
#include "apps/console.h"
#include "apps/signals.h"
#include "apps/sweep.h"
#include "apps/training.h"
#include "core/error.h"
#include "data/dataset.h"
#include "ops/context.h"
#include "train/run_directory.h"
#include "train/run_plan.h"

namespace infoplane::apps {
namespace {

struct TrainOptions {
  std::string model;
  std::vector<std::string> assignments;
  std::string config;
  std::string out;
  std::vector<std::string> axes;
  int jobs = 1;
  int repeats = 0;
  bool dry_run = false;
  Output output;
};

/// Flags that are configuration keys by another name.
struct Flag {
  const char* flag;
  const char* key;
  const char* help;
};

constexpr Flag kFlags[] = {
    {"--data", "data",
     "mnist, fashion-mnist, cifar10, cifar100, tishby, stacked:COUNT:NAME, folder:PATH or "
     "npy:IMAGES,LABELS[,VALIDATION_IMAGES,VALIDATION_LABELS]"},
    {"--data-dir", "data_dir", "Look for the data here first"},
    {"--limit", "limit",
     "Take N images of each split: the first; of folder: and npy: N that the seed draws, but of a "
     "validation part that is given the same N for every seed"},
    {"--optimizer", "optimizer", "sgd, bgd (the whole training set a step) or adam"},
    {"--epochs", "epochs", "Passes over the training set"},
    {"--batch", "batch", "Images a step"},
    {"--micro-batch", "micro_batch",
     "Images a pass, gradients accumulated; batch-norm statistics are then a pass's"},
    {"--lr", "lr", "Learning rate"},
    {"--momentum", "momentum", "Momentum of sgd and bgd"},
    {"--weight-decay", "weight_decay", "L2 penalty on all parameters"},
    {"--seed", "seed", "Of all random numbers"},
    {"--device", "device", "auto, cpu or cuda"},
    {"--threads", "threads", "Host threads; 0: the physical cores"},
    {"--precision", "precision",
     "fp32, tf32 or bf16; else tf32 on cuda, and fp32 on cpu, which has no tf32"},
    {"--determinism", "determinism",
     "bitwise, or fast: on cuda what timing finds the fastest, though repeats differ in last bits"},
    {"--bins", "bins", "Intervals of [0, 1] a softmax output is binned into"},
    {"--sample-every", "sample.every",
     "Iterations between two samples of the plane, `epoch`, or `log:COUNT`"},
    {"--checkpoint-every", "checkpoint_every", "Epochs between two checkpoints"},
    {"--stop-after-transition", "stop_after_transition",
     "End so many epochs after the path has passed its transition point"},
};

int start(const RunSettings& settings, const TrainOptions& options,
          const std::vector<std::string>& argv) {
  std::atomic<bool>& stop = stop_on_signals();
  Context ctx = open_device(settings.device, context_options(settings));
  DataSet data = load_dataset(settings.data, data_options(settings));
  Trainer trainer(ctx, settings, data);
  RunDirectory run(options.out.empty() ? RunDirectory::make_default(settings)
                                       : std::filesystem::path(options.out),
                   settings, argv, ctx, data, trainer.train_rows(), trainer.validation_rows());
  return run_to_end(settings, trainer, run, ctx.backend().describe(), options.output, stop);
}

/// How settings override each other, and every key.
std::string settings_help() {
  std::string text =
      "Settings: preset < --config < environment INFOPLANE_<KEY> < flags and --set. The variable "
      "of\nsample.every is INFOPLANE_SAMPLE_EVERY, that of data INFOPLANE_DATASET. The keys:\n";
  for (const ConfigKey& key : config_keys()) {
    text += fmt::format("\n  {:<24} {}", key.name, key.help);
  }
  return text + "\n";
}

}  // namespace

void add_train(CLI::App& app, int argc, const char* const* argv, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("train", "Trains a network and traces it on the information plane");
  command->footer(settings_help());
  auto options = std::make_shared<TrainOptions>();
  auto values = std::make_shared<std::map<std::string, std::string>>();
  command->add_option("model", options->model,
                      "The network: `infoplane models` lists them; or 'NAME: LAYER, LAYER, ...'");
  for (const Flag& flag : kFlags) {
    command->add_option(flag.flag, (*values)[flag.key], flag.help)->take_last();
  }
  auto pin = std::make_shared<bool>(false);
  command->add_flag("--pin", *pin, "Keep each host thread on a core of its own");
  auto sample_train = std::make_shared<bool>(false);
  command->add_flag("--sample-train", *sample_train, "Sample the training split, too");
  auto sample_layers = std::make_shared<bool>(false);
  command->add_flag("--sample-layers", *sample_layers,
                    "Sample the hidden layers, too, into layers.csv");
  auto readings = std::make_shared<bool>(false);
  command->add_flag("--readings", *readings,
                    "Measure each sample under changed conditions, too: estimators, rows, bins, "
                    "labels, into readings.csv");
  command->add_option("--config", options->config, "A TOML file, as config.toml of a run");
  command->add_option("--set", options->assignments, "key=value, for any key of config.toml")
      ->allow_extra_args(false);
  command->add_option("--out", options->out, "The run's or sweep's folder; else one below runs/");
  command
      ->add_option("--sweep", options->axes,
                   "KEY=VALUE,VALUE,... or KEY=FIRST..LAST for any key of config.toml: a run for "
                   "every value; several: for every combination")
      ->allow_extra_args(false);
  command
      ->add_option("--repeats", options->repeats,
                   "So many runs of one setting, seeds counting up from --seed, as many at a time "
                   "as there are physical cores or --jobs says")
      ->check(CLI::Range(1, 10000));
  command->add_option("--jobs", options->jobs, "Runs of a sweep at a time")
      ->check(CLI::Range(1, kMostJobs))
      ->capture_default_str();
  command->add_flag("--dry-run", options->dry_run, "Print what it would cost and train nothing");
  command->add_flag("--json", options->output.json,
                    "Print one JSON object an epoch; progress goes to stderr");
  command->add_flag("--quiet", options->output.quiet, "Print neither progress nor summary");
  const std::vector<std::string> line(argv, argv + argc);
  command->callback([=, &exit_code] {
    Config config;
    if (!options->config.empty()) {
      config.read_toml(options->config);
    }
    config.read_environment();
    warn(mistyped_environment());
    if (!options->model.empty()) {
      config.set("model", options->model, "command line");
    }
    for (const Flag& flag : kFlags) {
      if (command->count(flag.flag) > 0) {
        config.set(flag.key, values->at(flag.key), flag.flag);
      }
    }
    const struct {
      const char *flag, *key;
      bool value;
    } switches[] = {{"--pin", "pin", *pin},
                    {"--sample-train", "sample.train", *sample_train},
                    {"--sample-layers", "sample.layers", *sample_layers},
                    {"--readings", "sample.readings", *readings}};
    for (const auto& each : switches) {
      if (command->count(each.flag) > 0) {
        config.set(each.key, each.value ? "true" : "false", each.flag);
      }
    }
    for (const std::string& assignment : options->assignments) {
      config.set_assignment(assignment, "--set");
    }
    if (options->repeats > 0) {
      for (const std::string& axis : options->axes) {
        if (axis.starts_with("seed=")) {
          throw UsageError("--repeats: --sweep " + axis +
                           " says the seeds already; leave one of the two out");
        }
      }
      const std::uint64_t seed = config.resolve().seed;
      config.set("seed", std::to_string(seed), kFromRepeats);
      options->axes.push_back(fmt::format("seed={}..{}", seed,
                                          seed + static_cast<std::uint64_t>(options->repeats - 1)));
      if (command->count("--jobs") == 0) {
        options->jobs = ops::physical_cores();
      }
    }
    if (!options->axes.empty()) {
      exit_code = start_sweep(
          config, {options->axes, options->jobs, options->dry_run, options->out}, options->output);
    } else if (command->count("--jobs") > 0) {
      throw UsageError("--jobs: there is one run only; give --sweep or --repeats, too");
    } else if (options->dry_run) {
      print_cost(config.resolve(), options->output);
    } else {
      exit_code = start(config.resolve(), *options, line);
    }
  });
}

}  // namespace infoplane::apps
