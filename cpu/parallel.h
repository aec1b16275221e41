#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>

#include "core/context.h"
#include "cpu/host_backend.h"

namespace infoplane::cpu {

/// How many pieces of `size` cover `count`.
constexpr std::int64_t pieces_of(std::int64_t count, std::int64_t size) {
  return (count + size - 1) / size;
}

/// Work of about 20 us: elements of a pass that touches two or three floats each. Less than that
/// is not worth waking a thread for (about 5 us).
constexpr std::int64_t kElementGrain = 16384;

/// Calls body(slot) once for each slot of [0, slots), each in a thread of its own where there are
/// so many; slots are at most the context's threads. One slot is the caller, without a parallel
/// region, which costs system calls however small it is. What a body throws is thrown again here,
/// when all are done: no exception may leave a region.
///
/// A slot is what memory of a body's own is to be found by, and not omp_get_thread_num(): without a
/// region, that is the caller's number in a team that it is in itself; and where OpenMP gives fewer
/// threads than it is asked for, as it may, one thread takes several slots.
///
/// All threads meet, with or without a slot: libgomp ends those that a smaller team leaves out, and
/// to start them again takes longer than to wake them.
template <class Body>
void for_each_slot(Context& ctx, int slots, const Body& body) {
  if (slots == 1) {
    body(0);
    return;
  }
  const ThreadPins& pins = host(ctx).pins();
  std::exception_ptr failure;
#pragma omp parallel for num_threads(host(ctx).threads()) schedule(static, 1)
  for (int slot = 0; slot < slots; ++slot) {
    try {
      pins.pin_thread();
      body(slot);
    } catch (...) {
#pragma omp critical(infoplane_failure)
      failure = std::current_exception();
    }
  }
  if (failure) {
    std::rethrow_exception(failure);
  }
}

/// Calls body(first, last, slot) on pieces that cover [0, count), at most one a thread and none
/// smaller than `grain`, each in the slot of for_each_slot. Where pieces begin depends on the
/// number of threads, so a body must not carry a sum across items.
template <class Body>
void parallel_for_slots(Context& ctx, std::int64_t count, std::int64_t grain, const Body& body) {
  const std::int64_t most = count / std::max<std::int64_t>(grain, 1);
  const auto pieces = static_cast<int>(std::clamp<std::int64_t>(most, 1, host(ctx).threads()));
  if (count > 0) {
    for_each_slot(ctx, pieces, [&](int piece) {
      body(count * piece / pieces, count * (piece + 1) / pieces, piece);
    });
  }
}

/// The same for a body(first, last) without memory of its own.
template <class Body>
void parallel_for(Context& ctx, std::int64_t count, std::int64_t grain, const Body& body) {
  parallel_for_slots(ctx, count, grain,
                     [&](std::int64_t first, std::int64_t last, int) { body(first, last); });
}

/// Calls body(i, slot) for each i of [0, count), each by the next free one of `slots` slots.
template <class Body>
void for_each_piece(Context& ctx, int slots, std::int64_t count, const Body& body) {
  std::atomic<std::int64_t> next = 0;
  for_each_slot(ctx, slots, [&](int slot) {
    for (std::int64_t i = next++; i < count; i = next++) {
      body(i, slot);
    }
  });
}

/// parallel_for over items of `item_elements` elements each, with a grain of kElementGrain.
template <class Body>
void parallel_for_items(Context& ctx, std::int64_t count, std::int64_t item_elements,
                        const Body& body) {
  parallel_for(ctx, count, pieces_of(kElementGrain, std::max<std::int64_t>(item_elements, 1)),
               body);
}

}  // namespace infoplane::cpu
