#include "apps/mi_measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <span>
#include <string>

#include "analysis/information_meter.h"
#include "core/error.h"

namespace infoplane::apps {
namespace {

/// Rows that are read at a time.
std::int64_t chunk_rows(const NpyArray& values) {
  constexpr std::int64_t kChunkFloats = std::int64_t{1} << 20;
  return std::min(values.rows(), std::max<std::int64_t>(1, kChunkFloats / values.row_size()));
}

/// Calls `count(values, labels, rows)` for chunks of rows, in order; the vectors hold a whole
/// chunk, of which the last may not use all. Labels that are no index are -1.
template <class Count>
void for_each_chunk(const NpyArray& values, const NpyArray& labels, const Count& count) {
  const std::int64_t chunk = chunk_rows(values);
  std::vector<float> chunk_values(static_cast<std::size_t>(chunk * values.row_size()));
  std::vector<std::int64_t> wide_labels(static_cast<std::size_t>(chunk));
  std::vector<std::int32_t> chunk_labels(static_cast<std::size_t>(chunk));
  for (std::int64_t first = 0; first < values.rows(); first += chunk) {
    const std::int64_t rows = std::min(chunk, values.rows() - first);
    values.copy_rows(first, rows, chunk_values.data());
    labels.copy_rows(first, rows, wide_labels.data());
    std::transform(wide_labels.begin(), wide_labels.end(), chunk_labels.begin(),
                   [](std::int64_t label) {
                     constexpr std::int64_t kLargest = std::numeric_limits<std::int32_t>::max();
                     return label >= 0 && label <= kLargest ? static_cast<std::int32_t>(label) : -1;
                   });
    count(chunk_values, chunk_labels, rows);
  }
}

}  // namespace

void require_arrays(const NpyArray& values, const NpyArray& labels) {
  const auto fail = [](const NpyArray& array, const std::string& what) {
    throw DataError(fmt::format("{}: shape {}, dtype {}; {}", array.path().string(),
                                array.shape_text(), array.dtype(), what));
  };
  if (values.shape().size() != 2) {
    fail(values, "logits must be two-dimensional, (N, C)");
  }
  if (!values.is_floating()) {
    fail(values, "logits must be floats; save them as float32 or float64");
  }
  if (labels.shape().size() != 1) {
    fail(labels, "labels must be one-dimensional, (N,)");
  }
  if (!labels.is_integer()) {
    fail(labels, "labels must be integers, the index of each row's class");
  }
  if (values.rows() != labels.rows()) {
    throw DataError(fmt::format("{} has {} rows, {} has {} labels; there must be as many",
                                values.path().string(), values.rows(), labels.path().string(),
                                labels.rows()));
  }
  if (values.row_size() < 1 || values.row_size() > std::numeric_limits<std::int32_t>::max()) {
    fail(values, "there must be one column or more");
  }
}

std::vector<Measurement> measure_on_device(Context& ctx, const NpyArray& logits,
                                           const NpyArray& labels, const std::vector<int>& bins) {
  const std::int64_t classes = logits.row_size();
  const std::int64_t chunk = chunk_rows(logits);
  std::vector<std::unique_ptr<InformationMeter>> meters;
  for (const int b : bins) {
    meters.push_back(std::make_unique<InformationMeter>(ctx, static_cast<int>(classes), b));
  }
  Tensor<float> device_logits(ctx, {chunk, classes});
  Tensor<std::int32_t> device_labels(ctx, {chunk});
  for_each_chunk(
      logits, labels, [&](const auto& values, const auto& classes_of, std::int64_t rows) {
        device_logits.copy_from_host(values);
        device_labels.copy_from_host(classes_of);
        ctx.synchronize();  // the host buffers are filled again
        for (const auto& meter : meters) {
          meter->add({device_logits.data(), {rows, classes}}, {device_labels.data(), {rows}});
        }
      });
  std::vector<Measurement> results;
  for (const auto& meter : meters) {
    results.push_back(meter->measure_sync());
  }
  return results;
}

std::vector<Measurement> measure_on_host(Convention convention, RowKind kind,
                                         const NpyArray& values, const NpyArray& labels,
                                         const std::vector<int>& bins) {
  std::vector<std::unique_ptr<RowCounter>> counters;
  for (const int b : bins) {
    counters.push_back(make_row_counter(convention, kind, static_cast<int>(values.row_size()), b));
  }
  for_each_chunk(values, labels, [&](const auto& chunk, const auto& classes_of, std::int64_t rows) {
    for (const auto& counter : counters) {
      counter->add(std::span(chunk).first(static_cast<std::size_t>(rows * values.row_size())),
                   std::span(classes_of).first(static_cast<std::size_t>(rows)));
    }
  });
  std::vector<Measurement> results;
  for (const auto& counter : counters) {
    results.push_back(counter->read());
  }
  return results;
}

}  // namespace infoplane::apps
