#include "apps/training.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "report/run_trace.h"

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
  EpochTable(std::int64_t epochs, std::int64_t steps, std::int64_t first_step, bool json)
      : epochs_(epochs), steps_(steps), first_step_(first_step), json_(json) {
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
    const double left = seconds_since(start_) / static_cast<double>(step - first_step_) *
                        static_cast<double>(steps_ - step);
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
  std::int64_t first_step_;  ///< where this part of the run began
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

void print_end(const RunDirectory& run, const RunSettings& settings, const Information& last,
               bool completed) {
  const std::string path = run.path().string();
  if (last.rows > 0) {
    fmt::print(
        "\nvalidation split, {} images: accuracy {:.4f}\n"
        "  I(X;T) {:.4f} bit of at most log2 N = {:.4f}\n"
        "  I(T;Y) {:.4f} bit of at most H(Y) = {:.4f}\n"
        "  {} symbols, {} of them seen once\n",
        last.rows, last.accuracy, last.i_xt_bits, last.i_xt_ceiling_bits, last.i_ty_bits,
        last.h_y_bits, last.symbols, last.singletons);
  }
  fmt::print("\npicture  {0}/plane.svg\ntraces   {0}/metrics.csv, {0}/per_class.csv{1}\n\nnext\n",
             path, settings.sample.layers ? fmt::format(", {}/layers.csv", path) : "");
  if (!completed) {
    fmt::print("  infoplane resume {}    goes on where this stopped\n", path);
  }
  fmt::print(
      "  infoplane train --config {}/config.toml --set seed=2    the same with another seed\n"
      "  infoplane models    the other networks\n",
      path);
}

}  // namespace

int run_to_end(const RunSettings& settings, Trainer& trainer, RunDirectory& run,
               const std::string& device, bool json) {
  if (!json) {
    fmt::print("{}: {} training and {} validation images, {} steps an epoch\n{}\n",
               title_of(settings), trainer.train_rows(), trainer.validation_rows(),
               trainer.steps_per_epoch(), device);
    for (const std::string& note : trainer.notes()) {
      fmt::print("note: {}\n", note);
    }
  }
  std::signal(SIGINT, request_stop);
  std::signal(SIGTERM, request_stop);
  EpochTable table(settings.epochs, settings.epochs * trainer.steps_per_epoch(), trainer.steps(),
                   json);
  bool completed = false;
  try {
    completed = trainer.run(
        stop_requested,
        [&](const EpochSummary& epoch) {
          run.append(epoch.samples);
          table.add(epoch);
          if (epoch.epoch % settings.checkpoint_every == 0) {
            run.save(trainer.checkpoint_sync());
          }
        },
        [&](std::int64_t step) { table.show_progress(step); });
    table.end_progress();
    run.save(trainer.checkpoint_sync());
    draw(run, settings);
  } catch (const Error& error) {
    table.end_progress();
    run.finish("failed", error.what());
    throw;
  }
  run.finish(completed ? "done" : "interrupted");
  if (!json) {
    print_end(run, settings, table.last(), completed);
  }
  return completed ? 0 : kInterrupted;
}

}  // namespace infoplane::apps
