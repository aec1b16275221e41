#include "cpu/thread_pins.h"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <utility>

#include "core/error.h"
#include "cpu/cpu_quota.h"

namespace infoplane::cpu {

namespace {

cpu_set_t allowed_processors() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
    const int all = std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1,
                               static_cast<int>(CPU_SETSIZE));
    for (int cpu = 0; cpu < all; ++cpu) {
      CPU_SET(cpu, &allowed);
    }
  }
  // By OMP_PROC_BIND or OMP_PLACES, this thread was bound to the first place before main().
  std::vector<int> place;
  for (int i = 0; i < omp_get_num_places(); ++i) {
    place.resize(static_cast<std::size_t>(omp_get_place_num_procs(i)));
    omp_get_place_proc_ids(i, place.data());
    for (const int cpu : place) {
      CPU_SET(cpu, &allowed);
    }
  }
  return allowed;
}

}  // namespace

std::vector<int> processor_of_each_core() {
  const cpu_set_t allowed = allowed_processors();
  std::map<std::pair<int, int>, int> cores;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed)) {
      continue;
    }
    const std::string topology = "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/";
    int package = 0;
    int core = cpu;
    std::ifstream(topology + "physical_package_id") >> package;
    std::ifstream(topology + "core_id") >> core;
    cores.emplace(std::pair(package, core), cpu);  // the first of its siblings
  }
  std::vector<int> processors;
  processors.reserve(cores.size());
  for (const auto& [core, cpu] : cores) {
    processors.push_back(cpu);
  }
  return processors;
}

int count_of_processors() {
  const cpu_set_t allowed = allowed_processors();
  return std::max(1, CPU_COUNT(&allowed));
}

std::vector<int> cores_for(int threads) {
  std::vector<int> processors = processor_of_each_core();
  const auto cores = static_cast<int>(processors.size());
  if (threads > cores) {
    throw UsageError("pin: " + std::to_string(threads) + " threads, but this process may use " +
                     std::to_string(cores) + (cores == 1 ? " core" : " cores") +
                     "; take fewer --threads, or do not pin");
  }
  processors.resize(static_cast<std::size_t>(threads > 0 ? threads : processors_of_quota(cores)));
  return processors;
}

ThreadPins::ThreadPins(std::vector<int> processors) : processors_(std::move(processors)) {
  if (processors_.empty()) {
    return;
  }
  before_.resize(processors_.size());
  std::atomic<int> refused = 0;
#pragma omp parallel num_threads(size())
  {
    cpu_set_t& before = before_[static_cast<std::size_t>(omp_get_thread_num())];
    if (sched_getaffinity(0, sizeof before, &before) != 0 || !move_to(own_processor())) {
      refused = errno;
    }
  }
  if (refused != 0) {
    let_go();
    throw DeviceError(std::string("pin: the system does not keep threads on cores: ") +
                      std::strerror(refused) + "; do not pin");
  }
}

ThreadPins::~ThreadPins() {
  if (!processors_.empty()) {
    let_go();
  }
}

void ThreadPins::pin_team() const {
  if (!processors_.empty()) {
#pragma omp parallel num_threads(size())
    pin_thread();
  }
}

int ThreadPins::own_processor() const {
  return processors_[static_cast<std::size_t>(omp_get_thread_num())];
}

bool ThreadPins::move_to(int processor) {
  cpu_set_t own;
  CPU_ZERO(&own);
  CPU_SET(processor, &own);
  return sched_setaffinity(0, sizeof own, &own) == 0;
}

void ThreadPins::let_go() const {
#pragma omp parallel num_threads(size())
  {
    const cpu_set_t& before = before_[static_cast<std::size_t>(omp_get_thread_num())];
    sched_setaffinity(0, sizeof before, &before);
  }
}

}  // namespace infoplane::cpu
