#pragma once

#include <algorithm>
#include <cstdint>

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

/// Calls body(first, last) on pieces that cover [0, count), at most one a thread and none smaller
/// than `grain`; work for one piece runs in the caller, without a parallel region. Where pieces
/// begin depends on the number of threads, so a body must not carry a sum across items.
///
/// All threads meet, with or without a piece: libgomp ends those that a smaller team leaves out,
/// and to start them again takes longer than to wake them.
template <class Body>
void parallel_for(Context& ctx, std::int64_t count, std::int64_t grain, const Body& body) {
  const std::int64_t most = count / std::max<std::int64_t>(grain, 1);
  const int pieces = static_cast<int>(std::min<std::int64_t>(host(ctx).threads(), most));
  if (pieces <= 1) {
    if (count > 0) {
      body(std::int64_t{0}, count);
    }
    return;
  }
  const ThreadPins& pins = host(ctx).pins();
#pragma omp parallel for num_threads(host(ctx).threads()) schedule(static, 1)
  for (int piece = 0; piece < pieces; ++piece) {
    pins.pin_thread();
    body(count * piece / pieces, count * (piece + 1) / pieces);
  }
}

/// Calls body(i) for each i of [0, count), each by the next free one of `threads` threads. One
/// thread is the caller, without a parallel region, which costs system calls however small it is.
template <class Body>
void for_each_piece(int threads, std::int64_t count, const Body& body) {
  if (threads == 1) {
    for (std::int64_t i = 0; i < count; ++i) {
      body(i);
    }
    return;
  }
#pragma omp parallel for num_threads(threads) schedule(dynamic)
  for (std::int64_t i = 0; i < count; ++i) {
    body(i);
  }
}

/// parallel_for over items of `item_elements` elements each, with a grain of kElementGrain.
template <class Body>
void parallel_for_items(Context& ctx, std::int64_t count, std::int64_t item_elements,
                        const Body& body) {
  parallel_for(ctx, count, pieces_of(kElementGrain, std::max<std::int64_t>(item_elements, 1)),
               body);
}

}  // namespace infoplane::cpu
