#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/file_lock.h"

namespace infoplane {

/// A running `infoplane` that this process started, as train/run_jobs.h says: in a process group of
/// its own, without the terminal, with the signals that this process blocks open again, and without
/// variables that set keys of the configuration. It gets SIGTERM when the thread that started it
/// ends.
class ChildProcess {
 public:
  /// Both outputs are appended to files; they may be the same. A link to the program gives it the
  /// name that it leads to. It holds the folder that is `held`, too, until it ends. Throws Error
  /// when it cannot start.
  ChildProcess(const std::filesystem::path& program, const std::vector<std::string>& arguments,
               const std::filesystem::path& out, const std::filesystem::path& err,
               const FolderLock* held = nullptr);
  /// Ends it with SIGTERM and waits, when it still runs.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Sends SIGTERM.
  void terminate();

  /// The exit code when it has ended, 128 + signal when it was killed, 255 when the system forgot
  /// how, as it does where SIGCHLD is ignored. Does not wait.
  std::optional<int> exit_code();

 private:
  pid_t process_ = -1;
  std::optional<int> exit_code_;
};

/// A folder below the system's place for temporary files, gone with its contents at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace infoplane
