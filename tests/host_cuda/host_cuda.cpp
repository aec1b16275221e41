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
  Fiber* fiber = nullptr;  ///< while it waits
  unsigned exchanges = 0;  ///< with its warp
};

// The scheduler's own context and stack, and what it runs. Blocks run one after the other, in one
// thread of the operating system.
boost::context::fiber scheduler;  // while a fiber runs
const void* scheduler_stack = nullptr;
std::size_t scheduler_stack_bytes = 0;
boost::context::fiber* left = nullptr;  // keeps the context that was left last
std::vector<Thread> threads;            // of a block
std::vector<Fiber*>& every_fiber = *new std::vector<Fiber*>;  // what a failed launch left, too
std::vector<Fiber*> spare;
Fiber* current = nullptr;  // that `running` runs on
Thread* running = nullptr;
std::size_t begun = 0;  // threads of the block
std::size_t done = 0;
std::size_t turns = 0;                // taken in this round
bool progress = false;                // in this round some thread did more than sleep on
bool warps_meet = false;              // a thread has come to a warp's barrier
std::vector<std::uint64_t> shown[2];  // by each thread to its warp, in even and in odd exchanges
Order order_of_threads = Order::kForward;
const std::function<void()>* body = nullptr;
std::vector<std::byte> dynamic_shared;

/// The i-th thread of the block in the order in which they run.
Thread& in_order(std::size_t i) {
  return threads[order_of_threads == Order::kForward ? i : threads.size() - 1 - i];
}

/// What comes first after a change of stacks, of which AddressSanitizer is told. `frames` are its
/// own of the context that goes on.
void arrive(boost::context::fiber&& from, void* frames) {
  const void* stack = nullptr;
  std::size_t stack_bytes = 0;
  __sanitizer_finish_switch_fiber(frames, &stack, &stack_bytes);
  *left = std::move(from);
  if (left == &scheduler) {
    scheduler_stack = stack;
    scheduler_stack_bytes = stack_bytes;
  }
}

/// Leaves what runs for `to`, on a stack of so many bytes, until something comes back to `from`,
/// which keeps it meanwhile.
void change(boost::context::fiber& from, boost::context::fiber& to, const void* stack,
            std::size_t stack_bytes) {
  left = &from;
  void* frames = nullptr;
  __sanitizer_start_switch_fiber(&frames, stack, stack_bytes);
  arrive(std::move(to).resume(), frames);
}

Fiber& spare_fiber();

/// The fiber whose turn it is next in this round; none at its end. A fresh thread is begun by a
/// fiber that is spare.
Fiber* next_turn() {
  while (turns < threads.size()) {
    Thread& thread = in_order(turns++);
    if (thread.state == State::kFresh) {
      return &spare_fiber();
    }
    if (thread.state == State::kReady || thread.state == State::kSleeping) {
      progress = progress || thread.state == State::kReady;
      thread.state = State::kReady;
      running = &thread;
      threadIdx = thread.index;
      return thread.fiber;
    }
  }
  return nullptr;
}

/// From the current fiber to the next, or to the scheduler where this round has none.
void pass_on() {
  boost::context::fiber& own = current->context;
  current = next_turn();
  if (current != nullptr) {
    change(own, current->context, current->stack, kStackBytes);
  } else {
    change(own, scheduler, scheduler_stack, scheduler_stack_bytes);
  }
}

/// Gives up the running thread's turn until what `state` says has come.
void yield(State state) {
  running->state = state;
  running->fiber = current;
  progress = progress || state != State::kSleeping;
  pass_on();
}

/// What a fiber does: it begins threads until one waits, which then has the fiber to itself until
/// it is done; then goes on where it was.
boost::context::fiber fiber_main(boost::context::fiber&& from) {
  arrive(std::move(from), nullptr);
  for (;;) {
    while (begun < threads.size()) {
      running = &in_order(begun++);
      turns = std::max(turns, begun);
      threadIdx = running->index;
      (*body)();
      running->state = State::kDone;
      ++done;
    }
    progress = true;
    spare.push_back(current);
    pass_on();
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

Fiber& spare_fiber() {
  if (spare.empty()) {
    return *make_fiber();
  }
  Fiber* fiber = spare.back();
  spare.pop_back();
  return *fiber;
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

/// Shows `bits` to the calling thread's warp. Returns what its 32 threads show, which stays until
/// the exchange after the next: before that all have come to the next one's barrier.
const std::uint64_t* show_warp(unsigned mask, std::uint64_t bits) {
  const std::size_t number = running->number;
  std::uint64_t* all = shown[running->exchanges++ % 2].data();
  all[number] = bits;
  __syncwarp(mask);
  return all + number / kWarp * kWarp;
}

std::size_t count(State state) {
  return static_cast<std::size_t>(
      std::count_if(threads.begin(), threads.end(),
                    [state](const Thread& thread) { return thread.state == state; }));
}

/// Gives every thread that can go on one turn. Returns whether one of them did more than sleep on.
bool run_round() {
  turns = 0;
  progress = false;
  current = next_turn();
  if (current != nullptr) {
    change(scheduler, current->context, current->stack, kStackBytes);
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
    thread.exchanges = 0;
  }
  int idle = 0;
  while (done < threads.size()) {
    const bool went_on = run_round();
    idle = went_on ? 0 : idle + 1;
    if (!went_on && count(State::kSleeping) == 0) {
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
  shown[0].resize(threads.size());
  shown[1].resize(threads.size());
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
  return show_warp(mask, bits)[from];
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
  const std::uint64_t* all = show_warp(mask, predicate != 0 ? 1 : 0);
  unsigned votes = 0;
  for (std::size_t i = 0; i < kWarp; ++i) {
    votes |= static_cast<unsigned>(all[i]) << i;
  }
  return votes;
}

std::byte* dynamic_shared_memory() { return dynamic_shared.data(); }
