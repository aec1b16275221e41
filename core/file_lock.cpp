#include "core/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "core/atomic_file.h"
#include "core/error.h"

namespace infoplane {
namespace {

[[noreturn]] void cannot_open(const std::filesystem::path& path, int reason) {
  throw Error("cannot open " + path.string() + ": " + why_not_written(reason));
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder)
    : descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (descriptor_ < 0) {
    cannot_open(folder, errno);
  }
  // A file system without locks has none to refuse.
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    ::close(descriptor_);
    throw UsageError(folder.string() +
                     ": another process is at work in it; wait for it, or stop it first");
  }
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

void FolderLock::keep_in_new_program() const noexcept { ::fcntl(descriptor_, F_SETFD, 0); }

FileLock::FileLock(const std::filesystem::path& file)
    : descriptor_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0) {
    cannot_open(file, errno);
  }
  // A file system without locks has none to wait for.
  while (::flock(descriptor_, LOCK_EX) != 0 && errno == EINTR) {
  }
}

FileLock::~FileLock() { ::close(descriptor_); }

}  // namespace infoplane
