#include "apps/mi_measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <span>
#include <string>

#include "analysis/information_meter.h"
#include "core/error.h"
#include "ops/tuple_counts.h"

namespace infoplane::apps {
namespace {

/// Rows that are read at a time.
std::int64_t chunk_rows(const NpyArray& values) {
  constexpr std::int64_t kChunkFloats = std::int64_t{1} << 20;
  return std::min(values.rows(), std::max<std::int64_t>(1, kChunkFloats / values.row_size()));
}

/// A label as the ops take it; -1 for one that is no index.
std::int32_t narrow(std::int64_t label) {
  constexpr std::int64_t kLargest = std::numeric_limits<std::int32_t>::max();
  return label >= 0 && label <= kLargest ? static_cast<std::int32_t>(label) : -1;
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
    std::transform(wide_labels.begin(), wide_labels.end(), chunk_labels.begin(), narrow);
    count(chunk_values, chunk_labels, rows);
  }
}

using Meters = std::vector<std::unique_ptr<InformationMeter>>;

/// One pass over the files, through all meters.
std::vector<Measurement> measure(Context& ctx, const NpyArray& values, const NpyArray& labels,
                                 const Meters& meters) {
  const std::int64_t width = values.row_size();
  const std::int64_t chunk = chunk_rows(values);
  Tensor<float> device_values(ctx, {chunk, width});
  Tensor<std::int32_t> device_labels(ctx, {chunk});
  for_each_chunk(
      values, labels, [&](const auto& chunk_values, const auto& chunk_labels, std::int64_t rows) {
        device_values.copy_from_host(chunk_values);
        device_labels.copy_from_host(chunk_labels);
        for (const auto& meter : meters) {
          meter->add({device_values.data(), {rows, width}}, {device_labels.data(), {rows}});
        }
      });
  std::vector<Measurement> results;
  for (const auto& meter : meters) {
    results.push_back(meter->measure_sync());
  }
  return results;
}

}  // namespace

void require_arrays(const NpyArray& values, const NpyArray& labels, RowKind kind) {
  const auto fail = [](const NpyArray& array, const std::string& what) {
    throw DataError(fmt::format("{}: shape {}, dtype {}; {}", array.path().string(),
                                array.shape_text(), array.dtype(), what));
  };
  const std::size_t rank = values.shape().size();
  if (kind == RowKind::kActivations ? rank < 2 : rank != 2) {
    fail(values, kind == RowKind::kActivations
                     ? "the values must be (N, ...), the units of a layer for each input"
                     : "the values must be two-dimensional, a row of classes for each input; of a "
                       "hidden layer say --activations");
  }
  if (!values.is_floating()) {
    fail(values, "the values must be floats; save them as float32 or float64");
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

int classes_of(const NpyArray& labels) {
  constexpr std::int64_t kChunk = std::int64_t{1} << 18;
  std::vector<std::int64_t> some(static_cast<std::size_t>(std::min(kChunk, labels.rows())));
  std::int64_t classes = 1;
  for (std::int64_t first = 0; first < labels.rows(); first += kChunk) {
    const std::int64_t rows = std::min(kChunk, labels.rows() - first);
    labels.copy_rows(first, rows, some.data());
    for (std::int64_t i = 0; i < rows; ++i) {
      const std::int64_t label = some[static_cast<std::size_t>(i)];
      classes = label < kMostLayerClasses ? std::max(classes, label + 1) : classes;
    }
  }
  return static_cast<int>(classes);
}

ValueRange range_of(Context& ctx, const NpyArray& values) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::int64_t chunk = chunk_rows(values);
  std::vector<float> host(static_cast<std::size_t>(chunk * values.row_size()));
  Tensor<float> device(ctx, {chunk, values.row_size()});
  Tensor<float> range(ctx, {2}, {kInfinity, -kInfinity});
  for (std::int64_t first = 0; first < values.rows(); first += chunk) {
    const std::int64_t rows = std::min(chunk, values.rows() - first);
    values.copy_rows(first, rows, host.data());
    device.copy_from_host(host);
    ops::widen_range(ctx, device.view().rows(0, rows), range);
  }
  const std::vector<float> result = range.to_host_sync();
  if (result[0] > result[1]) {
    throw DataError(values.path().string() + ": there is no finite value in it");
  }
  return {result[0], result[1]};
}

std::vector<Measurement> measure_on_device(Context& ctx, const NpyArray& logits,
                                           const NpyArray& labels, const std::vector<int>& bins) {
  Meters meters;
  for (const int b : bins) {
    meters.push_back(
        std::make_unique<InformationMeter>(ctx, static_cast<int>(logits.row_size()), b));
  }
  return measure(ctx, logits, labels, meters);
}

std::vector<Measurement> measure_layer(Context& ctx, const NpyArray& values, const NpyArray& labels,
                                       int classes, const std::vector<TupleBins>& bins) {
  Meters meters;
  for (const TupleBins& b : bins) {
    meters.push_back(std::make_unique<InformationMeter>(ctx, classes, b));
  }
  return measure(ctx, values, labels, meters);
}

std::vector<Measurement> measure_on_host(Context& ctx, Convention convention, RowKind kind,
                                         const NpyArray& values, const NpyArray& labels,
                                         const std::vector<int>& bins) {
  std::vector<std::unique_ptr<RowCounter>> counters;
  for (const int b : bins) {
    counters.push_back(
        make_row_counter(ctx, convention, kind, static_cast<int>(values.row_size()), b));
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
