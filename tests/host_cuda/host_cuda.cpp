#include "tests/host_cuda/host_cuda.h"

#include <sanitizer/common_interface_defs.h>
#include <ucontext.h>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <vector>

dim3 gridDim, blockDim, blockIdx, threadIdx;

namespace infoplane::host_cuda {
namespace {

constexpr std::size_t kStackBytes = std::size_t{256} << 10;

struct Fiber {
  ucontext_t context;
  std::unique_ptr<std::byte[]> stack;
  dim3 thread;
  bool done = false;
};

// The scheduler's own context and stack, and what it runs. Blocks run one after the other, in one
// thread of the operating system.
ucontext_t scheduler;
const void* scheduler_stack = nullptr;
std::size_t scheduler_stack_bytes = 0;
Fiber* running = nullptr;
const std::function<void()>* body = nullptr;

/// From a fiber back to the scheduler. AddressSanitizer is told of every change of stacks; a fiber
/// that will not come back gives up its shadow frames.
void yield() {
  Fiber* self = running;
  void* frames = nullptr;
  __sanitizer_start_switch_fiber(self->done ? nullptr : &frames, scheduler_stack,
                                 scheduler_stack_bytes);
  swapcontext(&self->context, &scheduler);
  __sanitizer_finish_switch_fiber(frames, nullptr, nullptr);
}

void fiber_main() {
  __sanitizer_finish_switch_fiber(nullptr, &scheduler_stack, &scheduler_stack_bytes);
  (*body)();
  running->done = true;
  yield();
}

/// From the scheduler into a fiber, until it waits at a barrier or returns.
void resume(Fiber& fiber) {
  running = &fiber;
  threadIdx = fiber.thread;
  void* frames = nullptr;
  __sanitizer_start_switch_fiber(&frames, fiber.stack.get(), kStackBytes);
  swapcontext(&scheduler, &fiber.context);
  __sanitizer_finish_switch_fiber(frames, nullptr, nullptr);
}

void start(Fiber& fiber) {
  fiber.done = false;
  getcontext(&fiber.context);
  fiber.context.uc_stack.ss_sp = fiber.stack.get();
  fiber.context.uc_stack.ss_size = kStackBytes;
  fiber.context.uc_link = nullptr;
  makecontext(&fiber.context, fiber_main, 0);
}

/// Between two barriers each thread runs once, so all must agree on whether one comes.
void run_block(std::vector<Fiber>& fibers, Order order) {
  for (Fiber& fiber : fibers) {
    start(fiber);
  }
  std::size_t done = 0;
  while (done == 0) {
    for (std::size_t i = 0; i < fibers.size(); ++i) {
      Fiber& fiber = fibers[order == Order::kForward ? i : fibers.size() - 1 - i];
      resume(fiber);
      done += fiber.done ? 1 : 0;
    }
  }
  if (done != fibers.size()) {
    throw std::logic_error("host_cuda: " + std::to_string(fibers.size() - done) + " of " +
                           std::to_string(fibers.size()) +
                           " threads wait at a barrier that the others do not reach");
  }
}

template <class Visit>
void for_each(dim3 extent, const Visit& visit) {
  for (unsigned z = 0; z < extent.z; ++z) {
    for (unsigned y = 0; y < extent.y; ++y) {
      for (unsigned x = 0; x < extent.x; ++x) {
        visit(dim3{x, y, z});
      }
    }
  }
}

}  // namespace

void launch(dim3 grid, dim3 block, Order order, const std::function<void()>& kernel) {
  static std::vector<Fiber> fibers;  // kept from launch to launch: their stacks are 64 MiB in all
  body = &kernel;
  gridDim = grid;
  blockDim = block;
  fibers.resize(std::size_t{block.x} * block.y * block.z);
  std::size_t next = 0;
  for_each(block, [&](dim3 thread) {
    Fiber& fiber = fibers[next++];
    fiber.thread = thread;
    if (!fiber.stack) {
      fiber.stack = std::make_unique<std::byte[]>(kStackBytes);
    }
  });
  for_each(grid, [&](dim3 at) {
    blockIdx = at;
    run_block(fibers, order);
  });
}

}  // namespace infoplane::host_cuda

void __syncthreads() { infoplane::host_cuda::yield(); }
