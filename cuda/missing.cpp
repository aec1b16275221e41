// Twins of the CUDA device's functions for a build without CUDA: each says that the device is
// missing. Linked instead of the rest of cuda/, so that no caller needs an #ifdef.
#include "core/error.h"
#include "cuda/activation.h"
#include "cuda/add_counts.h"
#include "cuda/backend.h"
#include "cuda/batch_norm.h"
#include "cuda/convolution.h"
#include "cuda/dropout.h"
#include "cuda/gather.h"
#include "cuda/hashed_counts.h"
#include "cuda/inner_product.h"
#include "cuda/joint_counts.h"
#include "cuda/layout.h"
#include "cuda/max_pool.h"
#include "cuda/optimizer.h"
#include "cuda/softmax_cross_entropy.h"
#include "cuda/step_clock.h"
#include "cuda/tuple_counts.h"

namespace infoplane::cuda {
namespace {

constexpr char kWhy[] = "this build has no CUDA code; configure with -DINFOPLANE_CUDA=ON";

[[noreturn]] void missing() { throw DeviceMissing(kWhy); }

}  // namespace

std::shared_ptr<Backend> make_backend(const Numerics&) { missing(); }
std::string why_missing() noexcept { return kWhy; }
std::vector<std::pair<std::string, std::string>> library_versions() { return {}; }

void inner_product_forward(Context&, View<const float>, View<const float>, View<const float>,
                           View<float>, bool) {
  missing();
}
void inner_product_backward_data(Context&, View<const float>, View<const float>, View<float>) {
  missing();
}
void inner_product_backward_weights(Context&, View<const float>, View<const float>, View<float>,
                                    View<float>) {
  missing();
}
std::unique_ptr<ConvolutionPlan> plan_convolution(Context&, const Window&, const Shape&,
                                                  std::int64_t, const ConvolutionOptions&) {
  missing();
}
void max_pool_forward(Context&, const Window&, View<const float>, View<float>, View<std::uint8_t>) {
  missing();
}
void max_pool_backward(Context&, const Window&, View<const float>, View<const std::uint8_t>,
                       View<float>) {
  missing();
}
void batch_norm_forward_train(Context&, const BatchNormOptions&, View<const float>,
                              View<const float>, View<const float>, View<float>, View<float>,
                              View<float>, View<float>, View<float>) {
  missing();
}
void batch_norm_forward_eval(Context&, const BatchNormOptions&, View<const float>,
                             View<const float>, View<const float>, View<const float>,
                             View<const float>, View<float>) {
  missing();
}
void batch_norm_backward(Context&, const BatchNormOptions&, View<const float>, View<const float>,
                         View<const float>, View<const float>, View<const float>, View<const float>,
                         View<float>, View<float>, View<float>) {
  missing();
}
void activation_forward(Context&, Activation, View<const float>, View<float>) { missing(); }
void activation_backward(Context&, Activation, View<const float>, View<const float>, View<float>) {
  missing();
}
void dropout(Context&, float, std::uint32_t, View<const float>, View<float>) { missing(); }
void dropout_channels(Context&, float, std::uint32_t, View<const float>, View<float>) { missing(); }
void softmax_cross_entropy(Context&, View<const float>, View<const std::int32_t>, float,
                           View<double>, View<float>) {
  missing();
}
void sgd_step(Context&, const SgdOptions&, View<float>, View<const float>, View<float>) {
  missing();
}
void adam_step(Context&, const AdamOptions&, Deferred<std::int64_t>, View<float>, View<const float>,
               View<float>, View<float>) {
  missing();
}
void advance(Context&, View<StepClock>, std::int64_t, std::int64_t) { missing(); }
void gather_images(Context&, View<const std::uint8_t>, View<const std::int32_t>, float, View<float>,
                   const std::int64_t*) {
  missing();
}
void gather_images(Context&, View<const float>, View<const std::int32_t>, float, View<float>,
                   const std::int64_t*) {
  missing();
}
void gather_labels(Context&, View<const std::int32_t>, View<const std::int32_t>, View<std::int32_t>,
                   const std::int64_t*) {
  missing();
}
void to_plain(Context&, View<const float>, View<float>) { missing(); }
void from_plain(Context&, View<const float>, View<float>) { missing(); }
void count_joint(Context&, View<const float>, View<const std::int32_t>, const JointCountsView&) {
  missing();
}
void count_joint(Context&, View<const float>, View<const std::uint8_t>, const JointCountsView&) {
  missing();
}
void information(Context&, const JointCountsView&, View<double>) { missing(); }
void count_joint(Context&, View<const float>, View<const std::int32_t>, const HashedCountsView&) {
  missing();
}
void count_joint(Context&, View<const float>, View<const std::uint8_t>, const HashedCountsView&) {
  missing();
}
void information(Context&, const HashedCountsView&, std::int64_t, View<double>) { missing(); }
void move_cells(Context&, const HashedCountsView&, const HashedCountsView&) { missing(); }
void add_counts(Context&, const JointCountsView&, const JointCountsView&) { missing(); }
void add_tallies(Context&, View<const std::uint64_t>, View<std::uint64_t>) { missing(); }
void count_tuples(Context&, View<const float>, View<const std::int32_t>, const TupleBinsView&,
                  const HashedCountsView&) {
  missing();
}
void count_tuples(Context&, View<const float>, View<const std::int32_t>, const TupleBinsView&,
                  const TupleStoreView&, std::int64_t, const HashedCountsView&) {
  missing();
}
void move_entries(Context&, const TupleStoreView&, const TupleStoreView&) { missing(); }
void add_stored(Context&, const TupleStoreView&, std::int64_t, const HashedCountsView&,
                const TupleStoreView&, std::int64_t, const HashedCountsView&) {
  missing();
}
void widen_range(Context&, View<const float>, View<float>) { missing(); }
void set_equal_intervals(Context&, View<const float>, View<float>) { missing(); }

}  // namespace infoplane::cuda
