#include "analysis/information_meter.h"

namespace infoplane {

InformationMeter::InformationMeter(Context& ctx, int classes, int bins)
    : ctx_(ctx), counts_(ctx, classes, bins), row_(ctx, {information_row_size(classes)}) {}

void InformationMeter::clear() { counts_.clear(); }

void InformationMeter::add(View<const float> logits, View<const std::int32_t> labels) {
  ops::count_joint(ctx_, logits, labels, counts_);
}

Information InformationMeter::read_sync() {
  ops::information(ctx_, counts_, row_);
  return decode_information(counts_.classes(), counts_.bins(), row_.to_host_sync());
}

Measurement InformationMeter::measure_sync() {
  return {read_sync(), counts_.cells_to_host_sync(),
          tuple_alphabet(counts_.classes(), counts_.bins())};
}

}  // namespace infoplane
