#include "nn/dropout.h"

#include <charconv>
#include <iterator>
#include <string>

#include "ops/dropout.h"

namespace infoplane {
namespace {

class DropoutStep final : public Step {
 public:
  DropoutStep(float p, Dropout::Unit unit, std::uint32_t stream)
      : p_(p), unit_(unit), stream_(stream) {}

  void forward(Context& ctx, View<const float> x, View<float> y) override { mask(ctx, x, y); }

  void backward(Context& ctx, View<const float> /*x*/, View<const float> /*y*/, View<float> dy,
                View<float> dx) override {
    if (!dx.empty()) {
      mask(ctx, dy, dx);
    }
  }

  bool forward_in_place() const override { return true; }
  bool backward_in_place() const override { return true; }

 private:
  /// The same draws at the same step, so forward and backward see one mask.
  void mask(Context& ctx, View<const float> from, View<float> to) const {
    if (unit_ == Dropout::Unit::kChannel) {
      ops::dropout_channels(ctx, p_, stream_, from, to);
    } else {
      ops::dropout(ctx, p_, stream_, from, to);
    }
  }

  float p_;
  Dropout::Unit unit_;
  std::uint32_t stream_;
};

}  // namespace

std::string Dropout::describe() const {
  char text[32];
  char* const end = std::to_chars(std::begin(text), std::end(text), p_).ptr;
  return (unit_ == Unit::kChannel ? "dropout2d " : "dropout ") + std::string(std::begin(text), end);
}

Shape Dropout::output(const Shape& x) const {
  if (unit_ == Unit::kChannel) {
    require_rank("dropout2d", "x", x, 4);
  }
  return x;
}

std::unique_ptr<Step> Dropout::plan(Context& /*ctx*/, const Shape& /*x*/, Mode mode) {
  return mode == Mode::kEval || p_ == 0.0f ? nullptr
                                           : std::make_unique<DropoutStep>(p_, unit_, stream_);
}

}  // namespace infoplane
