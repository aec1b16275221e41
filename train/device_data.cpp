#include "train/device_data.h"

#include "ops/gather.h"

namespace infoplane {

DeviceSplit::DeviceSplit(Context& ctx, Split& split, const DataSet& data)
    : scale_(data.scale), labels_(ctx, {split.size()}, split.labels) {
  const Shape shape{split.size(), data.image.numel()};
  if (split.values.empty()) {
    pixels_ = Tensor<std::uint8_t>(ctx, shape, split.pixels);
  } else {
    values_ = Tensor<float>(ctx, shape, split.values);
  }
  split = Split();
}

void DeviceSplit::gather(Context& ctx, View<const std::int32_t> indices, View<float> x,
                         View<std::int32_t> labels, const std::int64_t* first) const {
  if (values_.empty()) {
    ops::gather_images(ctx, pixels_, indices, scale_, x, first);
  } else {
    ops::gather_images(ctx, values_, indices, scale_, x, first);
  }
  ops::gather_labels(ctx, labels_, indices, labels, first);
}

}  // namespace infoplane
