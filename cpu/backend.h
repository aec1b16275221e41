#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/context.h"

namespace infoplane::cpu {

/// Physical cores this process may run on, logical ones counted once a (package, core), as far as a
/// control group's quota gives time for them.
int physical_cores();

/// Logical processors this process may run on, likewise.
int usable_processors();

/// Why the host does not compute in `precision`; empty when it does.
std::string why_without(Precision precision);

/// A backend on the host with `threads` threads; 0: the physical cores. The number is set for
/// OpenMP, and so for oneDNN, in the calling thread. With `pin`, each thread stays on a core of its
/// own while the backend lives; throws UsageError when there are fewer cores.
std::shared_ptr<Backend> make_backend(int threads, bool pin,
                                      Precision precision = Precision::kFp32);

/// One whose thread i stays on processors[i].
std::shared_ptr<Backend> make_pinned_backend(std::vector<int> processors,
                                             Precision precision = Precision::kFp32);

/// {"oneDNN", "2.6.3"}, {"OpenMP", ...}.
std::vector<std::pair<std::string, std::string>> library_versions();

}  // namespace infoplane::cpu
