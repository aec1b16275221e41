#include "tests/host_cuda/host_cuda.h"

#include <sanitizer/common_interface_defs.h>
#include <ucontext.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

dim3 gridDim, blockDim, blockIdx, threadIdx;

namespace infoplane::host_cuda {
namespace {

constexpr std::size_t kStackBytes = std::size_t{256} << 10;
constexpr std::size_t kWarp = 32;
constexpr unsigned kWholeWarp = 0xFFFFFFFFu;

/// Where a fiber stands that has given up its turn.
enum class State { kReady, kSleeping, kAtBlockBarrier, kAtWarpBarrier, kDone };

struct Fiber {
  ucontext_t context;
  std::unique_ptr<std::byte[]> stack;
  dim3 thread;
  std::size_t number = 0;  ///< in its block
  State state = State::kReady;
  std::uint64_t exchanged = 0;  ///< what it shows to its warp
};

// The scheduler's own context and stack, and what it runs. Blocks run one after the other, in one
// thread of the operating system.
ucontext_t scheduler;
const void* scheduler_stack = nullptr;
std::size_t scheduler_stack_bytes = 0;
std::vector<Fiber> fibers;  // of a block; kept from launch to launch, their stacks are large
Fiber* running = nullptr;
const std::function<void()>* body = nullptr;
std::vector<std::byte> dynamic_shared;

/// From a fiber back to the scheduler, until what `state` says has come. AddressSanitizer is told
/// of every change of stacks; a fiber that will not come back gives up its shadow frames.
void yield(State state) {
  Fiber* self = running;
  self->state = state;
  void* frames = nullptr;
  __sanitizer_start_switch_fiber(state == State::kDone ? nullptr : &frames, scheduler_stack,
                                 scheduler_stack_bytes);
  swapcontext(&self->context, &scheduler);
  __sanitizer_finish_switch_fiber(frames, nullptr, nullptr);
}

void fiber_main() {
  __sanitizer_finish_switch_fiber(nullptr, &scheduler_stack, &scheduler_stack_bytes);
  (*body)();
  yield(State::kDone);
}

/// From the scheduler into a fiber, until it waits or returns.
void resume(Fiber& fiber) {
  running = &fiber;
  fiber.state = State::kReady;
  threadIdx = fiber.thread;
  void* frames = nullptr;
  __sanitizer_start_switch_fiber(&frames, fiber.stack.get(), kStackBytes);
  swapcontext(&scheduler, &fiber.context);
  __sanitizer_finish_switch_fiber(frames, nullptr, nullptr);
}

void start(Fiber& fiber) {
  fiber.state = State::kReady;
  getcontext(&fiber.context);
  fiber.context.uc_stack.ss_sp = fiber.stack.get();
  fiber.context.uc_stack.ss_size = kStackBytes;
  fiber.context.uc_link = nullptr;
  makecontext(&fiber.context, fiber_main, 0);
}

/// Makes fibers [first, last) ready if all of them wait at the barrier.
bool open_barrier(State barrier, std::size_t first, std::size_t last) {
  const auto begin = fibers.begin() + static_cast<std::ptrdiff_t>(first);
  const auto end = fibers.begin() + static_cast<std::ptrdiff_t>(last);
  if (!std::all_of(begin, end, [&](const Fiber& fiber) { return fiber.state == barrier; })) {
    return false;
  }
  std::for_each(begin, end, [](Fiber& fiber) { fiber.state = State::kReady; });
  return true;
}

std::size_t count(State state) {
  return static_cast<std::size_t>(std::count_if(
      fibers.begin(), fibers.end(), [state](const Fiber& fiber) { return fiber.state == state; }));
}

/// Gives every fiber that can go on one turn. Returns whether one of them did more than sleep on.
bool run_round(Order order) {
  bool progress = false;
  for (std::size_t i = 0; i < fibers.size(); ++i) {
    Fiber& fiber = fibers[order == Order::kForward ? i : fibers.size() - 1 - i];
    if (fiber.state == State::kReady || fiber.state == State::kSleeping) {
      const bool slept = fiber.state == State::kSleeping;
      resume(fiber);
      progress = progress || !slept || fiber.state != State::kSleeping;
    }
  }
  progress = open_barrier(State::kAtBlockBarrier, 0, fibers.size()) || progress;
  for (std::size_t warp = 0; warp + kWarp <= fibers.size(); warp += kWarp) {
    progress = open_barrier(State::kAtWarpBarrier, warp, warp + kWarp) || progress;
  }
  return progress;
}

/// A fiber that sleeps may have done something in its turn before it slept again, so only many
/// rounds of nothing but sleep mean that nothing more will happen.
void run_block(Order order) {
  constexpr int kManyRounds = 1000;
  for (Fiber& fiber : fibers) {
    start(fiber);
  }
  int idle = 0;
  while (count(State::kDone) < fibers.size()) {
    const std::size_t waiting = count(State::kAtBlockBarrier) + count(State::kAtWarpBarrier);
    idle = run_round(order) ? 0 : idle + 1;
    const std::size_t done = count(State::kDone);
    if (idle > 0 && count(State::kSleeping) == 0) {
      throw std::logic_error("host_cuda: " + std::to_string(waiting) + " of " +
                             std::to_string(fibers.size()) +
                             " threads wait at a barrier that the others do not reach");
    }
    if (idle > kManyRounds) {
      throw std::logic_error("host_cuda: " + std::to_string(fibers.size() - done) + " of " +
                             std::to_string(fibers.size()) +
                             " threads wait for what no thread does");
    }
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
  launch(grid, block, 0, order, kernel);
}

void launch(dim3 grid, dim3 block, std::size_t shared_bytes, Order order,
            const std::function<void()>& kernel) {
  body = &kernel;
  gridDim = grid;
  blockDim = block;
  fibers.resize(std::size_t{block.x} * block.y * block.z);
  std::size_t next = 0;
  for_each(block, [&](dim3 thread) {
    Fiber& fiber = fibers[next];
    fiber.thread = thread;
    fiber.number = next++;
    if (!fiber.stack) {
      fiber.stack = std::make_unique<std::byte[]>(kStackBytes);
    }
  });
  for_each(grid, [&](dim3 at) {
    blockIdx = at;
    dynamic_shared = std::vector<std::byte>(shared_bytes, std::byte{0xA5});
    run_block(order);
  });
}

std::uint64_t exchange_in_warp(unsigned mask, std::uint64_t bits, int from) {
  running->exchanged = bits;
  __syncwarp(mask);
  const std::size_t warp = running->number / kWarp * kWarp;
  const std::uint64_t result = fibers[warp + static_cast<std::size_t>(from)].exchanged;
  __syncwarp(mask);  // the next exchange may overwrite what another thread has yet to read
  return result;
}

int lane() { return static_cast<int>(running->number % kWarp); }

}  // namespace infoplane::host_cuda

using namespace infoplane::host_cuda;

void __syncthreads() { yield(State::kAtBlockBarrier); }

void __nanosleep(unsigned) { yield(State::kSleeping); }

void __syncwarp(unsigned mask) {
  if (mask != kWholeWarp || running->number / kWarp * kWarp + kWarp > fibers.size()) {
    // Nothing catches it in a fiber: the test program ends with this text.
    throw std::logic_error("host_cuda: only whole warps can meet");
  }
  yield(State::kAtWarpBarrier);
}

unsigned __ballot_sync(unsigned mask, int predicate) {
  running->exchanged = predicate != 0 ? 1 : 0;
  __syncwarp(mask);
  const std::size_t warp = running->number / kWarp * kWarp;
  unsigned votes = 0;
  for (std::size_t i = 0; i < kWarp; ++i) {
    votes |= static_cast<unsigned>(fibers[warp + i].exchanged) << i;
  }
  __syncwarp(mask);
  return votes;
}

std::byte* dynamic_shared_memory() { return dynamic_shared.data(); }
