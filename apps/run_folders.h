#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "report/run_trace.h"
#include "train/checkpoint.h"
#include "train/settings.h"
#include "train/trainer.h"

namespace infoplane::apps {

/// What a trace of one's own must have, for help texts.
constexpr char kTraceColumns[] =
    "traces in CSV (columns step, epoch, i_xt_bits, i_ty_bits, h_y_bits, accuracy, n; if they are "
    "there also split, loss_nats, bins)";

/// The run folders and traces that were named, where the folder of a sweep stands for its runs in
/// their order, and what is named twice counts once. A run of a sweep that has no trace yet is left
/// out, with a warning. Throws DataError for a sweep with none.
std::vector<std::filesystem::path> run_folders(const std::vector<std::filesystem::path>& named);

/// The samples of one split of a run or trace, with a warning of what was left out. Throws
/// DataError as read_trace() and for a trace without any sample, UsageError for one without any of
/// this split.
std::vector<TraceRow> samples_of(const std::filesystem::path& run, const std::string& split);

/// Why the trace of a run ends before its last epoch, as "did not reach its end: interrupted"; none
/// for a run that is done, and where there is no run.json.
std::optional<std::string> why_unfinished(const std::filesystem::path& run);

/// A warning of samples that were left out, if there are any.
void warn_of_left_out(const std::filesystem::path& run, std::size_t left_out, std::size_t samples);

/// What `call` gives; a DataError of it names the run or file that it is about.
template <class Call>
auto naming(const std::filesystem::path& run, const Call& call) {
  try {
    return call();
  } catch (const DataError& error) {
    throw DataError(run.string() + ": " + error.what());
  }
}

/// What a run's run.json says; an empty object where there is none. A run that was killed is still
/// "running".
nlohmann::ordered_json description_of(const std::filesystem::path& run);

/// The settings of a run that has begun, on the device that it began on. Throws as
/// Config::read_run().
Config begun_settings(const std::filesystem::path& run);

/// Trainer::restore(), whose errors name the run.
void restore(Trainer& trainer, const Checkpoint& checkpoint, const std::filesystem::path& run);

}  // namespace infoplane::apps
