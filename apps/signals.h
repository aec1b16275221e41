#pragma once

#include <atomic>

namespace infoplane::apps {

/// The exit code of what a signal ended.
constexpr int kInterrupted = 130;

/// From now on SIGINT, SIGTERM and SIGHUP set the flag instead of ending the program; a SIGINT half
/// a second or more after that ends it at once. Those that were ignored (nohup, background jobs)
/// stay ignored. Nor does it end when nobody reads what it prints any more: the work matters, not
/// the reader.
///
/// A thread of its own waits for them, and all others block them: call it before there are others.
/// A handler would run on whatever thread the system picks, and its frame would lie on that
/// thread's stack; within generated code of a matrix product that was seen to destroy the heap.
std::atomic<bool>& stop_on_signals();

}  // namespace infoplane::apps
