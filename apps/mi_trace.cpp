#include "apps/mi_trace.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <string>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/file_lock.h"
#include "report/run_trace.h"
#include "train/run_directory.h"

namespace infoplane::apps {
namespace {

std::string content_of(const std::filesystem::path& file, const std::string& header) {
  std::ifstream stream(file, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(stream), {}};
  if (!content.empty() && (!content.starts_with(header) || content.back() != '\n')) {
    throw DataError(file.string() +
                    ": not a trace that a sample can be added to: its first line is not "
                    "metrics.csv's, or its last one has no end; name another file");
  }
  return content;
}

}  // namespace

void append_to_trace(const std::filesystem::path& file, const Sample& sample) {
  if (std::filesystem::is_directory(file)) {
    throw UsageError("--trace " + file.string() + ": a folder; name a file in it");
  }
  if (std::filesystem::is_other(file)) {
    throw UsageError("--trace " + file.string() +
                     ": no file, but a sample is added to what is in one; name a file");
  }
  if (std::filesystem::exists(file.parent_path() / "run.json")) {
    throw UsageError("--trace " + file.string() +
                     ": in the folder of a run, which has a trace of its own; name another place");
  }
  const FileLock lock(file);
  const std::string header = std::string(kMetricsHeader) + "\n";
  const std::string content = content_of(file, header);
  if (content.size() > header.size()) {
    for (const TraceRow& row : read_trace(file, nullptr)) {
      if (row.split == sample.split && row.step >= sample.step) {
        throw UsageError(fmt::format("--step {}: {} has step {} of the {} split already",
                                     sample.step, file.string(), row.step, row.split));
      }
      if (row.split == sample.split && row.epoch > sample.epoch) {
        throw UsageError(fmt::format("--epoch {}: {} has epoch {} of the {} split at step {}",
                                     sample.epoch, file.string(), row.epoch, row.split, row.step));
      }
    }
  }
  AppendFile(file, std::ssize(content))
      .append((content.empty() ? header : "") + metrics_row(sample));
}

}  // namespace infoplane::apps
