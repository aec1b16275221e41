#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "apps/commands.h"
#include "apps/console.h"
#include "core/error.h"
#include "data/dataset.h"
#include "report/run_trace.h"
#include "train/run_directory.h"
#include "train/trainer.h"

namespace infoplane::apps {
namespace {

constexpr int kInterrupted = 130;

std::atomic<bool> stop_requested = false;
static_assert(std::atomic<bool>::is_always_lock_free, "set from a signal handler");

/// The first signal asks the run to end cleanly; a second one ends the program at once.
extern "C" void request_stop(int signal) {
  stop_requested = true;
  std::signal(signal, SIG_DFL);
}

struct Options {
  std::string model;
  std::vector<std::string> assignments;
  std::string config;
  std::string out;
  bool json = false;
};

/// Flags that are configuration keys by another name.
struct Flag {
  const char* flag;
  const char* key;
  const char* help;
};

constexpr Flag kFlags[] = {
    {"--data", "data",
     "mnist, fashion-mnist, cifar10, cifar100, tishby, folder:PATH or npy:IMAGES,LABELS"},
    {"--data-dir", "data_dir", "Look for the data here first"},
    {"--limit", "limit", "Take the first N images of each split"},
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
    {"--bins", "bins", "Intervals of [0, 1] a softmax output is binned into"},
    {"--sample-every", "sample.every",
     "Iterations between two samples of the plane, `epoch`, or `log:COUNT`"},
};

using Json = nlohmann::ordered_json;

Json epoch_json(const EpochSummary& epoch) {
  Json line = {{"epoch", epoch.epoch},
               {"step", epoch.step},
               {"lr", epoch.lr},
               {"train_loss_nats", epoch.loss_nats},
               {"seconds", epoch.seconds}};
  for (const Sample& sample : epoch.samples) {
    line[sample.split] = {{"step", sample.step},
                          {"loss_nats", sample.information.loss_nats},
                          {"accuracy", sample.information.accuracy},
                          {"i_xt_bits", sample.information.i_xt_bits},
                          {"i_ty_bits", sample.information.i_ty_bits}};
  }
  return line;
}

/// The table of epochs: a line each, with the last validation sample so far, and on a terminal a
/// bar below it for the steps.
class EpochTable {
 public:
  EpochTable(std::int64_t epochs, std::int64_t steps, bool json)
      : epochs_(epochs), steps_(steps), json_(json) {
    if (!json_) {
      fmt::print("\n{:>7} {:>8} {:>10} {:>9} {:>9} {:>10} {:>10} {:>8} {:>7}\n", "epoch", "lr",
                 "train loss", "val loss", "accuracy", "I(X;T) bit", "I(T;Y) bit", "symbols",
                 "time s");
      std::fflush(stdout);
    }
  }

  void add(const EpochSummary& epoch) {
    for (const Sample& sample : epoch.samples) {
      if (sample.split == "validation") {
        last_ = sample.information;
      }
    }
    if (json_) {
      fmt::print("{}\n", epoch_json(epoch).dump());
    } else {
      fmt::print(
          "{}{:>7} {:>8.3g} {:>10.4f} {:>9.4f} {:>9.4f} {:>10.4f} {:>10.4f} {:>8} {:>7.1f}\n",
          bar_ ? kClearLine : "", fmt::format("{}/{}", epoch.epoch, epochs_), epoch.lr,
          epoch.loss_nats, last_.loss_nats, last_.accuracy, last_.i_xt_bits, last_.i_ty_bits,
          last_.symbols, seconds_since(start_));
    }
    std::fflush(stdout);
  }

  void show_progress(std::int64_t step) {
    constexpr double kRefresh = 0.2;  // seconds
    if (!bar_ || seconds_since(shown_) < kRefresh) {
      return;
    }
    shown_ = Clock::now();
    constexpr int kWidth = 30;
    const auto filled = static_cast<int>(step * kWidth / steps_);
    const double left =
        seconds_since(start_) / static_cast<double>(step) * static_cast<double>(steps_ - step);
    fmt::print("{}[{:#<{}}{:.<{}}] step {}/{}, about {:.0f} s left", kClearLine, "", filled, "",
               kWidth - filled, step, steps_, left);
    std::fflush(stdout);
  }

  /// Takes the bar away, for whatever is printed next.
  void end_progress() const {
    if (bar_) {
      fmt::print("{}", kClearLine);
      std::fflush(stdout);
    }
  }

  const Information& last() const { return last_; }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr char kClearLine[] = "\r\x1b[K";

  static double seconds_since(Clock::time_point then) {
    return std::chrono::duration<double>(Clock::now() - then).count();
  }

  std::int64_t epochs_;
  std::int64_t steps_;
  bool json_;
  bool bar_ = !json_ && ::isatty(STDOUT_FILENO) == 1;
  Clock::time_point start_ = Clock::now();
  Clock::time_point shown_ = start_;
  Information last_;
};

std::string title_of(const RunSettings& settings) {
  return fmt::format("{} on {}, seed {}", settings.model, settings.data, settings.seed);
}

/// Draws what the run left, as far as it went.
void draw(const RunDirectory& run, const RunSettings& settings) {
  const PlaneFigure figure = plane_of(title_of(settings), read_trace(run.path() / "metrics.csv"));
  write_plane_svg(figure, run.path() / "plane.svg");
  write_plane_png(figure, run.path() / "plane.png");
}

void print_end(const RunDirectory& run, const Information& last) {
  fmt::print(
      "\nvalidation split, {} images: accuracy {:.4f}\n"
      "  I(X;T) {:.4f} bit of at most log2 N = {:.4f}\n"
      "  I(T;Y) {:.4f} bit of at most H(Y) = {:.4f}\n"
      "  {} symbols, {} of them seen once\n"
      "\npicture  {}\ntraces   {}, per_class.csv\n"
      "\nnext\n  infoplane train --config {} --set seed=2    another seed of the same run\n"
      "  infoplane models                                            the other networks\n",
      last.rows, last.accuracy, last.i_xt_bits, last.i_xt_ceiling_bits, last.i_ty_bits,
      last.h_y_bits, last.symbols, last.singletons, (run.path() / "plane.svg").string(),
      (run.path() / "metrics.csv").string(), (run.path() / "config.toml").string());
}

int run_training(const RunSettings& settings, const Options& options,
                 const std::vector<std::string>& argv) {
  Context ctx = open_device(settings.device, settings.threads);
  DataSet data = load_dataset(settings.data, {settings.data_dir, settings.limit, settings.seed});
  const std::int64_t train_rows = data.train.size();
  const std::int64_t validation_rows = data.validation.size();
  Trainer trainer(ctx, settings, data);
  RunDirectory run(options.out.empty() ? RunDirectory::default_path(settings)
                                       : std::filesystem::path(options.out),
                   settings, argv, ctx, data, train_rows, validation_rows);
  if (!options.json) {
    fmt::print("{}: {} training and {} validation images, {} steps an epoch\n{}\n",
               title_of(settings), train_rows, validation_rows, trainer.steps_per_epoch(),
               ctx.backend().describe());
    for (const std::string& note : trainer.notes()) {
      fmt::print("note: {}\n", note);
    }
  }
  std::signal(SIGINT, request_stop);
  std::signal(SIGTERM, request_stop);
  EpochTable table(settings.epochs, settings.epochs * trainer.steps_per_epoch(), options.json);
  bool completed = false;
  try {
    completed = trainer.run(
        stop_requested,
        [&](const EpochSummary& epoch) {
          run.append(epoch.samples);
          table.add(epoch);
        },
        [&](std::int64_t step) { table.show_progress(step); });
    table.end_progress();
    draw(run, settings);
  } catch (const Error& error) {
    table.end_progress();
    run.finish("failed", error.what());
    throw;
  }
  run.finish(completed ? "done" : "interrupted");
  if (!options.json) {
    print_end(run, table.last());
  }
  return completed ? 0 : kInterrupted;
}

}  // namespace

void add_train(CLI::App& app, int argc, const char* const* argv, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("train", "Trains a network and traces it on the information plane");
  command->footer("Settings: preset < --config < environment INFOPLANE_<KEY> < flags and --set.");
  auto options = std::make_shared<Options>();
  auto values = std::make_shared<std::map<std::string, std::string>>();
  command->add_option("model", options->model, "The network; `infoplane models` lists them");
  for (const Flag& flag : kFlags) {
    command->add_option(flag.flag, (*values)[flag.key], flag.help)->take_last();
  }
  auto sample_train = std::make_shared<bool>(false);
  command->add_flag("--sample-train", *sample_train, "Sample the training split, too");
  command->add_option("--config", options->config, "A TOML file, as config.toml of a run");
  command->add_option("--set", options->assignments, "key=value, for any key of config.toml")
      ->allow_extra_args(false);
  command->add_option("--out", options->out, "The run folder; else one below runs/");
  command->add_flag("--json", options->json, "Print one JSON object an epoch and nothing else");
  const std::vector<std::string> line(argv, argv + argc);
  command->callback([=, &exit_code] {
    Config config;
    if (!options->config.empty()) {
      config.read_toml(options->config);
    }
    config.read_environment();
    if (!options->model.empty()) {
      config.set("model", options->model, "command line");
    }
    for (const Flag& flag : kFlags) {
      if (command->count(flag.flag) > 0) {
        config.set(flag.key, values->at(flag.key), flag.flag);
      }
    }
    if (*sample_train) {
      config.set("sample.train", "true", "--sample-train");
    }
    for (const std::string& assignment : options->assignments) {
      config.set_assignment(assignment, "--set");
    }
    exit_code = run_training(config.resolve(), *options, line);
  });
}

}  // namespace infoplane::apps
