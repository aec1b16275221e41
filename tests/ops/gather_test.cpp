#include "ops/gather.h"

#include "tests/support/devices.h"
#include "tests/support/errors.h"
#include "tests/support/guarded.h"
#include "tests/support/values.h"

namespace infoplane {
namespace {

using namespace test;

class GatherTest : public DeviceTest {};

std::vector<std::uint8_t> random_bytes(std::int64_t n) {
  const auto integers = random_integers(n, 1, 256);
  return {integers.begin(), integers.end()};
}

/// Rows `indices` of images, each scaled, row-major.
template <class T>
std::vector<double> gathered(const std::vector<T>& images, std::int64_t size,
                             const std::vector<std::int32_t>& indices, double scale) {
  std::vector<double> x;
  for (const std::int32_t index : indices) {
    for (std::int64_t i = 0; i < size; ++i) {
      x.push_back(scale * static_cast<double>(images[static_cast<std::size_t>(index * size + i)]));
    }
  }
  return x;
}

TEST_P(GatherTest, BytesBecomeScaledImages) {
  Context ctx = make_context();
  constexpr std::int64_t kImages = 13;
  for (const Shape& image : {Shape{1, 28, 28}, Shape{3, 5, 7}, Shape{3, 32, 32}, Shape{1, 1, 1}}) {
    for (const std::int64_t batch : {1, 31, 33}) {
      SCOPED_TRACE(image.to_string() + " x " + std::to_string(batch));
      const std::int64_t size = image.numel();
      const auto bytes = random_bytes(kImages * size);
      const auto rows = random_integers(batch, 2, kImages);
      const Guarded<std::uint8_t> images(ctx, {kImages, size}, bytes);
      const Guarded<std::int32_t> indices(ctx, {batch}, rows);
      const Shape shape = image.batched(batch);
      Guarded<float> x(ctx, shape), flat(ctx, {batch, size});
      ops::gather_images(ctx, images, indices, 1.0f / 255.0f, x);
      ops::gather_images(ctx, images, indices, 2.0f, flat);
      expect_near(plain(shape, x.to_host_sync()), gathered(bytes, size, rows, 1.0 / 255.0), 1e-30,
                  2e-7);
      expect_near(flat.to_host_sync(), gathered(bytes, size, rows, 2.0), 1e-30);
    }
  }
}

TEST_P(GatherTest, FloatsAreGatheredLikewise) {
  Context ctx = make_context();
  const Shape shape{33, 3, 4, 5};
  const auto values = random_values(11 * 60, 3);
  const auto rows = random_integers(33, 4, 11);
  const Guarded<float> images(ctx, {11, 60}, values);
  const Guarded<std::int32_t> indices(ctx, {33}, rows);
  Guarded<float> x(ctx, shape), flat(ctx, {33, 60});
  ops::gather_images(ctx, images, indices, 0.5f, x);
  ops::gather_images(ctx, images, indices, 1.0f, flat);
  expect_near(plain(shape, x.to_host_sync()), gathered(values, 60, rows, 0.5), 1e-7);
  expect_near(flat.to_host_sync(), gathered(values, 60, rows, 1.0), 1e-30);
}

TEST_P(GatherTest, LabelsFollowTheSameIndices) {
  Context ctx = make_context();
  const Guarded<std::int32_t> labels(ctx, {5}, {7, 6, 5, 4, 3});
  const Guarded<std::int32_t> indices(ctx, {7}, {4, 0, 0, 2, 1, 3, 4});
  Guarded<std::int32_t> out(ctx, {7});
  ops::gather_labels(ctx, labels, indices, out);
  EXPECT_EQ(out.to_host_sync(), (std::vector<std::int32_t>{3, 7, 7, 5, 6, 4, 3}));
}

TEST_P(GatherTest, ShapesMustAgree) {
  Context ctx = make_context();
  const Guarded<std::uint8_t> images(ctx, {5, 12});
  const Guarded<float> floats(ctx, {5, 12});
  const Guarded<std::int32_t> indices(ctx, {2}, {0, 1});
  Guarded<float> short_x(ctx, {2, 3, 2, 1}), few(ctx, {1, 12});
  expect_error<ShapeError>([&] { ops::gather_images(ctx, images, indices, 1, short_x); },
                           {"gather_images", "[2, 3, 2, 1]", "[2] rows of 12"});
  expect_error<ShapeError>([&] { ops::gather_images(ctx, floats, indices, 1, few); },
                           {"gather_images", "[1, 12]", "[2] rows of 12"});
  Guarded<std::int32_t> out(ctx, {3});
  expect_error<ShapeError>([&] { ops::gather_labels(ctx, indices, indices, out); },
                           {"gather_labels", "[3]", "[2]"});
}

INFOPLANE_FOR_EACH_DEVICE(GatherTest);

}  // namespace
}  // namespace infoplane
