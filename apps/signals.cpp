#include "apps/signals.h"

#include <chrono>
#include <csignal>
#include <thread>

namespace infoplane::apps {
namespace {

std::atomic<bool> stop_requested = false;

/// Within which two of them are one.
constexpr auto kOneCtrlC = std::chrono::milliseconds(500);

void wait_for(sigset_t signals) {
  int signal = 0;
  ::sigwait(&signals, &signal);
  stop_requested = true;
  // The death of a sweep arrives as one SIGTERM for each of its threads, and a Ctrl-C may arrive
  // twice at once, for a process and for its group: only a person insists.
  const auto insists = std::chrono::steady_clock::now() + kOneCtrlC;
  do {
    ::sigwait(&signals, &signal);
  } while (signal != SIGINT || std::chrono::steady_clock::now() < insists);
  std::signal(signal, SIG_DFL);
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  std::raise(signal);
}

}  // namespace

std::atomic<bool>& stop_on_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before {};
    ::sigaction(signal, nullptr, &before);
    if (before.sa_handler != SIG_IGN) {
      ::sigaddset(&signals, signal);
    }
  }
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread(wait_for, signals).detach();
  return stop_requested;
}

}  // namespace infoplane::apps
