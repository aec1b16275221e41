#pragma once

#include <filesystem>
#include <utility>

namespace infoplane {

/// Holds a folder for this process alone, until it is destroyed or the process ends, however it
/// ends. Children that start another program do not inherit it, unless they ask.
class FolderLock {
 public:
  /// Throws UsageError when another process holds the folder, Error when it cannot be opened.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FolderLock& operator=(FolderLock&&) = delete;

  /// In a child, between fork() and exec: the program that it starts holds the folder, too.
  void keep_in_new_program() const noexcept;

 private:
  int descriptor_;
};

/// Holds a file for this process alone, waiting for its turn, until it is destroyed or the process
/// ends. For programs that ask: nobody is kept from writing.
class FileLock {
 public:
  /// Creates the file, empty, if there is none. Throws Error when it cannot be opened.
  explicit FileLock(const std::filesystem::path& file);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int descriptor_;
};

}  // namespace infoplane
