#pragma once

#include <sched.h>

#include <vector>

namespace infoplane::cpu {

/// Processors that this process may use, one of each physical core, in the order of the cores:
/// logical ones are counted once a (package, core). Never empty.
std::vector<int> processor_of_each_core();

/// How many processors this process may use, logical ones each.
int count_of_processors();

/// Where `threads` threads go, each on a core of its own; 0: one for each core, as far as a quota
/// gives time for it. Throws UsageError, with both numbers, when this process may use fewer cores.
std::vector<int> cores_for(int threads);

/// Keeps OpenMP's threads on processors of their own, and lets them go in the end.
///
/// libgomp ends threads that a smaller team does not need, and a thread that it starts anew
/// inherits the caller's processor: pinning once would let threads gather there. Hence teams are
/// looked after as they come. A thread in its place costs no system call.
class ThreadPins {
 public:
  /// Thread i of a team goes to processors[i]; none: nobody is pinned, and all here does nothing.
  /// Throws DeviceError when the system refuses one.
  explicit ThreadPins(std::vector<int> processors);
  ~ThreadPins();
  ThreadPins(const ThreadPins&) = delete;
  ThreadPins& operator=(const ThreadPins&) = delete;

  /// To be called by each thread of a team. One that is not in its place was started by another
  /// and has its processor: so a look at where it runs is enough.
  void pin_thread() const {
    if (!processors_.empty() && sched_getcpu() != own_processor()) {
      move_to(own_processor());
    }
  }

  /// To be called before code that starts teams of its own.
  void pin_team() const;

 private:
  int size() const { return static_cast<int>(processors_.size()); }
  int own_processor() const;
  static bool move_to(int processor);  ///< errno says why not
  void let_go() const;

  std::vector<int> processors_;
  std::vector<cpu_set_t> before_;  ///< where each thread might run
};

}  // namespace infoplane::cpu
