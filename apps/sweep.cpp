#include "apps/sweep.h"

#include <fmt/format.h>

#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

#include "apps/console.h"
#include "apps/plan_runner.h"
#include "apps/signals.h"
#include "apps/sweep_table.h"
#include "core/error.h"
#include "core/file_lock.h"
#include "core/model_name.h"
#include "core/shell_quoted.h"
#include "train/run_cost.h"
#include "train/run_jobs.h"
#include "train/sweep.h"
#include "train/utc_time.h"

namespace infoplane::apps {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

int carry_out_plan(const FolderLock& held, const RunPlan& plan, const fs::path& folder,
                   const Output& output, const std::atomic<bool>& stop) {
  const std::vector<JobStatus> statuses = run_plan(held, plan, folder, output, stop);
  std::vector<SweepRow> rows;
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    rows.push_back({plan.runs[i].values, statuses[i]});
  }
  if (output.json) {
    std::cout << sweep_json(folder, plan.axes, rows);
  } else {
    output.say(sweep_text(folder, plan.axes, rows));
  }
  const int code = exit_code(statuses);
  if (code == kInterrupted) {
    output.say(fmt::format("\ninfoplane resume {}    goes on where this stopped\n",
                           shell_quoted(folder.string())));
  }
  return output.json ? code_if_printed(code) : code;  // a document, not progress
}

/// Of the command line: that a run becomes a sweep by adding to its line is meant so.
void warn_of_replaced_options(const Config& base, const std::vector<SweepAxis>& axes) {
  for (const SweepAxis& axis : axes) {
    const std::string source = base.source_of(axis.key);
    if (source == "command line" || (source.starts_with("--") && source != kFromRepeats)) {
      warn({fmt::format("--sweep {}=... replaces what {} says", axis.key,
                        source == "command line" ? "the command line" : source)});
    }
  }
}

}  // namespace

int start_sweep(const Config& base, const SweepOptions& options, const Output& output) {
  std::vector<SweepAxis> axes;
  for (const std::string& text : options.axes) {
    axes.push_back(parse_axis(text));
  }
  const RunPlan plan = plan_sweep(base, axes, options.jobs);
  if (!options.dry_run && !options.out.empty()) {
    require_new_folder(options.out);
  }
  require_data(plan);
  const std::atomic<bool>& stop = stop_on_signals();
  const std::vector<RunCost> costs = measure_plan(plan, output, stop);
  if (stop) {
    return kInterrupted;
  }
  if (options.dry_run && output.json) {
    std::cout << json_text(plan_json(plan, costs));
    return 0;
  }
  warn_of_replaced_options(base, axes);
  const fs::path by_default =
      fs::path("runs") / utc(std::chrono::system_clock::now(), "{:%Y%m%dT%H%M%SZ}_sweep");
  if (options.dry_run) {
    print_plan(plan, costs, options.out.empty() ? by_default : options.out,
               {.json = output.json, .quiet = false});
    return 0;
  }
  const fs::path folder = options.out.empty() ? create_numbered_folder(by_default) : options.out;
  print_plan(plan, costs, folder, output);
  write_plan(folder, plan);
  const FolderLock held(folder);
  return carry_out_plan(held, plan, folder, output, stop);
}

int resume_sweep(const fs::path& folder, const Output& output) {
  const FolderLock held(folder);
  const RunPlan plan = read_plan(folder);
  return carry_out_plan(held, plan, folder, output, stop_on_signals());
}

void print_cost(const RunSettings& settings, const Output& output) {
  Context ctx = open_device(settings.device, context_options(settings));
  const RunCost cost =
      measure_cost(ctx, settings, load_dataset(settings.data, data_options(settings)));
  if (output.json) {
    std::cout << json_text(to_json(cost));
    return;
  }
  fmt::print(
      "{} on {}: {} epochs of {} steps, {} samples of the plane\n"
      "{:.3f} s an epoch, about {} in all, {} of disk (measured by a few steps on {})\n",
      model_label(settings.model), settings.data, settings.epochs, cost.steps_per_epoch,
      cost.samples, cost.seconds_per_epoch(), duration_text(cost.seconds()),
      megabytes_text(cost.disk_bytes), ctx.backend().describe());
}

}  // namespace infoplane::apps
