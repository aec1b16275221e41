#include "apps/training.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "analysis/transition_watch.h"
#include "apps/console.h"
#include "apps/signals.h"
#include "core/data_name.h"
#include "core/error.h"
#include "core/model_name.h"
#include "core/shell_quoted.h"
#include "report/findings_json.h"
#include "report/report_page.h"
#include "report/run_trace.h"

namespace infoplane::apps {
namespace {

using Json = nlohmann::ordered_json;

std::string epoch_json(const EpochSummary& epoch) {
  Json line = {{"epoch", epoch.epoch},
               {"step", epoch.step},
               {"lr", as_written(epoch.lr)},
               {"train_loss_nats", epoch.loss_nats},
               {"seconds", epoch.seconds}};
  for (const Sample& sample : epoch.samples) {
    line[sample.split] = {{"step", sample.step},
                          {"loss_nats", sample.information.loss_nats},
                          {"accuracy", sample.information.accuracy},
                          {"i_xt_bits", sample.information.i_xt_bits},
                          {"i_ty_bits", sample.information.i_ty_bits}};
  }
  return line.dump() + "\n";
}

/// A sample as metrics.csv holds it, so that a resumed run, which reads it there, sees a transition
/// at the same sample as one that was never stopped.
PathPoint as_in_metrics(const Sample& sample) {
  const auto rounded = [](const char* format, double value) {
    return std::stod(fmt::format(fmt::runtime(format), value));
  };
  return {rounded("{:.6f}", sample.epoch), rounded("{:.12g}", sample.information.i_xt_bits),
          rounded("{:.12g}", sample.information.i_ty_bits),
          rounded("{:.9g}", sample.information.accuracy)};
}

std::string title_of(const RunSettings& settings) {
  return fmt::format("{} on {}, seed {}", model_label(settings.model), data_label(settings.data),
                     settings.seed);
}

/// One call of run_to_end().
class Session {
 public:
  Session(const RunSettings& settings, Trainer& trainer, RunDirectory& run, const Output& output,
          std::atomic<bool>& stop)
      : settings_(settings),
        trainer_(trainer),
        run_(run),
        output_(output),
        stop_(stop),
        watch_(PhaseRule()),
        progress_(output, settings.epochs, trainer.steps_per_epoch(), trainer.steps()) {}

  int to_end() {
    try {
      begin();
      bool completed = stopped_early_;
      if (!completed) {
        completed = trainer_.run(
            stop_, [this](const EpochSummary& epoch) { on_epoch(epoch); },
            [this](std::int64_t step) { progress_.on_step(step); });
        completed = completed || stopped_early_;
      }
      progress_.end();
      end(completed);
      return completed ? 0 : kInterrupted;
    } catch (const std::exception& error) {
      progress_.end();
      if (!finished_) {
        fail(error.what());
      }
      throw;
    }
  }

 private:
  double epochs_done() const {
    return static_cast<double>(trainer_.steps()) / static_cast<double>(trainer_.steps_per_epoch());
  }

  void log(const std::string& event, const Json& details) {
    run_.log(event, trainer_.steps(), epochs_done(), details);
  }

  void begin() {
    if (run_.resumed() && !run_.tells_of_checkpoint()) {  // it was killed before it could
      log("checkpoint", Json::object());
    }
    log(run_.resumed() ? "resume" : "start", Json::object());
    notes_seen_ = trainer_.notes().size();
    if (!run_.resumed()) {
      for (const std::string& note : trainer_.notes()) {
        log("warning", {{"message", note}});
      }
      return;
    }
    for (const TraceRow& row : read_trace(run_.path() / "metrics.csv")) {
      if (row.split == "validation") {
        watch_.add({row.epoch, row.i_xt_bits, row.i_ty_bits, row.accuracy});
      }
    }
    stopped_early_ = trainer_.steps() % trainer_.steps_per_epoch() == 0 && ends_early();
  }

  void on_epoch(const EpochSummary& epoch) {
    run_.append(epoch.samples);
    if (epoch.is_whole) {  // else a resumed run has yet to come by, at the epoch's end
      run_.add_training_loss(epoch.step, epoch.loss_nats);
      progress_.on_epoch(epoch);
      if (output_.json) {
        std::fputs(epoch_json(epoch).c_str(), stdout);  // whoever reads it may be gone
        std::fflush(stdout);
      }
    }
    for (const Sample& sample : epoch.samples) {
      if (sample.information.rows == 0 && sample.information.rejected > 0 &&
          std::isfinite(epoch.loss_nats)) {  // else the trainer says so
        throw diverged(
            fmt::format("no {} row has finite outputs at step {}", sample.split, sample.step),
            settings_, epoch.lr);
      }
    }
    for (const Sample& sample : epoch.samples) {
      watch(sample);
    }
    for (; notes_seen_ < trainer_.notes().size(); ++notes_seen_) {
      warn(trainer_.notes()[notes_seen_]);
    }
    if (!stop_ && ends_early()) {
      stopped_early_ = true;
      stop_ = true;
    }
    if (!stop_ && std::isfinite(epoch.loss_nats) && epoch.epoch % settings_.checkpoint_every == 0 &&
        epoch.epoch < settings_.epochs) {
      checkpoint_if_possible();
    }
  }

  /// Whether the transition lies far enough behind to end here; at the last epoch's end nothing is
  /// early.
  bool ends_early() const {
    return settings_.stop_after_transition > 0 &&
           trainer_.steps() < settings_.epochs * trainer_.steps_per_epoch() &&
           watch_.is_behind(epochs_done(), static_cast<double>(settings_.stop_after_transition));
  }

  void watch(const Sample& sample) {
    if (sample.information.rejected > 0 && !rejected_before_) {
      rejected_before_ = true;
      warn(fmt::format("{} of {} {} rows were left out at step {}: their logits are no numbers or "
                       "their labels out of range",
                       sample.information.rejected,
                       sample.information.rejected + sample.information.rows, sample.split,
                       sample.step),
           sample.step, sample.epoch);
    }
    if (sample.split != "validation") {
      return;
    }
    const bool passed_before = watch_.transition().has_value();
    watch_.add(as_in_metrics(sample));
    if (watch_.transition() && !passed_before) {
      run_.log("transition", sample.step, sample.epoch,
               {{"at", point_json(*watch_.transition(), Digits::kAll)}});
    } else if (!watch_.transition() && passed_before) {
      run_.log("warning", sample.step, sample.epoch,
               {{"message", "no transition yet: I(X;T) has risen above the one before"}});
    }
  }

  void warn(const std::string& message) { warn(message, trainer_.steps(), epochs_done()); }
  void warn(const std::string& message, std::int64_t step, double epoch) {
    progress_.end();
    std::fputs(("infoplane: warning: " + message + "\n").c_str(), stderr);
    try {
      run_.log("warning", step, epoch, {{"message", message}});
    } catch (const Error&) {  // what the warning is about may be in its way, too
    }
  }

  /// A network that has diverged does not take the place of one that had not.
  Checkpoint finite_checkpoint() {
    Checkpoint checkpoint = trainer_.checkpoint_sync();
    for (const NamedTensor& tensor : checkpoint.tensors) {
      if (!std::all_of(tensor.values.begin(), tensor.values.end(),
                       [](float value) { return std::isfinite(value); })) {
        throw diverged(fmt::format("{} is not finite at step {}", tensor.name, trainer_.steps()),
                       settings_, settings_.lr);
      }
    }
    return checkpoint;
  }

  void save(Checkpoint checkpoint) {
    run_.save(std::move(checkpoint));
    saved_step_ = trainer_.steps();
  }

  /// A run goes on without a checkpoint: the one before is still there, its samples are being
  /// written, and whoever reads the warning may free space until the next one is due.
  void checkpoint_if_possible() {
    Checkpoint checkpoint = finite_checkpoint();
    try {
      save(std::move(checkpoint));
    } catch (const Error& error) {
      warn(fmt::format("{}; the run goes on, its last checkpoint is {}", error.what(),
                       saved_step_ < 0 ? "none yet" : fmt::format("of step {}", saved_step_)));
      return;
    }
    log("checkpoint", Json::object());
  }

  void end(bool completed) {
    save(finite_checkpoint());
    log("checkpoint", Json::object());
    const PlaneFigure figure =
        plane_of(title_of(settings_), read_trace(run_.path() / "metrics.csv"));
    write_plane_svg(figure, run_.path() / "plane.svg");
    write_plane_png(figure, run_.path() / "plane.png");
    const std::string status = completed ? "done" : "interrupted";
    std::string reason;
    if (completed) {
      std::ifstream png(run_.path() / "plane.png", std::ios::binary);
      run_.add_picture(trainer_.steps(), std::string(std::istreambuf_iterator<char>(png), {}));
      log_phases();
    }
    if (stopped_early_) {
      reason = fmt::format("stopped {} epochs after the transition at epoch {:.2f}",
                           settings_.stop_after_transition, watch_.transition()->epoch);
    }
    log("end", {{"status", status}, {"reason", reason}});
    run_.finish(status, reason);
    finished_ = true;
    report();
    say_end(completed, reason);
  }

  void report() const { write_report({run_.path()}, {}, run_.path() / "report.html"); }

  void log_phases() {
    if (watch_.path().empty()) {
      return;
    }
    const Phases phases = find_phases(watch_.path(), PhaseRule());
    log("convergence",
        {{"at", point_json(phases.convergence, Digits::kAll)},
         {"transition", phases.compresses ? point_json(phases.transition, Digits::kAll) : Json()},
         {"slope", phases.slope ? Json(*phases.slope) : Json()}});
  }

  /// Says what it can where the run may be out of disk.
  void fail(const std::string& reason) {
    try {
      run_.finish("failed", reason);
      log("end", {{"status", "failed"}, {"reason", reason}});
      report();
    } catch (const std::exception&) {  // the reason itself is what the caller must hear
    }
  }

  void say_end(bool completed, const std::string& reason) {
    const std::string path = run_.path().string();
    if (!completed) {
      output_.say(fmt::format(
          "\nstopped at step {} (epoch {:.2f} of {}); `infoplane resume {}` goes on from there\n",
          trainer_.steps(), epochs_done(), settings_.epochs, shell_quoted(path)));
    }
    const Information& last = progress_.last();
    if (last.rows > 0) {
      output_.say(
          fmt::format("\nvalidation split, {} images: accuracy {:.4f}\n"
                      "  I(X;T) {:.4f} bit of at most log2 N = {:.4f}\n"
                      "  I(T;Y) {:.4f} bit of at most H(Y) = {:.4f}\n"
                      "  {} symbols, {} of them seen once\n",
                      last.rows, last.accuracy, last.i_xt_bits, last.i_xt_ceiling_bits,
                      last.i_ty_bits, last.h_y_bits, last.symbols, last.singletons));
    }
    if (!reason.empty()) {
      output_.say("\n" + reason + "\n");
    }
    output_.say(
        fmt::format("\nreport   {0}/report.html\npicture  {0}/plane.svg\ntraces   {0}/metrics.csv, "
                    "{0}/per_class.csv{1}{2}\n\n"
                    "next\n",
                    path, settings_.sample.layers ? fmt::format(", {}/layers.csv", path) : "",
                    settings_.sample.readings ? fmt::format(", {}/readings.csv", path) : ""));
    output_.say(
        fmt::format("  infoplane train --config {} --set seed={}    the same with another seed\n"
                    "  infoplane models    the other networks\n",
                    shell_quoted(path + "/config.toml"), settings_.seed + 1));
  }

  const RunSettings& settings_;
  Trainer& trainer_;
  RunDirectory& run_;
  Output output_;
  std::atomic<bool>& stop_;
  TransitionWatch watch_;
  TrainingProgress progress_;
  std::int64_t saved_step_ = run_.resumed() ? trainer_.steps() : -1;
  std::size_t notes_seen_ = 0;  ///< of the trainer's
  bool stopped_early_ = false;
  bool finished_ = false;  ///< a report that cannot be made undoes no run
  bool rejected_before_ = false;
};

}  // namespace

int run_to_end(const RunSettings& settings, Trainer& trainer, RunDirectory& run,
               const std::string& device, const Output& output, std::atomic<bool>& stop) {
  output.say(fmt::format("{}: {} training and {} validation images {}, {} steps an epoch\n{}\n",
                         title_of(settings), trainer.train_rows(), trainer.validation_rows(),
                         trainer.network().input().to_string(), trainer.steps_per_epoch(), device));
  constexpr std::int64_t kFew = 10;  // for a path
  if (const std::int64_t samples = trainer.samples();
      samples < kFew && samples <= settings.epochs) {
    output.say(fmt::format(
        "the plane is sampled {} times in all; --sample-every epoch makes that {} times\n", samples,
        settings.epochs + 1));
  }
  warn(trainer.notes());
  if (const int processors = ops::usable_processors(); settings.threads > processors) {
    warn(
        {fmt::format("threads: {}, but this process may use {} processor{}, and threads that wait "
                     "for each other take several times as long; use fewer --threads",
                     settings.threads, processors, processors == 1 ? "" : "s")});
  }
  return Session(settings, trainer, run, output, stop).to_end();
}

}  // namespace infoplane::apps
