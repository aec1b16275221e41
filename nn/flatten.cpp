#include "nn/flatten.h"

#include "ops/layout.h"

namespace infoplane {
namespace {

class FlattenStep final : public Step {
 public:
  void forward(Context& ctx, View<const float> x, View<float> y) override {
    ops::to_plain(ctx, x, y);
  }

  void backward(Context& ctx, View<const float> /*x*/, View<const float> /*y*/, View<float> dy,
                View<float> dx) override {
    if (!dx.empty()) {
      ops::from_plain(ctx, dy, dx);
    }
  }
};

}  // namespace

Shape Flatten::output(const Shape& x) const { return {x[0], x.row().numel()}; }

std::unique_ptr<Step> Flatten::plan(Context& /*ctx*/, const Shape& x, Mode /*mode*/) {
  const bool same_order = x.rank() != 4 || x[1] == 1 || (x[2] == 1 && x[3] == 1);
  return same_order ? nullptr : std::make_unique<FlattenStep>();
}

}  // namespace infoplane
