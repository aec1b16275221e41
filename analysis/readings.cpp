#include "analysis/readings.h"

#include <algorithm>
#include <span>
#include <string>

#include "analysis/estimators.h"
#include "analysis/joint_estimates.h"
#include "core/error.h"
#include "core/hashed_counts.h"
#include "core/permute.h"

namespace infoplane {
namespace {

constexpr int kBins[] = {5, 20, 50};
constexpr std::int64_t kFirstRows = kIbCnnRows;
constexpr std::uint64_t kPermutationSeed = 1;

Reading reading(const std::string& name, const Information& information) {
  return {name, information.i_xt_bits, information.i_ty_bits, information.symbols,
          information.rows};
}

/// The corrected estimators: all but plug-in.
std::span<const Estimator> corrected() { return all_estimators().subspan(1); }

}  // namespace

const std::vector<std::string>& reading_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> result{"paper"};
    for (const Estimator estimator : corrected()) {
      result.emplace_back(to_string(estimator));
    }
    result.insert(result.end(), {"first_3000", "ib_cnn"});
    for (const int bins : kBins) {
      result.push_back("bins_" + std::to_string(bins));
    }
    result.emplace_back("shuffled_labels");
    return result;
  }();
  return names;
}

ReadingTaker::ReadingTaker(Context& ctx, int classes, int bins, std::int64_t most_rows)
    : ctx_(ctx),
      classes_(classes),
      bins_(bins),
      logits_(ctx, {most_rows, classes}),
      labels_(ctx, {most_rows}),
      permuted_(ctx, {most_rows}),
      meter_(ctx, classes, bins) {
  for (const int other : kBins) {
    if (other <= most_hashed_bins(classes)) {
      other_bins_.push_back({other, InformationMeter(ctx, classes, other)});
    }
  }
}

void ReadingTaker::add(View<const float> logits, View<const std::int32_t> labels) {
  const std::int64_t rows = labels.size();
  if (rows_ + rows > labels_.size()) {
    throw ShapeError("readings: more than " + std::to_string(labels_.size()) + " rows");
  }
  ctx_.backend().copy(logits_.view().rows(rows_, rows).data(), logits.data(), logits.bytes());
  ctx_.backend().copy(labels_.view().rows(rows_, rows).data(), labels.data(), labels.bytes());
  rows_ += rows;
}

std::vector<Reading> ReadingTaker::take_sync() {
  const View<const float> logits = logits_.view().rows(0, rows_);
  const View<const std::int32_t> labels = labels_.view().rows(0, rows_);
  std::vector<Reading> results;
  const auto measure = [](InformationMeter& meter, View<const float> rows,
                          View<const std::int32_t> of) {
    meter.clear();
    meter.add(rows, of);
    return meter.read_sync();
  };

  meter_.clear();
  meter_.add(logits, labels);
  const Measurement sample = meter_.measure_sync();
  results.push_back(reading("paper", sample.information));
  const JointHistograms histograms = joint_histograms(sample.cells, sample.t_alphabet, classes_);
  for (const Estimator estimator : corrected()) {
    const JointEstimate estimated = estimate(estimator, histograms);
    results.push_back({to_string(estimator), estimated.i_xt_bits(), estimated.i_ty_bits(),
                       sample.information.symbols, sample.information.rows});
  }

  const std::int64_t first = std::min(rows_, kFirstRows);
  results.push_back(
      reading("first_3000", measure(meter_, logits.rows(0, first), labels.rows(0, first))));

  std::vector<std::int32_t> host_labels = to_host_sync(ctx_, labels);
  const std::unique_ptr<RowCounter> ib_cnn =
      make_row_counter(ctx_, Convention::kIbCnn, RowKind::kLogits, classes_, bins_);
  // The convention counts no other rows.
  ib_cnn->add(to_host_sync(ctx_, logits.rows(0, first)),
              std::span(host_labels).first(static_cast<std::size_t>(first)));
  results.push_back(reading("ib_cnn", ib_cnn->read().information));

  for (auto& [bins, meter] : other_bins_) {
    results.push_back(reading("bins_" + std::to_string(bins), measure(meter, logits, labels)));
  }

  permute({kPermutationSeed, kNullStream, 0}, host_labels);
  const View<std::int32_t> permuted = permuted_.view().rows(0, rows_);
  ctx_.backend().copy_from_host(permuted.data(), host_labels.data(), permuted.bytes());
  results.push_back(reading("shuffled_labels", measure(meter_, logits, permuted)));
  return results;
}

}  // namespace infoplane
