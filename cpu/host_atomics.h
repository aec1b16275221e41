#pragma once

#include <atomic>
#include <cstdint>

#include "core/hashed_counts.h"

namespace infoplane::cpu {

/// What add_to_cell needs (core/hashed_counts.h).
struct HostAtomics {
  using Word = std::atomic_ref<std::uint32_t>;

  static std::uint32_t load(std::uint32_t& word) {
    return Word(word).load(std::memory_order_acquire);
  }
  static bool claim(std::uint32_t& word) {
    std::uint32_t expected = kEmptyEntry;
    return Word(word).compare_exchange_strong(expected, kClaimedEntry, std::memory_order_relaxed);
  }
  static void publish(std::uint32_t& word, std::uint32_t owner) {
    Word(word).store(owner, std::memory_order_release);
  }
  static void add(std::uint32_t& word, std::uint32_t times) {
    Word(word).fetch_add(times, std::memory_order_relaxed);
  }
};

/// The same where one thread is at the table.
struct PlainWords {
  static std::uint32_t load(std::uint32_t& word) { return word; }
  static bool claim(std::uint32_t& word) {
    word = kClaimedEntry;
    return true;
  }
  static void publish(std::uint32_t& word, std::uint32_t owner) { word = owner; }
  static void add(std::uint32_t& word, std::uint32_t times) { word += times; }
};

}  // namespace infoplane::cpu
