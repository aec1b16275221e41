#include "cpu/backend.h"

#include <omp.h>
#include <sched.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <new>
#include <set>
#include <thread>

#include "core/error.h"
#include "cpu/host_backend.h"

namespace infoplane::cpu {
namespace {

constexpr std::size_t kAlignment = 64;  // a cache line, and an AVX-512 vector
constexpr std::size_t kHugePage = std::size_t{2} << 20;

std::string processor_name() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    if (line.rfind("model name", 0) == 0) {
      const std::size_t colon = line.find(": ");
      return colon == std::string::npos ? line : line.substr(colon + 2);
    }
  }
  return "CPU";
}

}  // namespace

int physical_cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  }
  std::set<std::pair<int, int>> cores;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed)) {
      continue;
    }
    const std::string topology = "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/";
    int package = 0;
    int core = cpu;
    std::ifstream(topology + "physical_package_id") >> package;
    std::ifstream(topology + "core_id") >> core;
    cores.emplace(package, core);
  }
  return std::max(1, static_cast<int>(cores.size()));
}

HostBackend::HostBackend(int threads)
    : threads_(threads > 0 ? threads : physical_cores()),
      engine_(dnnl::engine::kind::cpu, 0),
      stream_(engine_) {
  omp_set_num_threads(threads_);
}

void* HostBackend::do_allocate(std::size_t bytes) {
  // A joint table is read at random: on pages of 4 KiB nearly every row would miss the TLB.
  const bool huge = bytes >= kHugePage;
  const std::size_t alignment = huge ? kHugePage : kAlignment;
  const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  void* pointer = std::aligned_alloc(alignment, std::max(rounded, alignment));
  if (pointer == nullptr) {
    throw DeviceError("host memory: " + std::to_string(bytes) +
                      " bytes could not be had; use a smaller --batch or --limit");
  }
  if (huge) {
    ::madvise(pointer, rounded, MADV_HUGEPAGE);  // a hint: without it all is as before
  }
  return pointer;
}

void HostBackend::deallocate(void* pointer) noexcept { std::free(pointer); }

void HostBackend::copy_from_host(void* to, const void* host, std::size_t bytes) {
  std::memcpy(to, host, bytes);
}

void HostBackend::copy_to_host_sync(void* host, const void* from, std::size_t bytes) {
  std::memcpy(host, from, bytes);
}

void HostBackend::copy(void* to, const void* from, std::size_t bytes) {
  std::memmove(to, from, bytes);
}

void HostBackend::fill_zero(void* pointer, std::size_t bytes) { std::memset(pointer, 0, bytes); }

void HostBackend::synchronize() {}

std::string HostBackend::describe() const {
  return processor_name() + ", " + std::to_string(threads_) +
         (threads_ == 1 ? " thread" : " threads");
}

std::shared_ptr<Backend> make_backend(int threads) {
  return std::make_shared<HostBackend>(threads);
}

std::vector<std::pair<std::string, std::string>> library_versions() {
  const dnnl_version_t* version = dnnl_version();
  return {{"oneDNN", std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
                         std::to_string(version->patch)},
          {"OpenMP", std::to_string(_OPENMP)}};
}

}  // namespace infoplane::cpu
