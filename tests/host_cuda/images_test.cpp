// Kernels that move and pool images.
#include "tests/host_cuda/host_cuda.h"

// The kernels come after the harness.
#include "cuda/gather.cuh"
#include "cuda/layout.cuh"
#include "cuda/max_pool.cuh"
#include "tests/host_cuda/run.h"
#include "tests/oracle/max_pool.h"

namespace infoplane::host_cuda {
namespace {

using cuda::kBlockThreads;
using test::channels_last;
using test::doubles;
using test::expect_near;
using test::random_integers;
using test::random_values;

TEST(TransposeKernel, TransposesEachImage) {
  for (const Shape& shape : {Shape{1, 1, 1, 1}, Shape{2, 31, 1, 33}, Shape{3, 33, 4, 8},
                             Shape{2, 10, 14, 14}, Shape{2, 65, 1, 1}, Shape{2, 32, 8, 8}}) {
    const int pixels = static_cast<int>(shape[2] * shape[3]);
    const int channels = static_cast<int>(shape[1]);
    const std::vector<float> plain = random_values(shape.numel(), 1);
    const std::vector<float> last = channels_last(shape, plain);
    const unsigned tiles = static_cast<unsigned>(((pixels + 31) / 32) * ((channels + 31) / 32));
    for (const unsigned images_at_once : {1u, static_cast<unsigned>(shape[0])}) {
      const auto run = [&](int rows, int columns, const std::vector<float>& in) {
        return in_any_order([&](Order order) {
          std::vector<float> out = poisoned(shape.numel());
          launch({tiles, images_at_once}, {kBlockThreads}, order,
                 [&] { cuda::transpose_kernel(shape[0], rows, columns, in.data(), out.data()); });
          return out;
        });
      };
      EXPECT_EQ(run(pixels, channels, last), plain) << shape.to_string();
      EXPECT_EQ(run(channels, pixels, plain), last) << shape.to_string();
    }
  }
}

template <class Pixel>
void check_gather(const Shape& x, const std::vector<Pixel>& images, std::int32_t stored) {
  const std::int64_t image_size = x.row().numel();
  const std::int64_t channels = x.rank() == 4 ? x[1] : 1;
  const std::vector<std::int32_t> indices = random_integers(x[0], 2, stored);
  std::vector<float> rows;
  for (const std::int32_t index : indices) {
    for (std::int64_t k = 0; k < image_size; ++k) {
      rows.push_back(0.5f *
                     static_cast<float>(images[static_cast<std::size_t>(index * image_size + k)]));
    }
  }
  const std::vector<float> expected = x.rank() == 4 ? channels_last(x, rows) : rows;
  for (const dim3 grid : {dim3{1, 1}, dim3{3, static_cast<unsigned>(x[0])}}) {
    std::vector<float> out = poisoned(x.numel());
    launch(grid, {kBlockThreads}, Order::kForward, [&] {
      cuda::gather_images_kernel(x[0], static_cast<std::uint32_t>(channels),
                                 static_cast<std::uint32_t>(image_size / channels), images.data(),
                                 indices.data(), nullptr, 0.5f, out.data());
    });
    EXPECT_EQ(out, expected) << x.to_string();
  }
}

TEST(GatherKernel, GathersAndScalesImages) {
  constexpr std::int32_t kStored = 7;
  for (const Shape& x : {Shape{1, 1}, Shape{5, 33}, Shape{4, 1, 28, 28}, Shape{3, 3, 9, 7}}) {
    const std::int64_t values = kStored * x.row().numel();
    check_gather(x, random_values(values, 3), kStored);
    std::vector<std::uint8_t> bytes;
    for (const std::int32_t value : random_integers(values, 4, 256)) {
      bytes.push_back(static_cast<std::uint8_t>(value));
    }
    check_gather(x, bytes, kStored);
  }
}

TEST(GatherKernel, GathersLabels) {
  const std::vector<std::int32_t> labels = {5, -1, 9};
  for (const std::int64_t size : kSizes) {
    const std::vector<std::int32_t> indices = random_integers(size, 1, 3);
    std::vector<std::int32_t> out(indices.size(), -7);
    launch({1}, {kBlockThreads}, Order::kForward, [&] {
      cuda::gather_labels_kernel(size, labels.data(), indices.data(), nullptr, out.data());
    });
    for (std::size_t i = 0; i < out.size(); ++i) {
      ASSERT_EQ(out[i], labels[static_cast<std::size_t>(indices[i])]);
    }
  }
}

/// Sizes n, c, h, w; kernel h, w; stride h, w; padding h, w.
const std::vector<oracle::Windowed> kPools = {
    {1, 1, 1, 1, 1, 1, 1, 1, 0, 0},     {2, 3, 8, 8, 2, 2, 2, 2, 0, 0},
    {2, 33, 7, 7, 3, 3, 2, 2, 0, 0},    {2, 5, 7, 6, 1, 1, 2, 2, 0, 0},
    {3, 4, 9, 5, 2, 3, 1, 2, 1, 1},     {1, 2, 6, 31, 3, 2, 4, 3, 1, 0},
    {1, 10, 16, 16, 16, 16, 1, 1, 0, 0}};

struct Pooled {
  std::vector<float> y;
  std::vector<std::uint8_t> argmax;
};

cuda::PoolGeometry geometry_of(const oracle::Windowed& s) {
  return cuda::pool_geometry(
      Window{s.kernel_h, s.kernel_w, s.stride_h, s.stride_w, s.pad_h, s.pad_w},
      {s.n, s.c, s.h, s.w}, {s.n, s.c, s.out_h(), s.out_w()});
}

Pooled pool_forward(const oracle::Windowed& s, dim3 grid, const std::vector<float>& x) {
  const std::int64_t size = Shape{s.n, s.c, s.out_h(), s.out_w()}.numel();
  Pooled out{poisoned(size), std::vector<std::uint8_t>(static_cast<std::size_t>(size), 0xA5)};
  launch(grid, {kBlockThreads}, Order::kForward, [&] {
    cuda::max_pool_forward_kernel(geometry_of(s), x.data(), out.y.data(), out.argmax.data());
  });
  return out;
}

TEST(MaxPoolKernel, MatchesTheOracleBothWays) {
  for (const oracle::Windowed& s : kPools) {
    const Shape in{s.n, s.c, s.h, s.w};
    const Shape out{s.n, s.c, s.out_h(), s.out_w()};
    // Few different values, so that windows hold ties.
    std::vector<float> x;
    for (const std::int32_t value : random_integers(in.numel(), 1, 5)) {
      x.push_back(static_cast<float>(value) - 2.5f);
    }
    const std::vector<float> dy = random_values(out.numel(), 2);
    const oracle::MaxPool expected = oracle::max_pool(s, doubles(x));
    const std::vector<double> expected_dx =
        oracle::max_pool_backward(s, expected.argmax, doubles(dy));
    for (const dim3 grid : {dim3{1, 1}, dim3{2, static_cast<unsigned>(s.n)}}) {
      const Pooled pooled = pool_forward(s, grid, channels_last(in, x));
      expect_near(test::plain(out, pooled.y), expected.y, 0.0, 1e-9);
      EXPECT_EQ(doubles(test::plain(out, pooled.argmax)), doubles(expected.argmax));

      std::vector<float> dx = poisoned(in.numel());
      const std::vector<float> dy_last = channels_last(out, dy);
      launch(grid, {kBlockThreads}, Order::kForward, [&] {
        cuda::max_pool_backward_kernel(geometry_of(s), dy_last.data(), pooled.argmax.data(),
                                       dx.data());
      });
      expect_near(test::plain(in, dx), expected_dx, 1e-5);
    }
  }
}

TEST(MaxPoolKernel, DoesWithoutTheWinnersAndShowsANan) {
  const oracle::Windowed s{1, 1, 2, 2, 2, 2, 2, 2, 0, 0};
  const std::vector<float> x = {1.0f, NAN, 3.0f, 2.0f};
  std::vector<float> y = poisoned(1);
  launch({1}, {kBlockThreads}, Order::kForward,
         [&] { cuda::max_pool_forward_kernel(geometry_of(s), x.data(), y.data(), nullptr); });
  EXPECT_TRUE(std::isnan(y[0]));
  EXPECT_EQ(pool_forward(s, {1}, x).argmax[0], 1);
  EXPECT_EQ(pool_forward(s, {1}, std::vector<float>(4, -INFINITY)).argmax[0], 0);
}

}  // namespace
}  // namespace infoplane::host_cuda
