#include "analysis/conventions.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "analysis/classifier_rows.h"
#include "analysis/tuple_counts.h"
#include "core/counting.h"
#include "core/error.h"
#include "core/nearest.h"

namespace infoplane {
namespace {

constexpr Convention kConventions[] = {Convention::kPaper, Convention::kIbCnn, Convention::kIdnns};

/// Calls `count(row, label)` for each row of values [N, width].
template <class Count>
void for_each_row(std::span<const float> values, std::span<const std::int32_t> labels, int width,
                  const Count& count) {
  const auto stride = static_cast<std::size_t>(width);
  if (values.size() != labels.size() * stride) {
    throw ShapeError("row counter: " + std::to_string(values.size()) + " values for " +
                     std::to_string(labels.size()) + " labels, expected " + std::to_string(width) +
                     " each");
  }
  for (std::size_t i = 0; i < labels.size(); ++i) {
    count(values.data() + i * stride, labels[i]);
  }
}

class PaperCounter final : public RowCounter {
 public:
  PaperCounter(RowKind kind, int classes, int bins) : rows_(classes, kind), bins_(bins) {}

  void add(std::span<const float> values, std::span<const std::int32_t> labels) override {
    std::string tuple(static_cast<std::size_t>(rows_.classes()), '\0');
    for_each_row(values, labels, rows_.classes(), [&](const float* row, std::int32_t label) {
      const std::span<const float> probabilities = rows_.take(row, label);
      if (!probabilities.empty()) {
        std::transform(probabilities.begin(), probabilities.end(), tuple.begin(),
                       [this](float p) { return static_cast<char>(bin_index(p, bins_)); });
        counts_.add(tuple, label);
      }
    });
  }

  Measurement read() const override {
    Measurement result{{}, counts_.cells(), tuple_alphabet(rows_.classes(), bins_)};
    result.information = information_of_cells(result.cells, rows_.classes(), bins_);
    rows_.finish(result.information);
    return result;
  }

 private:
  ClassifierRows rows_;
  int bins_;
  TupleCounts counts_;
};

class IbCnnCounter final : public RowCounter {
 public:
  IbCnnCounter(RowKind kind, int classes, int bins) : rows_(classes, kind), bins_(bins) {}

  void add(std::span<const float> values, std::span<const std::int32_t> labels) override {
    for_each_row(values, labels, rows_.classes(), [&](const float* row, std::int32_t label) {
      const std::span<const float> probabilities = rows_.take(row, label);
      if (!probabilities.empty() && std::ssize(tuples_) < kIbCnnRows) {
        count(probabilities, label);
      }
    });
  }

  Measurement read() const override {
    // With one tuple in several symbols there is no alphabet.
    Measurement result{{}, counts_.cells(), std::numeric_limits<double>::infinity()};
    result.information = information_of_cells(result.cells, rows_.classes(), bins_);
    rows_.finish(result.information);
    return result;
  }

 private:
  using Tuple = std::vector<int>;
  static constexpr int kNoBin = 0;

  /// k for p in ((k - 1) / B, k / B], compared in double; kNoBin for p = 0.
  int bin_of(float p) const {
    const auto edge = [this](int k) { return static_cast<double>(k) / bins_; };
    int bin = static_cast<int>(std::ceil(static_cast<double>(p) * bins_));
    bin += bin<bins_&& static_cast<double>(p)> edge(bin) ? 1 : 0;
    bin -= bin > 0 && static_cast<double>(p) <= edge(bin - 1) ? 1 : 0;
    return bin;
  }

  void count(std::span<const float> probabilities, std::int32_t label) {
    Tuple tuple;
    for (const float p : probabilities) {
      tuple.push_back(bin_of(p));
    }
    const bool has_bins = std::find(tuple.begin(), tuple.end(), kNoBin) == tuple.end();
    // The rows of the numbers given so far, not the rows that were given these numbers.
    const auto end = tuples_.begin() + static_cast<std::ptrdiff_t>(symbols_);
    const auto same = has_bins ? std::find(tuples_.begin(), end, tuple) : end;
    counts_.add(static_cast<std::uint64_t>(same - tuples_.begin()), label);
    symbols_ += same == end ? 1 : 0;
    tuples_.push_back(std::move(tuple));
  }

  ClassifierRows rows_;
  int bins_;
  std::vector<Tuple> tuples_;  // of the rows that count, in order
  std::int64_t symbols_ = 0;   // numbers given
  TupleCounts counts_;
};

class IdnnsCounter final : public RowCounter {
 public:
  IdnnsCounter(int width, int bins) : width_(width), bins_(bins) {
    for (int k = 0; k < bins; ++k) {
      edges_.push_back(static_cast<float>(-1.0 + k * (2.0 / (bins - 1))));
    }
    edges_.back() = 1.0f;
  }

  void add(std::span<const float> values, std::span<const std::int32_t> labels) override {
    std::string tuple(static_cast<std::size_t>(width_), '\0');
    for_each_row(values, labels, width_, [&](const float* row, std::int32_t label) {
      const bool inside =
          std::all_of(row, row + width_, [](float v) { return v >= -1.0f && v <= 1.0f; });
      if (!inside || label < 0 || label > kLargestLabel) {
        ++(inside ? bad_labels_ : bad_values_);
        return;
      }
      std::transform(row, row + width_, tuple.begin(), [this](float value) {
        const auto above = std::upper_bound(edges_.begin(), edges_.end(), value);
        return static_cast<char>(above - edges_.begin() - 1);
      });
      counts_.add(tuple, label);
      classes_ = std::max(classes_, label + 1);
    });
  }

  Measurement read() const override {
    Measurement result{{}, counts_.cells(), std::pow(static_cast<double>(bins_), width_)};
    Information& info = result.information;
    info = information_of_cells(result.cells, classes_, bins_);
    info.bad_logits = bad_values_;
    info.bad_labels = bad_labels_;
    info.rejected = bad_values_ + bad_labels_;
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    info.accuracy = kNone;
    info.loss_nats = kNone;
    for (ClassInformation& one : info.per_class) {
      one.accuracy = kNone;
    }
    return result;
  }

 private:
  static constexpr std::int32_t kLargestLabel = 65535;

  int width_;
  int bins_;
  std::vector<float> edges_;  // [B], cell k begins at edges_[k]
  TupleCounts counts_;
  std::int32_t classes_ = 0;
  std::int64_t bad_values_ = 0;
  std::int64_t bad_labels_ = 0;
};

}  // namespace

const char* to_string(Convention convention) {
  switch (convention) {
    case Convention::kPaper: return "paper";
    case Convention::kIbCnn: return "ib_cnn";
    case Convention::kIdnns: return "idnns";
  }
  return "";
}

Convention parse_convention(const std::string& name) {
  std::vector<std::string> known;
  for (const Convention convention : kConventions) {
    if (name == to_string(convention)) {
      return convention;
    }
    known.emplace_back(to_string(convention));
  }
  throw UsageError("unknown convention '" + name + "'; did you mean '" + nearest(name, known) +
                   "'?");
}

std::unique_ptr<RowCounter> make_row_counter(Convention convention, RowKind kind, int width,
                                             int bins) {
  if (bins < 2 || bins > 256) {
    throw UsageError("row counter: " + std::to_string(bins) + " bins, 2 to 256 can be counted");
  }
  if ((convention == Convention::kIdnns) != (kind == RowKind::kActivations)) {
    throw UsageError("row counter: convention idnns is for the activations of a hidden layer, " +
                     std::string("paper and ib_cnn are for a classifier's output"));
  }
  switch (convention) {
    case Convention::kPaper: return std::make_unique<PaperCounter>(kind, width, bins);
    case Convention::kIbCnn: return std::make_unique<IbCnnCounter>(kind, width, bins);
    case Convention::kIdnns: return std::make_unique<IdnnsCounter>(width, bins);
  }
  return nullptr;
}

}  // namespace infoplane
