#pragma once

#include <atomic>

namespace infoplane::apps {

/// From now on SIGINT, SIGTERM and, unless it is ignored (nohup), SIGHUP set the flag instead of
/// ending the program. A second one of a kind ends it at once.
std::atomic<bool>& stop_on_signals();

}  // namespace infoplane::apps
