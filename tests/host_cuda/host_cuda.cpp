#include "tests/host_cuda/host_cuda.h"

#include <sanitizer/common_interface_defs.h>

#include <algorithm>
#include <boost/context/fiber.hpp>
#include <boost/context/preallocated.hpp>
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

/// Where a thread stands that is not running.
enum class State { kFresh, kReady, kSleeping, kAtBlockBarrier, kAtWarpBarrier, kDone };

/// A stack of its own, on which threads run one after the other until one of them has to wait. That
/// one keeps it; so a kernel without barriers needs one for all its threads. Never destroyed: that
/// would unwind it.
struct Fiber {
  std::byte stack[kStackBytes];
  boost::context::fiber context;  ///< while it does not run
};

struct Thread {
  dim3 index;
  std::size_t number = 0;  ///< in its block
  State state = State::kFresh;
  Fiber* fiber = nullptr;       ///< while it waits
  std::uint64_t exchanged = 0;  ///< what it shows to its warp
};

// The scheduler's own context and stack, and what it runs. Blocks run one after the other, in one
// thread of the operating system.
boost::context::fiber scheduler;  // while a fiber runs
const void* scheduler_stack = nullptr;
std::size_t scheduler_stack_bytes = 0;
std::vector<Thread> threads;                                  // of a block
std::vector<Fiber*>& every_fiber = *new std::vector<Fiber*>;  // what a failed launch left, too
std::vector<Fiber*> spare;
Fiber* current = nullptr;  // that `running` runs on
Thread* running = nullptr;
std::size_t begun = 0;  // threads of the block
std::size_t done = 0;
bool warps_meet = false;  // a thread has come to a warp's barrier
Order order_of_threads = Order::kForward;
const std::function<void()>* body = nullptr;
std::vector<std::byte> dynamic_shared;

/// The i-th thread of the block in the order in which they run.
Thread& in_order(std::size_t i) {
  return threads[order_of_threads == Order::kForward ? i : threads.size() - 1 - i];
}

/// From the current fiber back to the scheduler. AddressSanitizer is told of every change of
/// stacks.
void leave() {
  void* frames = nullptr;
  __sanitizer_start_switch_fiber(&frames, scheduler_stack, scheduler_stack_bytes);
  scheduler = std::move(scheduler).resume();
  __sanitizer_finish_switch_fiber(frames, nullptr, nullptr);
}

/// Gives up the running thread's turn until what `state` says has come.
void yield(State state) {
  running->state = state;
  running->fiber = current;
  leave();
}

/// What a fiber does: it begins threads until one waits, which then has the fiber to itself until
/// it is done; then goes on where it was.
boost::context::fiber fiber_main(boost::context::fiber&& from) {
  __sanitizer_finish_switch_fiber(nullptr, &scheduler_stack, &scheduler_stack_bytes);
  scheduler = std::move(from);
  for (;;) {
    while (begun < threads.size()) {
      running = &in_order(begun++);
      threadIdx = running->index;
      (*body)();
      running->state = State::kDone;
      ++done;
    }
    spare.push_back(current);
    leave();
  }
}

struct NoAllocator {
  void deallocate(boost::context::stack_context&) {}
};

Fiber* make_fiber() {
  auto* fiber = every_fiber.emplace_back(new Fiber);
  boost::context::stack_context stack;
  stack.size = kStackBytes;
  stack.sp = fiber->stack + kStackBytes;
  fiber->context = boost::context::fiber(std::allocator_arg,
                                         boost::context::preallocated(stack.sp, stack.size, stack),
                                         NoAllocator{}, fiber_main);
  return fiber;
}

/// From the scheduler into a fiber, until a thread on it waits or there is none left to begin.
void enter(Fiber& fiber) {
  current = &fiber;
  void* frames = nullptr;
  __sanitizer_start_switch_fiber(&frames, fiber.stack, kStackBytes);
  fiber.context = std::move(fiber.context).resume();
  __sanitizer_finish_switch_fiber(frames, nullptr, nullptr);
}

void resume(Thread& thread) {
  running = &thread;
  thread.state = State::kReady;
  threadIdx = thread.index;
  enter(*thread.fiber);
}

void begin_threads() {
  if (spare.empty()) {
    spare.push_back(make_fiber());
  }
  Fiber* fiber = spare.back();
  spare.pop_back();
  enter(*fiber);
}

/// Makes threads [first, last) ready if all of them wait at the barrier.
bool open_barrier(State barrier, std::size_t first, std::size_t last) {
  const auto begin = threads.begin() + static_cast<std::ptrdiff_t>(first);
  const auto end = threads.begin() + static_cast<std::ptrdiff_t>(last);
  if (!std::all_of(begin, end, [&](const Thread& thread) { return thread.state == barrier; })) {
    return false;
  }
  std::for_each(begin, end, [](Thread& thread) { thread.state = State::kReady; });
  return true;
}

std::size_t count(State state) {
  return static_cast<std::size_t>(
      std::count_if(threads.begin(), threads.end(),
                    [state](const Thread& thread) { return thread.state == state; }));
}

/// Gives every thread that can go on one turn. Returns whether one of them did more than sleep on.
bool run_round() {
  bool progress = false;
  for (std::size_t i = 0; i < threads.size(); ++i) {
    Thread& thread = in_order(i);
    if (thread.state == State::kFresh) {
      begin_threads();  // this one and those after it
      progress = true;
    } else if (thread.state == State::kReady || thread.state == State::kSleeping) {
      const bool slept = thread.state == State::kSleeping;
      resume(thread);
      progress = progress || !slept || thread.state != State::kSleeping;
    }
  }
  progress = open_barrier(State::kAtBlockBarrier, 0, threads.size()) || progress;
  for (std::size_t warp = 0; warps_meet && warp + kWarp <= threads.size(); warp += kWarp) {
    progress = open_barrier(State::kAtWarpBarrier, warp, warp + kWarp) || progress;
  }
  return progress;
}

/// A thread that sleeps may have done something in its turn before it slept again, so only many
/// rounds of nothing but sleep mean that nothing more will happen.
void run_block() {
  constexpr int kManyRounds = 1000;
  begun = 0;
  done = 0;
  warps_meet = false;
  for (Thread& thread : threads) {
    thread.state = State::kFresh;
  }
  int idle = 0;
  while (done < threads.size()) {
    const bool progress = run_round();
    idle = progress ? 0 : idle + 1;
    if (!progress && count(State::kSleeping) == 0) {
      const std::size_t waiting = count(State::kAtBlockBarrier) + count(State::kAtWarpBarrier);
      throw std::logic_error("host_cuda: " + std::to_string(waiting) + " of " +
                             std::to_string(threads.size()) +
                             " threads wait at a barrier that the others do not reach");
    }
    if (idle > kManyRounds) {
      throw std::logic_error("host_cuda: " + std::to_string(threads.size() - done) + " of " +
                             std::to_string(threads.size()) +
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
  order_of_threads = order;
  gridDim = grid;
  blockDim = block;
  threads.resize(std::size_t{block.x} * block.y * block.z);
  std::size_t next = 0;
  for_each(block, [&](dim3 index) {
    threads[next].index = index;
    threads[next].number = next;
    ++next;
  });
  for_each(grid, [&](dim3 index) {
    blockIdx = index;
    dynamic_shared = std::vector<std::byte>(shared_bytes, std::byte{0xA5});
    run_block();
  });
}

std::uint64_t exchange_in_warp(unsigned mask, std::uint64_t bits, int from) {
  running->exchanged = bits;
  __syncwarp(mask);
  const std::size_t warp = running->number / kWarp * kWarp;
  const std::uint64_t result = threads[warp + static_cast<std::size_t>(from)].exchanged;
  __syncwarp(mask);  // the next exchange may overwrite what another thread has yet to read
  return result;
}

int lane() { return static_cast<int>(running->number % kWarp); }

}  // namespace infoplane::host_cuda

using namespace infoplane::host_cuda;

void __syncthreads() { yield(State::kAtBlockBarrier); }

void __nanosleep(unsigned) { yield(State::kSleeping); }

void __syncwarp(unsigned mask) {
  if (mask != kWholeWarp || running->number / kWarp * kWarp + kWarp > threads.size()) {
    // Nothing catches it in a fiber: the test program ends with this text.
    throw std::logic_error("host_cuda: only whole warps can meet");
  }
  warps_meet = true;
  yield(State::kAtWarpBarrier);
}

unsigned __ballot_sync(unsigned mask, int predicate) {
  running->exchanged = predicate != 0 ? 1 : 0;
  __syncwarp(mask);
  const std::size_t warp = running->number / kWarp * kWarp;
  unsigned votes = 0;
  for (std::size_t i = 0; i < kWarp; ++i) {
    votes |= static_cast<unsigned>(threads[warp + i].exchanged) << i;
  }
  __syncwarp(mask);
  return votes;
}

std::byte* dynamic_shared_memory() { return dynamic_shared.data(); }
