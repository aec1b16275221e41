#include "apps/mi_trace.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <string>

#include "core/atomic_file.h"
#include "core/error.h"
#include "report/run_trace.h"
#include "train/run_directory.h"

namespace infoplane::apps {
namespace {

/// The lines that a trace has; its header alone where there is no file.
std::string content_of(const std::filesystem::path& file) {
  const std::string header = std::string(kMetricsHeader) + "\n";
  if (!std::filesystem::exists(file)) {
    return header;
  }
  std::ifstream stream(file, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(stream), {}};
  if (!content.starts_with(header) || content.back() != '\n') {
    throw DataError(file.string() +
                    ": not a trace that a sample can be added to: its first line is not "
                    "metrics.csv's, or its last one has no end; name another file");
  }
  return content;
}

}  // namespace

void append_to_trace(const std::filesystem::path& file, const Sample& sample) {
  const std::string content = content_of(file);
  if (content.size() > std::string(kMetricsHeader).size() + 1) {
    for (const TraceRow& row : read_trace(file, nullptr)) {
      if (row.split == sample.split && row.step > sample.step) {
        throw UsageError(fmt::format("--step {}: {} has step {} of the {} split already",
                                     sample.step, file.string(), row.step, row.split));
      }
    }
  }
  write_file_atomically(file, content + metrics_row(sample));
}

}  // namespace infoplane::apps
