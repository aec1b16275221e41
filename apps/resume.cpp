#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/commands.h"
#include "apps/console.h"
#include "apps/run_folders.h"
#include "apps/signals.h"
#include "apps/sweep.h"
#include "apps/training.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/file_lock.h"
#include "core/shell_quoted.h"
#include "core/version.h"
#include "data/dataset.h"
#include "ops/context.h"
#include "report/run_record.h"
#include "train/run_plan.h"

namespace infoplane::apps {
namespace {

namespace fs = std::filesystem;

/// When the run's files that change with its state were written last; the least time for none.
fs::file_time_type last_written(const fs::path& run) {
  fs::file_time_type last = fs::file_time_type::min();
  for (const fs::path& file : {run / "run.json", checkpoint_file(run)}) {
    std::error_code error;
    const fs::file_time_type time = fs::last_write_time(file, error);
    last = error ? last : std::max(last, time);
  }
  return last;
}

/// Whether another process is at work in a folder.
bool is_held(const fs::path& folder) {
  try {
    const FolderLock lock(folder);
  } catch (const UsageError&) {
    return true;
  } catch (const Error&) {  // to be told of when it is resumed
  }
  return false;
}

/// Whether there is nothing to go on with: it is done, or has diverged, as it would again.
bool is_over(const fs::path& run) {
  return state_of(run) == RunState::kDone ||
         is_diverged(text_or_empty(description_of(run), "reason"));
}

/// When a sweep or one of its runs was written last, and whether all of them are over. One whose
/// plan or settings cannot be read is not.
std::pair<fs::file_time_type, bool> progress_of_sweep(const fs::path& sweep) {
  std::error_code ignored;
  fs::file_time_type time = fs::last_write_time(sweep / "plan.json", ignored);
  bool over = true;
  try {
    for (const PlannedRun& run : read_plan(sweep).runs) {
      time = std::max(time, last_written(sweep / run.name));
      over = over && is_over(sweep / run.name);
    }
  } catch (const Error&) {
    over = false;
  }
  return {time, over};
}

/// The run or sweep below runs/ that was written to last, of those that are neither over nor at
/// work.
fs::path latest_run() {
  std::optional<std::pair<fs::file_time_type, fs::path>> latest;
  const auto consider = [&](const fs::path& path, fs::file_time_type time) {
    if (!latest || std::pair(time, path) > *latest) {
      latest = {time, path};
    }
  };
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator("runs", ignored)) {
    const fs::path& path = entry.path();
    if (has_plan(path)) {
      const auto [time, over] = progress_of_sweep(path);
      if (!over && !is_held(path)) {
        consider(path, time);
      }
    } else if (state_of(path) == RunState::kPartial && !is_over(path) && !is_held(path)) {
      consider(path, last_written(path));
    }
  }
  if (!latest) {
    throw DataError(
        "nothing below runs/ has a checkpoint and is neither done, diverged nor at work; name the "
        "run's folder");
  }
  return latest->second;
}

/// Warns of another program, and of libraries and instructions of the device that are no longer
/// those that the run began with.
void warn_of_another_program(const fs::path& run, const nlohmann::ordered_json& description,
                             Device device) {
  std::vector<std::pair<std::string, std::string>> then_and_now;
  const std::string version = text_or_empty(description, "version");
  const std::string commit = text_or_empty(description, "commit");
  const auto known = [](const std::string& name) { return !name.empty() && name != "unknown"; };
  if (version != kVersion || (known(commit) && known(kCommit) && commit != kCommit)) {
    then_and_now.emplace_back(version.empty()
                                  ? "infoplane (no version noted)"
                                  : fmt::format("infoplane {} ({})", version,
                                                commit.empty() ? "no commit noted" : commit),
                              fmt::format("{} ({})", kVersion, kCommit));
  }
  if (const auto libraries = description.find("libraries"); libraries != description.end()) {
    for (const auto& [name, now] : ops::library_versions(device)) {
      if (const std::string then = text_or_empty(*libraries, name); !then.empty() && then != now) {
        then_and_now.emplace_back(name + " " + then, now);
      }
    }
  }
  const std::string then = text_or_empty(description, "instructions");
  if (const std::string now = ops::instructions(device); !then.empty() && then != now) {
    then_and_now.emplace_back("instructions " + then, now);
  }
  for (const auto& [before, now] : then_and_now) {
    warn(
        {fmt::format("{}: begun with {}, this is {}; the rest may differ in its last digits from "
                     "an uninterrupted run's",
                     run.string(), before, now)});
  }
}

/// Throws UsageError where other epochs would move the samples that were taken already.
void require_free_epochs(const RunSettings& begun, const fs::path& run, std::int64_t epochs) {
  if (epochs != begun.epochs && begun.sample.spacing == SamplePlan::Spacing::kLogarithmic) {
    throw UsageError(fmt::format(
        "--epochs {}: {} has {} epochs, and its samples are spaced over all of them (sample.every "
        "= log:{}); train anew with --epochs {}",
        epochs, run.string(), begun.epochs, begun.sample.count, epochs));
  }
}

struct ResumeOptions {
  std::string run;
  std::int64_t epochs = 0;  ///< 0: as config.toml says
  Output output;
};

int resume(const ResumeOptions& options) {
  const Output& output = options.output;
  const fs::path path = options.run == "latest" ? latest_run() : fs::path(options.run);
  if (options.run == "latest") {
    output.say(fmt::format("latest: {}\n", path.string()));
  }
  if (has_plan(path)) {
    if (options.epochs != 0) {
      throw UsageError(path.string() + " is a sweep; --epochs is for one of its runs");
    }
    return resume_sweep(path, output);
  }
  if (!fs::exists(checkpoint_file(path)) && !fs::exists(path / "run.json")) {
    throw DataError(path.string() + ": there is no run; name the folder of one, or of a sweep");
  }
  FolderLock lock(path);  // throws if it is still at work; else nobody changes what is read here
  if (!fs::exists(checkpoint_file(path))) {
    throw DataError(fmt::format(
        "{}: the run ended before its first checkpoint; `infoplane train --config {}` repeats it",
        path.string(), shell_quoted((path / "config.toml").string())));
  }
  const Checkpoint checkpoint = read_checkpoint(checkpoint_file(path));
  Config config = begun_settings(path);
  if (options.epochs != 0) {
    require_free_epochs(config.resolve(), path, options.epochs);
    config.set("epochs", std::to_string(options.epochs), "--epochs");
  }
  const RunSettings settings = config.resolve();
  const nlohmann::ordered_json description = description_of(path);
  const std::string reason = text_or_empty(description, "reason");
  if (text_or_empty(description, "status") == "done" &&
      (settings.epochs <= checkpoint.position.epoch ||
       (!reason.empty() && settings.stop_after_transition > 0))) {
    if (options.epochs > checkpoint.position.epoch && !reason.empty()) {
      throw UsageError(
          fmt::format("--epochs {}: {} is done, {}; with stop_after_transition = 0 in "
                      "its config.toml it goes on",
                      options.epochs, path.string(), reason));
    }
    output.say(reason.empty() ? fmt::format("{}: all {} epochs are done\n", path.string(),
                                            checkpoint.position.epoch)
                              : fmt::format("{}: it is done, {}\n", path.string(), reason));
    return 0;
  }
  if (const std::int64_t begun = checkpoint.position.epochs_begun();
      options.epochs != 0 && options.epochs < begun) {
    throw UsageError(fmt::format("--epochs {}: {} has come to its epoch {} already", options.epochs,
                                 path.string(), begun));
  }
  std::atomic<bool>& stop = stop_on_signals();
  Context ctx = open_device(settings.device, context_options(settings));
  warn_of_another_program(path, description, ctx.device());
  DataSet data = load_dataset(settings.data, data_options(settings));
  Trainer trainer(ctx, settings, data);
  restore(trainer, checkpoint, path);
  RunDirectory run(std::move(lock), path, checkpoint, ctx, data);
  if (options.epochs != 0) {
    write_file_atomically(path / "config.toml", to_toml(settings));
  }
  return run_to_end(settings, trainer, run, ctx.backend().describe(), output, stop);
}

}  // namespace

void add_resume(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "resume",
      "Goes on with a run or sweep that was stopped or killed, from its last checkpoints");
  auto options = std::make_shared<ResumeOptions>();
  command
      ->add_option(
          "run", options->run,
          "The folder of the run or sweep, or `latest`: the one below runs/ that was written to "
          "last and is neither done, diverged nor at work")
      ->required();
  command
      ->add_option("--epochs", options->epochs,
                   "Train to the end of this epoch, also where the run was done (not where its "
                   "samples are spaced over all epochs)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}));
  command->add_flag("--json", options->output.json,
                    "Print one JSON object an epoch; progress goes to stderr");
  command->add_flag("--quiet", options->output.quiet, "Print neither progress nor summary");
  command->callback([options, &exit_code] { exit_code = resume(*options); });
}

}  // namespace infoplane::apps
