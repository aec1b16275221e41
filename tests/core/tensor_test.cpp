#include "core/tensor.h"

#include "tests/support/errors.h"
#include "tests/support/memory_backend.h"

namespace infoplane {
namespace {

using test::expect_error;
using test::MemoryBackend;

class TensorTest : public testing::Test {
 protected:
  std::shared_ptr<MemoryBackend> backend = std::make_shared<MemoryBackend>();
  Context ctx{Device::kCpu, backend};
};

TEST_F(TensorTest, StartsAsZeros) {
  const Tensor<float> tensor(ctx, {2, 3});
  EXPECT_EQ(tensor.to_host_sync(), std::vector<float>(6, 0.0f));
  EXPECT_EQ(tensor.bytes(), 24u);
}

TEST_F(TensorTest, CopiesValuesThereAndBack) {
  Tensor<std::int32_t> tensor(ctx, {3}, {1, 2, 3});
  EXPECT_EQ(tensor.to_host_sync(), (std::vector<std::int32_t>{1, 2, 3}));
  tensor.copy_from_host({4, 5, 6});
  EXPECT_EQ(tensor.to_host_sync(), (std::vector<std::int32_t>{4, 5, 6}));
  EXPECT_EQ(to_host_sync(ctx, tensor.view().rows(1, 2)), (std::vector<std::int32_t>{5, 6}));
  expect_error<ShapeError>([&] { tensor.copy_from_host({1, 2}); }, {"2 values", "[3]"});
}

TEST_F(TensorTest, FreesItsMemoryOnce) {
  {
    Tensor<float> a(ctx, {4});
    Tensor<float> b(ctx, {5});
    EXPECT_EQ(backend->held, 2);
    a = std::move(b);
    EXPECT_EQ(backend->held, 1);
    EXPECT_EQ(a.shape(), (Shape{5}));
    const Tensor<float> c(std::move(a));
    EXPECT_EQ(backend->held, 1);
    EXPECT_EQ(c.shape(), (Shape{5}));
  }
  EXPECT_EQ(backend->held, 0);
}

TEST_F(TensorTest, AnEmptyOneHoldsNothing) {
  const Tensor<float> none;
  const Tensor<float> empty(ctx, {0, 7});
  EXPECT_TRUE(none.empty());
  EXPECT_TRUE(empty.empty());
  EXPECT_TRUE(empty.to_host_sync().empty());
  EXPECT_EQ(backend->allocations(), 0);
}

TEST_F(TensorTest, ScratchGrowsAndNeverShrinks) {
  {
    Context scratching(Device::kCpu, backend);
    void* first = scratching.scratch(100);
    ASSERT_NE(first, nullptr);
    EXPECT_EQ(scratching.scratch(50), first);
    EXPECT_EQ(scratching.scratch(100), first);
    EXPECT_EQ(backend->allocations(), 1);
    void* larger = scratching.scratch(1000);
    ASSERT_NE(larger, nullptr);
    EXPECT_EQ(backend->allocations(), 2);
    EXPECT_EQ(backend->held, 1);
    EXPECT_EQ(scratching.scratch(100), larger);

    const Context moved(std::move(scratching));
    EXPECT_EQ(backend->held, 1);
  }
  EXPECT_EQ(backend->held, 0);
}

TEST_F(TensorTest, ATensorOutlivesItsContext) {
  Tensor<float> tensor;
  {
    Context short_lived(Device::kCpu, backend);
    tensor = Tensor<float>(short_lived, {2}, {1.0f, 2.0f});
  }
  EXPECT_EQ(tensor.to_host_sync(), (std::vector<float>{1.0f, 2.0f}));
}

}  // namespace
}  // namespace infoplane
