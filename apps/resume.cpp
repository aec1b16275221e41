#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <vector>

#include "apps/commands.h"
#include "apps/console.h"
#include "apps/training.h"
#include "core/error.h"
#include "data/dataset.h"

namespace infoplane::apps {
namespace {

namespace fs = std::filesystem;

/// The run below runs/ that began last: their names begin with the time.
fs::path latest_run() {
  std::vector<fs::path> runs;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator("runs", ignored)) {
    if (fs::exists(checkpoint_file(entry.path()))) {
      runs.push_back(entry.path());
    }
  }
  if (runs.empty()) {
    throw DataError("no run with a checkpoint lies below runs/; name the run's folder");
  }
  return *std::max_element(runs.begin(), runs.end());
}

int resume(const std::string& name, bool json) {
  const fs::path path = name == "latest" ? latest_run() : fs::path(name);
  if (!fs::exists(checkpoint_file(path))) {
    throw DataError(checkpoint_file(path).string() +
                    ": there is no checkpoint; is this the folder of a run?");
  }
  const Checkpoint checkpoint = read_checkpoint(checkpoint_file(path));
  Config config;
  config.read_toml(path / "config.toml");
  const RunSettings settings = config.resolve();
  if (checkpoint.position.epoch == settings.epochs) {
    if (!json) {
      fmt::print("{}: all {} epochs are done\n", path.string(), settings.epochs);
    }
    return 0;
  }
  Context ctx = open_device(settings.device, settings.threads);
  DataSet data = load_dataset(settings.data, {settings.data_dir, settings.limit, settings.seed});
  Trainer trainer(ctx, settings, data);
  trainer.restore(checkpoint);
  RunDirectory run(path, checkpoint, data);
  return run_to_end(settings, trainer, run, ctx.backend().describe(), json);
}

}  // namespace

void add_resume(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "resume", "Goes on with a run that was stopped or killed, from its last checkpoint");
  auto run = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  command->add_option("run", *run, "The run folder, or `latest` below runs/")->required();
  command->add_flag("--json", *json, "Print one JSON object an epoch and nothing else");
  command->callback([run, json, &exit_code] { exit_code = resume(*run, *json); });
}

}  // namespace infoplane::apps
