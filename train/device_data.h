#pragma once

#include "core/tensor.h"
#include "data/dataset.h"

namespace infoplane {

/// A split resident on the device, as the files hold it: a batch is gathered and scaled there.
class DeviceSplit {
 public:
  /// Copies the split to ctx's device and frees its images and labels on the host.
  DeviceSplit(Context& ctx, Split& split, const DataSet& data);

  std::int64_t size() const { return labels_.size(); }

  /// Enqueues x[m] = scale * image[indices[m]], and the labels along. With `first`, a
  /// number on the device, indices[*first + m].
  void gather(Context& ctx, View<const std::int32_t> indices, View<float> x,
              View<std::int32_t> labels, const std::int64_t* first = nullptr) const;

 private:
  float scale_;
  Tensor<std::uint8_t> pixels_;
  Tensor<float> values_;
  Tensor<std::int32_t> labels_;
};

}  // namespace infoplane
