#include "analysis/information_meter.h"

#include <cmath>

#include "ops/tuple_counts.h"

namespace infoplane {

InformationMeter::InformationMeter(Context& ctx, int classes, int bins)
    : ctx_(ctx), counts_(ctx, classes, bins), row_(ctx, {information_row_size(classes)}) {}

InformationMeter::InformationMeter(Context& ctx, int classes, const TupleBins& bins)
    : ctx_(ctx), counts_(ctx, classes, bins), row_(ctx, {information_row_size(classes)}) {}

void InformationMeter::clear() { counts_.clear(); }

void InformationMeter::add(View<const float> values, View<const std::int32_t> labels) {
  if (counts_.tuples() != nullptr) {
    ops::count_tuples(ctx_, values, labels, counts_);
  } else {
    ops::count_joint(ctx_, values, labels, counts_);
  }
}

Information InformationMeter::read_sync() {
  ops::information(ctx_, counts_, row_);
  Information result = decode_information(counts_.classes(), counts_.bins(), row_.to_host_sync());
  require_complete(result, counts_.rows());
  if (counts_.tuples() != nullptr) {
    without_output(result);
  }
  return result;
}

Measurement InformationMeter::measure_sync() {
  const double alphabet =
      counts_.tuples() != nullptr
          ? std::pow(static_cast<double>(counts_.bins()), counts_.tuples()->bins().units)
          : tuple_alphabet(counts_.classes(), counts_.bins());
  return {read_sync(), counts_.cells_to_host_sync(), alphabet};
}

}  // namespace infoplane
