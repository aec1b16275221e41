#include "cpu/backend.h"

#include <omp.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <new>
#include <utility>

#include "core/error.h"
#include "cpu/cpu_quota.h"
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

HostBackend::HostBackend(int threads, std::vector<int> processors, Precision precision)
    : threads_(threads),
      pins_(std::move(processors)),
      precision_(precision),
      engine_(dnnl::engine::kind::cpu, 0),
      stream_(engine_),
      bf16_products_(engine_) {
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

void HostBackend::do_copy_to_host_sync(void* host, const void* from, std::size_t bytes) {
  std::memcpy(host, from, bytes);
}

void HostBackend::copy(void* to, const void* from, std::size_t bytes) {
  std::memmove(to, from, bytes);
}

void HostBackend::fill_zero(void* pointer, std::size_t bytes) { std::memset(pointer, 0, bytes); }

void HostBackend::do_synchronize() {}

std::string HostBackend::describe() const {
  return processor_name() + ", " + std::to_string(threads_) +
         (threads_ == 1 ? " thread" : " threads");
}

int physical_cores() {
  return processors_of_quota(static_cast<int>(processor_of_each_core().size()));
}

int usable_processors() { return processors_of_quota(count_of_processors()); }

std::string why_without(Precision precision) {
  switch (precision) {
    case Precision::kFp32: return "";
    case Precision::kTf32: return "the CPU does not compute in tf32";
    case Precision::kBf16:
      return has_bf16() ? "" : "bf16 on the CPU takes AVX-512, which this one does not have";
  }
  return "unknown precision";
}

std::shared_ptr<Backend> make_backend(int threads, bool pin, Precision precision) {
  return pin ? make_pinned_backend(cores_for(threads), precision)
             : std::make_shared<HostBackend>(threads > 0 ? threads : physical_cores(),
                                             std::vector<int>(), precision);
}

std::shared_ptr<Backend> make_pinned_backend(std::vector<int> processors, Precision precision) {
  const auto threads = static_cast<int>(processors.size());
  return std::make_shared<HostBackend>(threads, std::move(processors), precision);
}

std::vector<std::pair<std::string, std::string>> library_versions() {
  const dnnl_version_t* version = dnnl_version();
  return {{"oneDNN", std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
                         std::to_string(version->patch)},
          {"OpenMP", std::to_string(_OPENMP)}};
}

}  // namespace infoplane::cpu
