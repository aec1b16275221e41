#include "apps/mi_trace.h"

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <string>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/file_lock.h"
#include "report/csv_table.h"
#include "report/run_trace.h"
#include "train/run_directory.h"

namespace infoplane::apps {
namespace {

namespace fs = std::filesystem;

/// Behind metrics.csv's columns; files that an earlier version began lack it.
constexpr char kRulerColumns[] = ",bins,convention";

bool has_ruler(const std::string& header) {
  return header == std::string(kMetricsHeader) + kRulerColumns;
}

std::string content_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(stream), {}};
  const std::string first = content.substr(0, content.find('\n'));
  if (!content.empty() &&
      ((first != kMetricsHeader && !has_ruler(first)) || content.back() != '\n')) {
    throw DataError(file.string() +
                    ": not a trace that a sample can be added to: its first line is not "
                    "metrics.csv's, or its last one has no end; name another file");
  }
  return content;
}

/// Throws UsageError unless a sample goes on with the path that `row` is on.
void require_next(const fs::path& file, const TraceRow& row, const Sample& sample) {
  if (row.split != sample.split) {
    return;
  }
  if (row.step >= sample.step) {
    throw UsageError(fmt::format("--step {}: {} has step {} of the {} split already", sample.step,
                                 file.string(), row.step, row.split));
  }
  if (row.epoch > sample.epoch) {
    throw UsageError(fmt::format("--epoch {}: {} has epoch {} of the {} split at step {}",
                                 sample.epoch, file.string(), row.epoch, row.split, row.step));
  }
  const Information& info = sample.information;
  const auto refuse = [&](const std::string& then, const std::string& now) {
    throw UsageError(
        fmt::format("--trace {}: its samples of the {} split are of {}, this one is of {}; a path "
                    "takes the same images throughout: name another file or --split",
                    file.string(), row.split, then, now));
  };
  const std::int64_t then = row.n + row.rejected;
  const std::int64_t now = info.rows + info.rejected;
  if (then != now) {
    refuse(fmt::format("{} rows", then), fmt::format("{} rows", now));
  }
  constexpr double kRounding = 1e-9;                                 // of twelve digits
  const bool all_counted = row.rejected == 0 && info.rejected == 0;  // else H(Y) is of the rest
  if (all_counted && !(std::abs(row.h_y_bits - info.h_y_bits) <= kRounding)) {
    refuse(fmt::format("labels with H(Y) = {:.6f} bit", row.h_y_bits),
           fmt::format("labels with {:.6f}", info.h_y_bits));
  }
}

/// Throws UsageError unless all samples of a file were measured by this ruler.
void require_ruler(const fs::path& file, const Ruler& ruler) {
  const CsvTable table(file);
  for (std::size_t i = 0; i < table.rows(); ++i) {
    const std::int64_t bins = table.integer(i, "bins");
    const std::string convention = table.text(i, "convention");
    if (bins != ruler.bins || convention != ruler.convention) {
      throw UsageError(fmt::format(
          "--trace {}: its samples have {} bins by convention {}, this one {} by {}; one path, one "
          "ruler: name another file",
          file.string(), bins, convention, ruler.bins, ruler.convention));
    }
  }
}

}  // namespace

void append_to_trace(const fs::path& file, const Sample& sample, const Ruler& ruler) {
  if (fs::is_directory(file)) {
    throw UsageError("--trace " + file.string() + ": a folder; name a file in it");
  }
  if (fs::is_other(file)) {
    throw UsageError("--trace " + file.string() +
                     ": no file, but a sample is added to what is in one; name a file");
  }
  if (fs::exists(file.parent_path() / "run.json")) {
    throw UsageError("--trace " + file.string() +
                     ": in the folder of a run, which has a trace of its own; name another place");
  }
  const FileLock lock(file);
  const std::string content = content_of(file);
  const std::string header = content.empty() ? std::string(kMetricsHeader) + kRulerColumns
                                             : content.substr(0, content.find('\n'));
  if (content.size() > header.size() + 1) {
    for (const TraceRow& row : read_trace(file, nullptr)) {
      require_next(file, row, sample);
    }
    if (has_ruler(header)) {
      require_ruler(file, ruler);
    }
  }
  std::string row = metrics_row(sample);
  if (has_ruler(header)) {
    row.insert(row.size() - 1, fmt::format(",{},{}", ruler.bins, ruler.convention));
  }
  AppendFile(file, std::ssize(content)).append((content.empty() ? header + "\n" : "") + row);
}

}  // namespace infoplane::apps
