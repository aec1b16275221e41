#include "nn/network_builder.h"

#include "core/error.h"
#include "nn/activation.h"
#include "nn/batch_norm.h"
#include "nn/conv2d.h"
#include "nn/dense.h"
#include "nn/flatten.h"
#include "nn/max_pool2d.h"

namespace infoplane {

NetworkBuilder::NetworkBuilder(const Shape& image, int classes)
    : shape_(image.batched(1)), grey_(image.rank() == 3 && image[0] == 1), classes_(classes) {}

void NetworkBuilder::add(std::unique_ptr<Layer> layer) {
  shape_ = layer->output(shape_);
  layers_.push_back(std::move(layer));
}

void NetworkBuilder::flatten() {
  if (shape_.rank() != 2) {
    add(std::make_unique<Flatten>());
  }
}

void NetworkBuilder::dense(std::int64_t out, Init init) {
  add(std::make_unique<Dense>(shape_[1], out, init));
}

void NetworkBuilder::conv(std::int64_t kernel, std::int64_t out, std::int64_t stride,
                          std::int64_t pad) {
  require_rank("conv", "x", shape_, 4);
  add(std::make_unique<Conv2d>(shape_[1], out, Window::square(kernel, stride, pad)));
}

void NetworkBuilder::norm() { add(std::make_unique<BatchNorm>(shape_[1])); }

void NetworkBuilder::act(Activation activation) {
  add(std::make_unique<ActivationLayer>(activation));
}

void NetworkBuilder::pool(std::int64_t kernel, std::int64_t stride) {
  add(std::make_unique<MaxPool2d>(Window::square(kernel, stride, 0)));
}

void NetworkBuilder::dropout(Dropout::Unit unit, float p) {
  add(std::make_unique<Dropout>(p, unit, static_cast<std::uint32_t>(layers_.size())));
}

}  // namespace infoplane
