#include "analysis/conventions.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "analysis/classifier_rows.h"
#include "core/error.h"
#include "core/nearest.h"
#include "ops/tuple_counts.h"

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

/// Probabilities are the values of a layer of C units, binned over [0, 1].
class PaperCounter final : public RowCounter {
 public:
  PaperCounter(Context& ctx, RowKind kind, int classes, int bins)
      : ctx_(ctx),
        rows_(classes, kind),
        counts_(ctx, classes, equal_intervals(classes, bins, 0.0f, 1.0f)) {}

  void add(std::span<const float> values, std::span<const std::int32_t> labels) override {
    std::vector<float> good;
    std::vector<std::int32_t> good_labels;
    for_each_row(values, labels, rows_.classes(), [&](const float* row, std::int32_t label) {
      const std::span<const float> probabilities = rows_.take(row, label);
      if (!probabilities.empty()) {
        good.insert(good.end(), probabilities.begin(), probabilities.end());
        good_labels.push_back(label);
      }
    });
    const auto rows = std::ssize(good_labels);
    ops::count_tuples(ctx_, Tensor<float>(ctx_, {rows, rows_.classes()}, good).view(),
                      Tensor<std::int32_t>(ctx_, {rows}, good_labels).view(), counts_);
  }

  Measurement read() const override {
    Measurement result{
        {}, counts_.cells_to_host_sync(), tuple_alphabet(rows_.classes(), counts_.bins())};
    result.information = information_of_cells(result.cells, rows_.classes(), counts_.bins());
    rows_.finish(result.information);
    return result;
  }

 private:
  Context& ctx_;
  ClassifierRows rows_;
  ops::JointCounts counts_;
};

class IbCnnCounter final : public RowCounter {
 public:
  IbCnnCounter(RowKind kind, int classes, int bins) : rows_(classes, kind), bins_(bins) {}

  void add(std::span<const float> values, std::span<const std::int32_t> labels) override {
    for_each_row(values, labels, rows_.classes(), [&](const float* row, std::int32_t label) {
      const bool among_first = given_++ < kIbCnnRows;
      const std::span<const float> probabilities = rows_.take(row, label);
      if (among_first && !probabilities.empty()) {
        count(probabilities, label);
      }
    });
  }

  Measurement read() const override {
    // With one tuple in several symbols there is no alphabet.
    Measurement result{{}, {}, std::numeric_limits<double>::infinity()};
    for (const auto& [symbol_label, count] : counts_) {
      result.cells.push_back({symbol_label.first, symbol_label.second, count});
    }
    result.information = information_of_cells(result.cells, rows_.classes(), bins_);
    rows_.finish(result.information);
    return result;
  }

 private:
  using Tuple = std::vector<int>;
  static constexpr int kBinOfZero = 0;

  /// k for p in ((k - 1) / B, k / B], compared in double; kBinOfZero for p = 0.
  int bin_of(float p) const {
    const auto edge = [this](int k) { return static_cast<double>(k) / bins_; };
    int bin = static_cast<int>(std::ceil(static_cast<double>(p) * bins_));
    const bool above = static_cast<double>(p) > edge(bin);
    bin += above && bin < bins_ ? 1 : 0;
    const bool below = static_cast<double>(p) <= edge(bin - 1);
    bin -= below && bin > 0 ? 1 : 0;
    return bin;
  }

  void count(std::span<const float> probabilities, std::int32_t label) {
    Tuple tuple;
    for (const float p : probabilities) {
      tuple.push_back(bin_of(p));
    }
    const bool has_bins = std::find(tuple.begin(), tuple.end(), kBinOfZero) == tuple.end();
    const std::uint64_t first = first_rows_.try_emplace(std::move(tuple), counted_++).first->second;
    // Among the rows of the numbers given so far, not the rows that were given these numbers.
    const std::uint64_t symbol = has_bins ? std::min(first, symbols_) : symbols_;
    ++counts_[{symbol, label}];
    symbols_ += symbol == symbols_ ? 1 : 0;
  }

  ClassifierRows rows_;
  int bins_;
  std::int64_t given_ = 0;                     // rows, rejected ones included
  std::uint64_t counted_ = 0;                  // rows that count
  std::map<Tuple, std::uint64_t> first_rows_;  // of these, where each tuple came first
  std::uint64_t symbols_ = 0;                  // numbers given
  std::map<std::pair<std::uint64_t, std::int32_t>, std::uint64_t> counts_;
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

std::vector<std::string> convention_names() {
  std::vector<std::string> names;
  for (const Convention convention : kConventions) {
    names.emplace_back(to_string(convention));
  }
  return names;
}

Convention parse_convention(const std::string& name) {
  for (const Convention convention : kConventions) {
    if (name == to_string(convention)) {
      return convention;
    }
  }
  throw UsageError("unknown convention '" + name + "'; " + suggestion(name, convention_names()));
}

std::unique_ptr<RowCounter> make_row_counter(Context& ctx, Convention convention, RowKind kind,
                                             int classes, int bins) {
  if (bins < 2 || bins > 256) {
    throw UsageError("row counter: " + std::to_string(bins) + " bins, 2 to 256 can be counted");
  }
  if (convention == Convention::kIdnns || kind == RowKind::kActivations) {
    throw UsageError("row counter: paper and ib_cnn count a classifier's output; the activations " +
                     std::string("of a hidden layer are an InformationMeter's"));
  }
  switch (convention) {
    case Convention::kPaper: return std::make_unique<PaperCounter>(ctx, kind, classes, bins);
    case Convention::kIbCnn: return std::make_unique<IbCnnCounter>(kind, classes, bins);
    case Convention::kIdnns: break;
  }
  return nullptr;
}

}  // namespace infoplane
